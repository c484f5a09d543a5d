//! What has to be there before an event, made by the events that make it, in a tenant of its own.

use base64::{Engine, engine::general_purpose::STANDARD};
use deskhand_local::{Fixture, Words, put_vendor_secrets};
use serde_json::Value;
use uuid::Uuid;

use super::stage::Stage;

/// A tenant, and what fills in the events that are about it.
pub(super) struct Ground<'a> {
    stage: &'a Stage,
    pub(super) words: Words,
}

impl<'a> Ground<'a> {
    /// A new tenant in which `given` stands.
    pub(super) async fn with(stage: &'a Stage, given: &[String]) -> Self {
        let mut ground = Self::new(stage).await;
        for given in given {
            match given.as_str() {
                "ticket" => ground.ticket().await,
                "run" => ground.run().await,
                "stopped" => ground.stopped().await,
                "prompt" => ground.prompt().await,
                "approval" => ground.approval().await,
                "verified" => ground.verified().await,
                "credential" => ground.credential().await,
                "delivery" => ground.delivery().await,
                "event" => ground.event().await,
                "key" => ground.key().await,
                "signed_in" => ground.signed_in().await,
                "child" => ground.child().await,
                "scripts" => ground.scripts().await,
                "script_run" => ground.script_run().await,
                other => panic!("nobody knows how to give {other}"),
            }
        }
        ground
    }

    async fn new(stage: &'a Stage) -> Self {
        let words = Words::from([("task_token", "nobody-waits-for-this".to_owned())]);
        let mut ground = Self { stage, words };
        let name = format!("events-{}", Uuid::new_v4().simple());
        let fixture = ground
            .fixture("accounts/create_tenant")
            .about("Example", &name);
        let made = stage.prepare(&fixture, &ground.words).await;
        let text = |pointer: &str| {
            made.pointer(pointer)
                .and_then(Value::as_str)
                .unwrap()
                .to_owned()
        };
        let halo = ["username", "password"].map(|what| text(&format!("/webhooks/halopsa/{what}")));
        ground.words.extend([
            ("tenant", text("/tenant")),
            ("api_key", text("/api_key")),
            ("admin_username", text("/admin/username")),
            ("admin_password", text("/admin/password")),
            ("halo_basic", STANDARD.encode(halo.join(":"))),
            ("mfa_source", text("/webhooks/azuread/username")),
            ("mfa_secret", text("/webhooks/azuread/secret")),
        ]);
        let deployment = stage.desk.deployment;
        let secrets = put_vendor_secrets(
            deployment.aws(),
            deployment.stack(),
            &ground.words["tenant"],
            deployment.sandbox(),
        );
        secrets.await.unwrap();
        ground
    }

    async fn ticket(&mut self) {
        if self.words.contains_key("ticket_id") {
            return;
        }
        self.prepare("classifier/classify_ticket").await;
        let chains = self.prepare("audit/verify_audit").await;
        let subject = chains["chains"][0]["subject"].as_str().unwrap();
        let id = subject.strip_prefix("t#").unwrap().to_owned();
        self.words.insert("ticket_id", id);
    }

    async fn run(&mut self) {
        self.ticket().await;
        self.learn("execution_id", "orchestration/execute_playbook")
            .await;
    }

    async fn stopped(&mut self) {
        self.run().await;
        self.prepare("orchestration/escalate_execution").await;
    }

    async fn prompt(&mut self) {
        self.ticket().await;
        if !self.in_run() {
            return self.learn("request_id", "verification/request_mfa").await;
        }
        self.prepare("verification/request_mfa_task").await;
        let audit = self.prepare("audit/get_step_audit").await;
        let id = audit["steps"][0]["receipts"][0]["request_id"].as_str();
        self.words.insert("request_id", id.unwrap().to_owned());
    }

    async fn approval(&mut self) {
        self.ticket().await;
        let asked = self.prepare("verification/request_manager_approval").await;
        let id = asked["request_id"].as_str().unwrap().to_owned();
        self.words.insert("approval_id", id);
    }

    async fn verified(&mut self) {
        self.prompt().await;
        self.prepare("verification/receive_mfa_response").await;
    }

    async fn credential(&mut self) {
        self.verified().await;
        if self.in_run() {
            self.prepare("executor/reset_password_task").await;
        } else {
            self.learn("credential_ref", "executor/reset_password")
                .await;
        }
    }

    async fn delivery(&mut self) {
        self.credential().await;
        self.learn("delivery_id", "delivery/send_sms.by_ref").await;
    }

    async fn event(&mut self) {
        self.learn("event_id", "webhooks/receive_ticket_created")
            .await;
    }

    async fn signed_in(&mut self) {
        let pair = self.prepare("accounts/create_token").await;
        for word in ["access", "refresh"] {
            let token = pair[word].as_str().unwrap().to_owned();
            self.words.insert(word, token);
        }
    }

    async fn key(&mut self) {
        let made = self.prepare("accounts/create_key").await;
        let id = made["id"].as_u64().unwrap().to_string();
        self.words.insert("key_id", id);
    }

    async fn child(&mut self) {
        let made = self.prepare("accounts/create_organization").await;
        let slug = made["slug"].as_str().unwrap().to_owned();
        self.words.insert("child", slug);
    }

    async fn scripts(&self) {
        self.prepare("executor/replace_scripts").await;
    }

    async fn script_run(&mut self) {
        self.scripts().await;
        self.verified().await;
        self.learn("run_id", "executor/trigger_device_script").await;
    }

    fn in_run(&self) -> bool {
        self.words.contains_key("execution_id")
    }

    /// Plays a fixture whose answer has `word`.
    async fn learn(&mut self, word: &'static str, fixture: &str) {
        let answer = self.prepare(fixture).await;
        let value = answer[word].as_str();
        let value = value.unwrap_or_else(|| panic!("{fixture} answered without {word}: {answer}"));
        self.words.insert(word, value.to_owned());
    }

    async fn prepare(&self, fixture: &str) -> Value {
        self.stage
            .prepare(&self.fixture(fixture), &self.words)
            .await
    }

    fn fixture(&self, name: &str) -> Fixture {
        Fixture::read(&self.stage.project, name).unwrap()
    }
}
