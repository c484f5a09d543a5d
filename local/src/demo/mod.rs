//! The main job, played: a ticket resets a password while every step is printed as it happens.

mod bill;
mod follow;
mod story;

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use reqwest::{Client, StatusCode};
use serde_json::{Value, json};

use crate::{
    aws::{Aws, loopback},
    endpoints::Endpoints,
    error::{Doing, Error, Result},
};

/// How long a played run may take; a step's own time-out is 10 minutes at most.
const PLAYED: Duration = Duration::from_mins(2);
/// How long a person may take.
const MANUAL: Duration = Duration::from_mins(15);
const JOHN: &str = "john.doe@company.com";

/// One run of the demo.
struct Demo<'a> {
    endpoints: &'a Endpoints,
    aws: Aws,
    http: Client,
    begun: Instant,
    begun_at_ms: i64,
    manual: bool,
}

/// Plays the main job on the deployment at `endpoints`. With `manual`, a person approves the push on the sandbox's page.
///
/// # Errors
/// When a step does not come in its time, or the run does not end well: the sentence says which.
pub async fn run(endpoints: &Endpoints, manual: bool) -> Result<()> {
    let demo = Demo {
        endpoints,
        aws: Aws::at(endpoints.aws())?,
        http: loopback()?,
        begun: Instant::now(),
        begun_at_ms: now_ms(),
        manual,
    };
    let before = demo.look_around().await?;
    let ticket = demo.create_ticket().await?;
    let execution = demo.follow(&ticket, before).await?;
    let traces = demo.traces(&execution).await?;
    demo.tell_the_story(&ticket).await?;
    let own_id = demo.check_the_audit(&ticket).await?;
    traces.print_bill(&own_id);
    Ok(())
}

#[expect(
    clippy::disallowed_methods,
    reason = "log lines are found by the wall clock they were written at"
)]
fn now_ms() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.map_or(0, |since| {
        i64::try_from(since.as_millis()).unwrap_or_default()
    })
}

impl Demo<'_> {
    /// Prints one thing that happened, with the time since the ticket.
    fn happened(&self, what: &str) {
        println!("{:6.1} s  {what}", self.begun.elapsed().as_secs_f32());
    }

    async fn create_ticket(&self) -> Result<String> {
        let doing = "creating a ticket in the sandbox's HaloPSA";
        let url = format!("{}/_sandbox/halo/tickets", self.endpoints.sandbox());
        let ticket = json!({
            "summary": "I can't log in",
            "details": "Password doesn't work",
            "user_email": JOHN,
        });
        let answer = self
            .http
            .post(url)
            .json(&ticket)
            .send()
            .await
            .doing(doing)?;
        let made: Value = answer
            .error_for_status()
            .doing(doing)?
            .json()
            .await
            .doing(doing)?;
        let id = made["ticket_id"]
            .as_str()
            .ok_or_else(|| Error::failed(doing, format!("the answer has no ticket_id: {made}")))?;
        self.happened(&format!(
            "John writes ticket {id} in HaloPSA: \"I can't log in\""
        ));
        Ok(id.to_owned())
    }

    /// A GET of the public API: the body, or `None` where it is not there yet.
    async fn api(&self, path: &str) -> Result<Option<Value>> {
        let doing = format!("GET {path}");
        let answer = self
            .http
            .get(format!("{}{path}", self.endpoints.api()))
            .header("x-api-key", self.endpoints.api_key())
            .send()
            .await
            .doing(doing.clone())?;
        let status = answer.status();
        if status == StatusCode::NOT_FOUND {
            return Ok(None);
        }
        let text = answer.text().await.doing(doing.clone())?;
        if !status.is_success() {
            return Err(Error::failed(doing, format!("{status} {text}")));
        }
        serde_json::from_str(&text).map(Some).doing(doing)
    }

    /// A GET of the sandbox that answers with an array.
    async fn sandbox(&self, path: &str) -> Result<Vec<Value>> {
        let doing = format!("GET {path} of the sandbox");
        let url = format!("{}{path}", self.endpoints.sandbox());
        let answer = self.http.get(url).send().await.doing(doing.clone())?;
        let answer = answer.error_for_status().doing(doing.clone())?;
        answer.json().await.doing(doing)
    }

    fn patience(&self) -> Duration {
        if self.manual { MANUAL } else { PLAYED }
    }
}
