//! A run of a catalogue playbook: switched on, started, its manager asked, its end and what it cost.

use std::{fs, path::Path, time::Duration};

use deskhand_local::LogLine;
use deskhand_tests::{answer_in_time, eventually, request, tell};
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};

use crate::actions::Case;
use crate::approvals::{page, pressed};
use crate::desk::{Desk, Filed, PATIENCE, items};

/// A function's lines are readable once its invocation has ended.
const LINES: Duration = Duration::from_secs(30);

/// Makes a playbook's newest version the one that runs, by `call`'s credential.
pub(super) async fn switch_on(
    call: impl Fn(Method, &str) -> RequestBuilder,
    playbook: &str,
) -> Value {
    let path = format!("/api/v1/playbooks/{playbook}/activate");
    let (status, active) = answer_in_time(call(Method::PUT, &path)).await;
    assert_eq!(
        (status, &active["enabled"]),
        (200, &json!(true)),
        "{active}"
    );
    active
}

/// Asks for a playbook to be run for a ticket.
pub(super) async fn start(
    desk: &Desk<'_>,
    ticket: &Filed,
    playbook: &str,
    context: Value,
) -> (u16, Value) {
    switch_on(
        |method, path| request(desk.deployment, method, path),
        playbook,
    )
    .await;
    let ask = json!({"ticket_id": ticket.name, "playbook_id": playbook, "context": context});
    let path = "/api/v1/orchestration/execute_playbook";
    answer_in_time(request(desk.deployment, Method::POST, path).json(&ask)).await
}

/// A run that was started for a ticket.
pub(super) struct Run<'a> {
    case: &'a Case<'a>,
    ticket: Filed,
    playbook: &'static str,
    id: String,
}

impl<'a> Run<'a> {
    /// A run for the case's own ticket.
    pub(super) async fn of(case: &'a Case<'a>, playbook: &'static str, context: Value) -> Self {
        Self::on(case, &case.ticket, playbook, context).await
    }

    /// A run for another ticket, which may be somebody else's.
    pub(super) async fn on(
        case: &'a Case<'a>,
        ticket: &Filed,
        playbook: &'static str,
        context: Value,
    ) -> Self {
        let (status, started) = start(case.desk, ticket, playbook, context).await;
        assert_eq!(status, 202, "{started}");
        Self {
            case,
            ticket: ticket.clone(),
            playbook,
            id: started["execution_id"].as_str().unwrap().to_owned(),
        }
    }

    /// The manager of the case opens the link in their mail and says `approve` or `deny`. Answers with what they read.
    pub(super) async fn manager_says(&self, decision: &str) -> String {
        let desk = self.case.desk;
        let plan = eventually("a question to the manager", PATIENCE, || async {
            let story = desk.story(&self.ticket.name).await;
            let records = story["executions"][0]["records"].as_array()?;
            let asked = records
                .iter()
                .find(|record| record["action"] == "approval.requested")?;
            Some(asked["facts"]["payload_hash"].clone())
        })
        .await;
        let boss = &self.case.boss.email;
        let token = desk.token_mailed_to(boss, "/approvals").await;
        let (status, shown) = page(desk, &token).await;
        assert_eq!(status, 200, "{shown}");
        let (status, said) = pressed(desk, &token, decision, &plan).await;
        assert_eq!(status, 200, "{said}");
        shown
    }

    /// The run, once it is over with this status. Its record holds.
    pub(super) async fn ends(&self, status: &str) -> Value {
        let run = self.case.desk.ended(&self.id).await;
        assert_eq!(run["status"], status, "{run:#}");
        let verdict = self.case.desk.verified(&self.ticket.name).await;
        assert_eq!(verdict["valid"], true, "{verdict:#}");
        run
    }

    /// The run, once it has ended with a person, because of `why`.
    pub(super) async fn is_refused(&self, status: &str, why: &str) {
        let run = self.ends(status).await;
        let reason = run["reason"].as_str().unwrap_or_default();
        assert!(reason.contains(why), "{run:#}");
        let head = format!("Deskhand stopped {} 1.0", self.playbook);
        self.case.desk.note(&self.ticket, &head).await;
    }

    /// The run, once all of it is done and the ticket is told; what it cost is what its page says.
    pub(super) async fn is_done(&self) {
        let run = self.ends("completed").await;
        assert_eq!(run.get("undone"), None, "{run:#}");
        let head = format!("Deskhand finished {} 1.0", self.playbook);
        self.case.desk.note(&self.ticket, &head).await;
        self.costs_what_its_page_says().await;
    }

    /// The run, once it has ended with a person and these steps were taken back, in this order.
    pub(super) async fn is_taken_back(&self, status: &str, steps: &[&str]) {
        let run = self.ends(status).await;
        let undone = items(run["undone"].clone());
        assert!(undone.iter().all(|step| step["state"] == "done"), "{run:#}");
        let story = self.case.desk.story(&self.ticket.name).await;
        let records = &story["executions"][0]["records"];
        let records = records.as_array().unwrap().iter();
        let done = records.filter(|record| record["action"] == "undo.done");
        let order: Vec<&str> = done
            .map(|record| record["facts"]["step"].as_str().unwrap())
            .collect();
        assert_eq!(order, steps, "{run:#}");
    }

    async fn costs_what_its_page_says(&self) {
        let entered = self.entered().await;
        let units = self.write_units().await;
        tell(&format!(
            "{}: {entered} transitions, {units} write units",
            self.playbook
        ));
        let pages = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/playbooks");
        let page = fs::read_to_string(pages.join(format!("{}.md", self.playbook))).unwrap();
        assert_eq!(Some(entered), before(&page, "transitions"), "{page}");
        let most = before(&page, "write").unwrap();
        assert!(
            units <= most && most <= units + 15,
            "{units} write units; the page says {most}"
        );
    }

    async fn entered(&self) -> u32 {
        let deployment = self.case.desk.deployment;
        let history = deployment.sfn_history(self.playbook, &self.id).await;
        let entered = |event: &&Value| event["type"].as_str().unwrap().ends_with("StateEntered");
        let entered = history.unwrap().iter().filter(entered).count();
        u32::try_from(entered).unwrap()
    }

    /// What was written for the ticket, from its arrival to the end of the run.
    async fn write_units(&self) -> u32 {
        let desk = self.case.desk;
        let verdict = desk.verified(&self.ticket.name).await;
        let subject = verdict["chains"][0]["subject"].as_str().unwrap();
        let ticket = subject.strip_prefix("t#").unwrap();
        let writes = eventually("the line of the run's last write", LINES, || async {
            let lines = desk.deployment.log_lines().await.unwrap();
            let mut writes: Vec<Value> = lines.iter().filter_map(LogLine::json).collect();
            writes.retain(|line| line["message"] == "write" && line["ticket_id"] == ticket);
            let ended = writes
                .iter()
                .any(|line| line["purpose"] == "execution ended");
            ended.then_some(writes)
        })
        .await;
        let own = writes.iter().filter(|line| line["purpose"] != "audit read");
        let units: f64 = own.map(|line| line["write_units"].as_f64().unwrap()).sum();
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a few dozen"
        )]
        let whole = units.ceil() as u32;
        whole
    }
}

/// The number that stands before `word` on a page.
fn before(page: &str, word: &str) -> Option<u32> {
    let words: Vec<&str> = page.split_whitespace().collect();
    let mut pairs = words.windows(2);
    pairs.find_map(|pair| pair[0].parse().ok().filter(|_| pair[1].starts_with(word)))
}

/// A directory that does what it was asked and does not answer, and then lets nobody read back what it did: nobody knows.
pub(super) struct Silence<'a> {
    desk: &'a Desk<'a>,
    method: &'static str,
    path: String,
    read: String,
}

impl<'a> Silence<'a> {
    /// The next write of `method` under `path` is done, and nothing is answered. The caller waits 20 seconds.
    pub(super) async fn about(
        desk: &'a Desk<'a>,
        method: &'static str,
        path: String,
        read: String,
    ) -> Self {
        let silence = Self {
            desk,
            method,
            path,
            read,
        };
        let mute =
            json!({"method": method, "path": silence.path, "fault": "timeout", "after": true});
        silence.order(mute).await;
        silence
    }

    /// Waits for that write and, while its caller waits for the answer, has the six looks at what it did refused.
    pub(super) async fn falls(&self) {
        let Self { method, path, .. } = self;
        let calls = format!("/_sandbox/calls?vendor=graph&method={method}&path={path}");
        eventually("a write without an answer", PATIENCE, || async {
            let calls = items(self.desk.sandbox(Method::GET, &calls, None).await);
            let mute = calls.iter().any(|call| call["fault"] == "timeout");
            mute.then_some(())
        })
        .await;
        let blind = json!({"method": "GET", "path": self.read, "fault": 403, "times": 6});
        self.order(blind).await;
    }

    async fn order(&self, mut fault: Value) {
        fault["vendor"] = "graph".into();
        self.desk
            .sandbox(Method::POST, "/_sandbox/faults", Some(&fault))
            .await;
    }
}
