//! Somebody who writes playbooks for an organization.

use deskhand_tests::{anonymous, answer};
use reqwest::{Method, RequestBuilder, Response};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::desk::Desk;
use crate::neighbour::Neighbour;

/// An organization's key.
pub(super) struct Author {
    desk: Desk<'static>,
    tenant: String,
    key: String,
}

/// A playbook that asks the requester to confirm, within `seconds`.
pub(super) fn asking(name: &str, seconds: u32) -> String {
    format!(
        "name: {name}\nsteps:\n  - id: ask_them\n    service: verification.mfa\n    with: {{user_id: \"{{{{ ticket.requester.user_id }}}}\"}}\n    timeout: {seconds}\n"
    )
}

/// Asserts that an answer has this status and this code.
#[track_caller]
pub(super) fn told((status, body): (u16, Value), expected: u16, code: &str) {
    assert_eq!((status, &body["code"]), (expected, &json!(code)), "{body}");
}

impl Author {
    /// An author in an organization of their own.
    pub(super) async fn new(name: &str) -> Self {
        let desk = Desk::shared().await;
        let mark = &Uuid::new_v4().simple().to_string()[..8];
        let ask = json!({"name": format!("{name} {mark}"), "admin_email": "admin@example.com"});
        let made = desk.deployment.lambda_invoke("create_tenant", &ask).await;
        let made = made.unwrap();
        let text = |member: &str| made[member].as_str().unwrap().to_owned();
        Self {
            tenant: text("tenant"),
            key: text("api_key"),
            desk,
        }
    }

    /// An author in this organization.
    pub(super) async fn of(tenant: &Neighbour) -> Self {
        Self {
            desk: Desk::shared().await,
            tenant: tenant.tenant.clone(),
            key: tenant.api_key.clone(),
        }
    }

    /// An author in an organization below.
    pub(super) async fn child(&self) -> Self {
        let mark = &Uuid::new_v4().simple().to_string()[..8];
        let ask = json!({"name": format!("Sales {mark}"), "admin_email": format!("admin@{mark}.example.com")});
        let (status, made) = self
            .json(Method::POST, "/api/v1/organizations", Some(&ask))
            .await;
        assert_eq!(status, 201, "{made}");
        Self {
            desk: self.desk.clone(),
            tenant: made["slug"].as_str().unwrap().to_owned(),
            key: made["api_key"].as_str().unwrap().to_owned(),
        }
    }

    /// Somebody with these rights alone.
    pub(super) async fn with_scopes(&self, scopes: &[&str]) -> Self {
        let ask = json!({"name": "narrow", "scopes": scopes, "expires_days": 1});
        let (status, made) = self.json(Method::POST, "/api/v1/keys", Some(&ask)).await;
        assert_eq!(status, 201, "{made}");
        Self {
            desk: self.desk.clone(),
            tenant: self.tenant.clone(),
            key: made["key"].as_str().unwrap().to_owned(),
        }
    }

    pub(super) fn call(&self, method: Method, path: &str) -> RequestBuilder {
        anonymous(self.desk.deployment, method, path).header("x-api-key", &self.key)
    }

    pub(super) async fn get(&self, path: &str) -> Response {
        let answer = self.call(Method::GET, path).send().await.unwrap();
        assert_eq!(answer.status(), 200, "{path}");
        answer
    }

    pub(super) async fn json(
        &self,
        method: Method,
        path: &str,
        body: Option<&Value>,
    ) -> (u16, Value) {
        let call = self.call(method, path);
        answer(match body {
            Some(body) => call.json(body),
            None => call,
        })
        .await
    }

    pub(super) async fn yaml(&self, method: Method, path: &str, text: &str) -> (u16, Value) {
        let call = self.call(method, path).body(text.to_owned());
        answer(call.header("content-type", "application/yaml")).await
    }

    /// Removes what is idle of this organization's machines.
    pub(super) async fn sweep(&self) -> Value {
        let ask = json!({"idle_seconds": 0, "tenant": self.tenant});
        let swept = self.desk.deployment.lambda_invoke("remove_machines", &ask);
        swept.await.unwrap()
    }

    /// Whether there is a state machine of this name behind the stack's.
    pub(super) async fn has_machine(&self, name: &str) -> bool {
        let stack = self.desk.deployment.stack();
        let aws = self.desk.deployment.aws();
        let ask = json!({"maxResults": 1000});
        let all = aws.states("ListStateMachines", &ask).await.unwrap();
        let name = format!("{stack}-{name}");
        let mut all = all["stateMachines"].as_array().unwrap().iter();
        all.any(|machine| machine["name"] == name.as_str())
    }

    /// Asserts that the playbook's chain is whole and has this many records.
    pub(super) async fn proved(&self, playbook: &str, records: u64) {
        let path = format!("/api/v1/audit/verify?account=playbook-{playbook}");
        let (status, verdict) = self.json(Method::GET, &path, None).await;
        assert_eq!(
            (status, &verdict["valid"]),
            (200, &json!(true)),
            "{verdict}"
        );
        assert_eq!(verdict["chains"][0]["records"], records, "{verdict}");
    }

    /// What the playbook's first record says was done.
    pub(super) async fn first_record(&self, playbook: &str) -> String {
        let stack = self.desk.deployment.stack();
        let pk = format!("{}#a#playbook-{playbook}", self.tenant);
        let key = json!({"pk": {"S": pk}, "sk": {"S": format!("{:012}", 1)}});
        let ask = json!({"TableName": format!("{stack}-audit"), "Key": key});
        let found = self
            .desk
            .deployment
            .dynamodb("GetItem", &ask)
            .await
            .unwrap();
        found["Item"]["action"]["S"].as_str().unwrap().to_owned()
    }
}
