//! Where fixtures are played: the functions as they are deployed, started one at a time for one event each.

use std::{collections::BTreeMap, time::Duration};

use base64::{Engine, engine::general_purpose::STANDARD};
use deskhand_local::{ACCOUNT, Fixture, Project, REGION, Words, deployed};
use hmac::{Hmac, KeyInit, Mac};
use reqwest::Method;
use runtime_api::Answer;
use serde_json::{Value, json};
use sha2::Sha256;
use uuid::Uuid;

use crate::desk::{Desk, items};

/// Longer than any function's own limit in the template.
const PATIENCE: Duration = Duration::from_mins(2);
const QUEUES: [&str; 4] = [
    "INBOUND_QUEUE",
    "MFA_POLL_QUEUE",
    "SCRIPT_POLL_QUEUE",
    "DELIVERY_QUEUE",
];
/// The person and the ticket that contract A's examples are about.
const JOHN: &str = "abc-123";
const TICKET: u64 = 12_345;

/// The shared deployment, with a queue and a state machine that nothing comes of.
pub(super) struct Stage {
    pub(super) desk: Desk<'static>,
    pub(super) project: Project,
    /// In the place of a template's variable, while something is prepared.
    quiet: BTreeMap<&'static str, String>,
}

impl Stage {
    /// Prepares the stage, and the example ticket in Halo.
    pub(super) async fn set() -> Self {
        let desk = Desk::shared().await;
        desk.file(json!({
            "id": TICKET,
            "summary": "I can't log in",
            "details": "Password doesn't work",
            "user_email": "john.doe@company.com",
            "fire": false,
        }))
        .await;
        let aws = desk.deployment.aws();
        let queue = json!({"QueueName": "unread"});
        let queue = aws
            .json("sqs", "AmazonSQS.CreateQueue", &queue)
            .await
            .unwrap();
        let queue = queue["QueueUrl"].as_str().unwrap();
        let waits = json!({"StartAt": "Wait", "States": {"Wait": {"Type": "Wait", "Seconds": 3600, "End": true}}});
        let machine = json!({
            "name": "idle-password_reset",
            "definition": waits.to_string(),
            "roleArn": format!("arn:aws:iam::{ACCOUNT}:role/idle"),
        });
        aws.states("CreateStateMachine", &machine).await.unwrap();
        let machines = format!("arn:aws:states:{REGION}:{ACCOUNT}:stateMachine:idle-");
        let mut quiet = BTreeMap::from(QUEUES.map(|name| (name, queue.to_owned())));
        quiet.insert("MACHINE_PREFIX", machines);
        let project = Project::find(None).unwrap();
        Self {
            desk,
            project,
            quiet,
        }
    }

    /// What the fixture's function answers, deployed as it is.
    pub(super) async fn run(&self, fixture: &Fixture, words: &Words) -> Answer {
        self.start(fixture, words, &BTreeMap::new(), |_| ()).await
    }

    /// The same, of an event that `change` has changed.
    pub(super) async fn run_changed(
        &self,
        fixture: &Fixture,
        words: &Words,
        change: impl FnOnce(&mut Value),
    ) -> Value {
        match self.start(fixture, words, &self.quiet, change).await {
            Answer::Good(answer) => answer,
            answer @ Answer::Bad(_) => panic!("{}: {answer:?}", fixture.name),
        }
    }

    /// The result of a fixture's function that nobody else acts upon: its messages are not read, its runs stand still.
    pub(super) async fn prepare(&self, fixture: &Fixture, words: &Words) -> Value {
        let answer = self.start(fixture, words, &self.quiet, |_| ()).await;
        let Answer::Good(mut answer) = answer else {
            panic!("{}: {answer:?}", fixture.name)
        };
        let Some(status) = answer["statusCode"].as_u64() else {
            return answer;
        };
        assert!(status < 300, "{}: {answer}", fixture.name);
        let body = answer["body"].take();
        serde_json::from_str(body.as_str().unwrap()).unwrap()
    }

    async fn start(
        &self,
        fixture: &Fixture,
        words: &Words,
        instead: &BTreeMap<&'static str, String>,
        change: impl FnOnce(&mut Value),
    ) -> Answer {
        let deployment = self.desk.deployment;
        let program = self.project.binary(fixture.service());
        let function = deployed(
            deployment.aws(),
            deployment.stack(),
            fixture.operation(),
            program,
        );
        let mut function = function.await.unwrap();
        for (name, value) in instead {
            function
                .environment
                .entry((*name).to_owned())
                .and_modify(|own| own.clone_from(value));
        }
        let mut event = signed(fixture, words);
        change(&mut event);
        let run = runtime_api::run(&function, &event, PATIENCE).await;
        match run {
            Ok(run) => run.answer,
            Err(error) => panic!("{}: {error}", fixture.name),
        }
    }

    /// Answers the pushes that are left, so that nobody goes on asking for them.
    pub(super) async fn clear(&self) {
        for prompt in items(self.desk.sandbox(Method::GET, "/_sandbox/mfa", None).await) {
            if prompt["user_id"] == JOHN && prompt["status"] == "pending" {
                let path = format!("/_sandbox/mfa/{}/deny", prompt["id"].as_str().unwrap());
                self.desk.sandbox(Method::POST, &path, None).await;
            }
        }
    }
}

/// The event with `words`, a GUID of its own, and the signature over its body.
fn signed(fixture: &Fixture, words: &Words) -> Value {
    let mut words = words.clone();
    words.insert("guid", Uuid::new_v4().to_string());
    words.insert("webhook_timestamp", now());
    words.insert("webhook_signature", String::new());
    let unsigned = fixture.event(&words).unwrap();
    let Some(key) = words.get("mfa_secret") else {
        return unsigned;
    };
    let key = STANDARD.decode(key.trim_start_matches("whsec_")).unwrap();
    let text = |pointer: &str| {
        unsigned
            .pointer(pointer)
            .and_then(Value::as_str)
            .unwrap_or_default()
    };
    let parts = [
        text("/headers/webhook-id"),
        text("/headers/webhook-timestamp"),
        text("/body"),
    ];
    let mut mac = Hmac::<Sha256>::new_from_slice(&key).unwrap();
    mac.update(parts.join(".").as_bytes());
    let signature = STANDARD.encode(mac.finalize().into_bytes());
    words.insert("webhook_signature", format!("v1,{signature}"));
    fixture.event(&words).unwrap()
}

#[expect(
    clippy::disallowed_methods,
    reason = "a signature is of the time it is made at"
)]
fn now() -> String {
    jiff::Timestamp::now().as_second().to_string()
}
