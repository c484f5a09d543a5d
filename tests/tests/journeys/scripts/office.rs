//! An organization whose devices one vendor manages, somebody in it with a device, and a script for it.

use std::sync::atomic::{AtomicU32, Ordering};

use deskhand_local::put_vendor_secrets;
use deskhand_tests::{anonymous, answer, eventually};
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::desk::{Desk, ENDS, LOOK_AGAIN, PATIENCE, Person, items};

/// Numbers of devices and scripts that no other test has.
static NUMBERS: AtomicU32 = AtomicU32::new(2000);

pub(crate) const TRIGGER: &str = "/api/v1/executor/trigger_device_script";

/// A device and a script of a test's own, as a vendor names them.
#[derive(Clone)]
pub(crate) struct Asked {
    pub(crate) number: u32,
    pub(crate) device: String,
    pub(crate) script: String,
}

impl Asked {
    /// A device of whom `owner` is the address, and a script that is as `script` says.
    pub(crate) async fn of(desk: &Desk<'_>, vendor: &str, owner: &str, script: &Value) -> Self {
        let number = NUMBERS.fetch_add(1, Ordering::Relaxed);
        let path = format!("/_sandbox/rmm/devices/{number}");
        let device = json!({"owner": owner});
        desk.sandbox(Method::PUT, &path, Some(&device)).await;
        let path = format!("/_sandbox/rmm/scripts/{number}");
        desk.sandbox(Method::PUT, &path, Some(script)).await;
        let named = |kind: &str| match vendor {
            "datto" => format!("{kind}-0000-4000-8000-{number:012}"),
            _ => number.to_string(),
        };
        Self {
            number,
            device: named("31fcea20"),
            script: named("c0ffee00"),
        }
    }
}

/// An organization, by its key.
pub(super) struct Office {
    pub(super) desk: Desk<'static>,
    pub(super) vendor: &'static str,
    tenant: String,
    key: String,
}

/// Somebody who confirms what they are asked, and a ticket of theirs.
pub(super) struct Case<'a> {
    pub(super) office: &'a Office,
    pub(super) john: Person,
    pub(super) ticket: String,
    pub(super) asked: Asked,
}

impl Office {
    /// One whose devices `vendor` manages.
    pub(super) async fn of(vendor: &'static str) -> Self {
        let desk = Desk::shared().await;
        let mark = &Uuid::new_v4().simple().to_string()[..8];
        let ask = json!({"name": format!("Scripts {mark}"), "admin_email": "admin@example.com"});
        let made = desk.deployment.lambda_invoke("create_tenant", &ask).await;
        let made = made.unwrap();
        let text = |member: &str| made[member].as_str().unwrap().to_owned();
        let office = Self {
            tenant: text("tenant"),
            key: text("api_key"),
            vendor,
            desk,
        };
        let (aws, stack) = (office.desk.deployment.aws(), office.desk.deployment.stack());
        let sandbox = office.desk.deployment.sandbox();
        put_vendor_secrets(aws, stack, &office.tenant, sandbox)
            .await
            .unwrap();
        let mut secret = sandbox::credentials(sandbox)[vendor].clone();
        secret["preferred"] = true.into();
        let put = json!({
            "SecretId": format!("{stack}/{}/{vendor}", office.tenant), "SecretString": secret.to_string(),
        });
        aws.json("secretsmanager", "secretsmanager.PutSecretValue", &put)
            .await
            .unwrap();
        office
    }

    /// Somebody with a device and a script that is allowed, and is as `script` says.
    pub(super) async fn case(&self, script: &Value, parameters: &Value) -> Case<'_> {
        let john = self.desk.person("john.doe", "approve").await;
        let asked = Asked::of(&self.desk, self.vendor, &john.email, script).await;
        let ticket = format!("INC-{}", asked.number);
        let body = json!({
            "ticket_id": ticket, "subject": "The printer is stuck", "body": "Nothing comes out", "user_email": john.email,
        });
        let (status, filed) = self
            .json(Method::POST, "/api/v1/classify_ticket", &body)
            .await;
        assert_eq!(status, 200, "{filed}");
        let case = Case {
            office: self,
            john,
            ticket,
            asked,
        };
        case.allow(parameters).await;
        case
    }

    pub(super) fn call(&self, method: Method, path: &str) -> RequestBuilder {
        anonymous(self.desk.deployment, method, path).header("x-api-key", &self.key)
    }

    pub(super) async fn json(&self, method: Method, path: &str, body: &Value) -> (u16, Value) {
        answer(self.call(method, path).json(body)).await
    }

    pub(super) async fn get(&self, path: &str) -> Value {
        let (status, found) = answer(self.call(Method::GET, path)).await;
        assert_eq!(status, 200, "{path}: {found}");
        found
    }

    /// The run of a playbook, once it is over.
    pub(super) async fn ended(&self, execution: &str) -> Value {
        let path = format!("/api/v1/orchestration/execution/{execution}");
        eventually(&format!("the end of {execution}"), PATIENCE, || async {
            let found = self.get(&path).await;
            if ENDS.iter().any(|end| found["status"] == *end) {
                return Some(found);
            }
            tokio::time::sleep(LOOK_AGAIN).await;
            None
        })
        .await
    }
}

impl Case<'_> {
    /// Puts the script, as it is now, on the list.
    pub(super) async fn allow(&self, parameters: &Value) -> Value {
        let path = format!("/admin/v1/scripts/{}", self.asked.script);
        let seen = self.office.get(&path).await;
        let list = json!({"scripts": [
            {"script_id": self.asked.script, "hash": seen["hash"], "about": "of a test", "parameters": parameters},
        ]});
        let put = self.office.json(Method::PUT, "/admin/v1/scripts", &list);
        let (status, saved) = put.await;
        assert_eq!(status, 200, "{saved}");
        saved
    }

    /// The person confirms.
    pub(super) async fn confirm(&self) {
        let ask =
            json!({"ticket_id": self.ticket, "user_id": self.john.id, "timeout_seconds": 300});
        let path = "/api/v1/verification/mfa";
        let (status, prompt) = self.office.json(Method::POST, path, &ask).await;
        assert_eq!(status, 202, "{prompt}");
        let path = format!("{path}/{}", prompt["request_id"].as_str().unwrap());
        eventually("an answer to the push", PATIENCE, || async {
            let found = self.office.get(&path).await;
            (found["status"] == "approved").then_some(())
        })
        .await;
    }

    /// The body of a call.
    pub(super) fn wish(&self, params: &Value) -> Value {
        json!({
            "ticket_id": self.ticket, "device_id": self.asked.device, "script_id": self.asked.script, "params": params,
        })
    }

    /// The status, whether it is a replay, and the body.
    pub(super) async fn trigger(&self, body: &Value) -> (u16, bool, Value) {
        let call = self.office.call(Method::POST, TRIGGER).json(body);
        let answer = call.send().await.unwrap();
        let status = answer.status().as_u16();
        let replayed = answer.headers().contains_key("idempotent-replayed");
        (status, replayed, answer.json().await.unwrap())
    }

    /// The status and the code.
    pub(super) async fn refused(&self, body: &Value) -> (u16, String) {
        let (status, _, refusal) = self.trigger(body).await;
        let code = refusal["code"].as_str().unwrap_or_default().to_owned();
        (status, code)
    }

    /// The run, once it has ended.
    pub(super) async fn end_of(&self, run: &Value) -> Value {
        let run = run.as_str().unwrap();
        let path = format!("/api/v1/executor/script_runs/{run}");
        eventually(&format!("the end of {run}"), PATIENCE, || async {
            let found = self.office.get(&path).await;
            if !found["ended_at"].is_null() {
                return Some(found);
            }
            tokio::time::sleep(LOOK_AGAIN).await;
            None
        })
        .await
    }

    /// The vendor's runs on the device, by its own log.
    pub(super) async fn runs(&self) -> Vec<Value> {
        let all = self
            .office
            .desk
            .sandbox(Method::GET, "/_sandbox/rmm/runs", None);
        let mut all = items(all.await);
        all.retain(|run| run["device"] == self.asked.number);
        all
    }

    /// What the next start meets.
    pub(super) async fn fault(&self, mut fault: Value) {
        let path = match self.office.vendor {
            "datto" => format!("{}/quickjob", self.asked.device),
            _ => format!("device/{}/script/run", self.asked.device),
        };
        fault["vendor"] = self.office.vendor.into();
        fault["path"] = path.into();
        let faults = "/_sandbox/faults";
        self.office
            .desk
            .sandbox(Method::POST, faults, Some(&fault))
            .await;
    }

    /// Simulates a playbook for whose device it is, as one of one's own has to be before it is activated.
    pub(super) async fn simulated(&self, playbook: &str) {
        let path = format!("/admin/v1/playbooks/{playbook}/simulate");
        let ask = json!({"sample": {"user_id": self.john.id}});
        let (status, report) = self.office.json(Method::POST, &path, &ask).await;
        assert_eq!((status, &report["green"]), (200, &json!(true)), "{report}");
    }

    /// Starts a playbook for the ticket and waits for its end: the run's id, and how it stands.
    pub(super) async fn play(&self, playbook: &str, context: &Value) -> (String, Value) {
        let path = format!("/api/v1/playbooks/{playbook}/activate");
        let (status, on) = self.office.json(Method::PUT, &path, &json!({})).await;
        assert_eq!(status, 200, "{on}");
        let ask = json!({"ticket_id": self.ticket, "playbook_id": playbook, "context": context});
        let path = "/api/v1/orchestration/execute_playbook";
        let (status, started) = self.office.json(Method::POST, path, &ask).await;
        assert_eq!(status, 202, "{started}");
        let execution = started["execution_id"].as_str().unwrap().to_owned();
        let ended = self.office.ended(&execution).await;
        (execution, ended)
    }

    /// The steps of the run, as the audit tells them.
    pub(super) async fn steps(&self, execution: &str) -> Value {
        let path = format!("/api/v1/audit/steps/{execution}");
        self.office.get(&path).await["steps"].take()
    }

    /// Waits until the ticket is escalated because nobody knows how this run ended.
    pub(super) async fn has_a_person(&self, run: &Value) {
        let path = format!("/api/v1/audit/executions/{}", self.ticket);
        let escalated = eventually("an escalated ticket", PATIENCE, || async {
            let story = self.office.get(&path).await;
            let mut records = items(story["records"].clone()).into_iter();
            records.find(|record| record["action"] == "ticket.escalated")
        })
        .await;
        let facts = &escalated["facts"];
        assert_eq!(facts["what"], *run, "{facts}");
        let reason = facts["reason"].as_str().unwrap();
        assert!(reason.contains("nobody knows how the script"), "{reason}");
    }

    pub(super) async fn verified(&self) -> Value {
        let path = format!("/api/v1/audit/verify?ticket_id={}", self.ticket);
        self.office.get(&path).await
    }
}
