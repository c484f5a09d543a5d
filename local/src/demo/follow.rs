//! Follows one ticket from the webhook to its end, and plays John.

use std::{collections::BTreeSet, time::Duration};

use serde_json::Value;
use tokio::time;

use super::{Demo, JOHN};
use crate::error::{Doing, Error, Result};

/// Under the rate limit of a hundred calls a minute.
const LOOK_EVERY: Duration = Duration::from_millis(700);
const ENDS: [&str; 6] = [
    "completed",
    "failed",
    "denied",
    "timed_out",
    "cancelled",
    "escalated",
];

/// What has been told already.
#[derive(Default)]
pub(super) struct Seen {
    classified: bool,
    run: String,
    /// Pushes that were there before, and those told since.
    prompts: BTreeSet<String>,
    pushed: bool,
    messages: usize,
    texted: bool,
}

impl Demo<'_> {
    /// What lies on the phones before the ticket is written.
    pub(super) async fn look_around(&self) -> Result<Seen> {
        let prompts = self.sandbox("/_sandbox/mfa").await?;
        Ok(Seen {
            messages: self.sandbox("/_sandbox/sms").await?.len(),
            prompts: prompts.iter().filter_map(id).collect(),
            ..Seen::default()
        })
    }

    /// Prints each thing as it happens until the run has ended well and its owner has the pass; answers with the execution's id.
    pub(super) async fn follow(&self, ticket: &str, mut seen: Seen) -> Result<String> {
        loop {
            self.look_at_classification(ticket, &mut seen).await?;
            let ended = self.look_at_run(ticket, &mut seen).await?;
            self.look_at_prompts(&mut seen).await?;
            self.look_at_phone(&mut seen).await?;
            match ended {
                Some((status, execution)) if status == "completed" && seen.texted => {
                    return Ok(execution);
                }
                Some((status, _)) if status != "completed" => {
                    let why = format!(
                        "it ended {status}; `cargo run -- logs` shows what the functions said"
                    );
                    return Err(Error::failed("following the run", why));
                }
                _ => {}
            }
            if self.begun.elapsed() > self.patience() {
                return Err(self.gave_up(&seen));
            }
            time::sleep(LOOK_EVERY).await;
        }
    }

    fn gave_up(&self, seen: &Seen) -> Error {
        let awaited = if !seen.classified {
            "the ticket to be classified (the webhook or its queue did not get through)"
        } else if seen.run.is_empty() {
            "a run to start (Halo's ticket_updated did not get through, or the ticket is not automated)"
        } else if !seen.pushed {
            "a push to John's phone"
        } else {
            "the run to complete and the pass to be on John's phone"
        };
        let why = format!(
            "{} s passed while waiting for {awaited}; `cargo run -- logs` shows what the functions said",
            self.patience().as_secs()
        );
        Error::failed("following the run", why)
    }

    async fn look_at_classification(&self, ticket: &str, seen: &mut Seen) -> Result<()> {
        if seen.classified {
            return Ok(());
        }
        let path = format!("/api/v1/classify_ticket/{ticket}");
        if let Some(decision) = self.api(&path).await? {
            seen.classified = true;
            let playbook = decision["playbook_id"].as_str().unwrap_or("none");
            let confidence = &decision["confidence"];
            self.happened(&format!(
                "classified: playbook {playbook}, confidence {confidence}"
            ));
        }
        Ok(())
    }

    async fn look_at_run(&self, ticket: &str, seen: &mut Seen) -> Result<Option<(String, String)>> {
        let path = format!("/api/v1/orchestration/execution/{ticket}");
        let Some(run) = self.api(&path).await? else {
            return Ok(None);
        };
        let text = |name: &str| run[name].as_str().unwrap_or_default().to_owned();
        let told = format!(
            "run {}: {}/{} steps{}{}",
            text("status"),
            run["steps_completed"],
            run["steps_total"],
            about(", at ", &run["current_step"]),
            about(", waiting on ", &run["waiting_on"]),
        );
        if told != seen.run {
            self.happened(&told);
            seen.run = told;
        }
        let status = text("status");
        Ok(ENDS
            .contains(&status.as_str())
            .then(|| (status, text("execution_id"))))
    }

    async fn look_at_prompts(&self, seen: &mut Seen) -> Result<()> {
        for prompt in self.sandbox("/_sandbox/mfa").await? {
            let Some(id) = id(&prompt) else { continue };
            let is_johns = prompt["status"] == "pending" && prompt["user"] == JOHN;
            if !is_johns || !seen.prompts.insert(id.clone()) {
                continue;
            }
            seen.pushed = true;
            self.happened("John's phone shows a push: are you signing in?");
            let sandbox = self.endpoints.sandbox();
            if self.manual {
                self.happened(&format!("it waits for you: approve or deny at {sandbox}"));
                continue;
            }
            let doing = "approving the push as John";
            let approve = format!("{sandbox}/_sandbox/mfa/{id}/approve");
            let answer = self.http.post(approve).send().await.doing(doing)?;
            answer.error_for_status().doing(doing)?;
            self.happened("playing John: approved (--manual leaves this to you)");
        }
        Ok(())
    }

    async fn look_at_phone(&self, seen: &mut Seen) -> Result<()> {
        let messages = self.sandbox("/_sandbox/sms").await?;
        for message in messages.iter().skip(seen.messages) {
            let text = |name: &str| message[name].as_str().unwrap_or_default();
            self.happened(&format!("SMS to {}: {}", text("to"), text("body")));
            seen.texted |= message["user"] == JOHN;
        }
        seen.messages = messages.len();
        Ok(())
    }
}

fn id(prompt: &Value) -> Option<String> {
    prompt["id"].as_str().map(str::to_owned)
}

fn about(before: &str, value: &Value) -> String {
    value
        .as_str()
        .map(|text| format!("{before}{text}"))
        .unwrap_or_default()
}
