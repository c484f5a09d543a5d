//! An office with people, tickets and a policy of its own.

use std::time::Duration;

use deskhand_tests::{answer, eventually};
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};
use tokio::time::sleep;
use uuid::Uuid;

use crate::actions::now;
use crate::desk::{Desk, PATIENCE, Person, items};
use crate::neighbour::Neighbour;

pub(super) const HOUR: i64 = 3_600;
/// What is left of an hour that a journey begins in; windows are hours of the clock.
const ENOUGH: i64 = 180;

/// An office with people, tickets and a policy of its own.
pub(super) struct Office {
    pub(super) desk: Desk<'static>,
    pub(super) tenant: Neighbour,
}

impl Office {
    pub(super) async fn new(name: &str) -> Self {
        Self::of(Neighbour::new(&format!("{name} {}", mark())).await).await
    }

    pub(super) async fn of(tenant: Neighbour) -> Self {
        Self {
            desk: Desk::shared().await,
            tenant,
        }
    }

    pub(super) fn path(&self) -> String {
        format!("/api/v1/organizations/{}/policy", self.tenant.tenant)
    }

    pub(super) async fn policy(&self) -> Value {
        let (status, held) = self.tenant.get(&self.path()).await;
        assert_eq!(status, 200, "{held}");
        held
    }

    pub(super) fn put(&self, policy: &Value) -> RequestBuilder {
        self.tenant.request(Method::PUT, &self.path()).json(policy)
    }

    pub(super) async fn says(&self, policy: Value) -> Value {
        let (status, held) = answer(self.put(&policy)).await;
        assert_eq!((status, &held["source"]), (200, &json!("own")), "{held}");
        held
    }

    /// A ticket of theirs.
    pub(super) async fn ticket(&self, person: &Person) -> String {
        let ticket = format!("policy-{}", mark());
        self.tenant.classify(&ticket, &person.email).await;
        ticket
    }

    /// Has somebody's sessions ended, for which no proof is asked.
    pub(super) async fn revoke(&self, person: &Person, ticket: &str) -> (u16, Value) {
        let ask = json!({"ticket_id": ticket, "user_id": person.id});
        self.tenant
            .post("/api/v1/executor/revoke_sessions", &ask)
            .await
    }

    pub(super) async fn reset(&self, person: &Person, ticket: &str) -> (u16, Value) {
        let ask = json!({"ticket_id": ticket, "user_id": person.id, "method": "tap"});
        self.tenant
            .post("/api/v1/executor/reset_password", &ask)
            .await
    }

    /// Has somebody confirm on a ticket.
    pub(super) async fn confirmed(&self, person: &Person, ticket: &str) {
        let ask = json!({"ticket_id": ticket, "user_id": person.id, "timeout_seconds": 300});
        let (status, prompt) = self.tenant.post("/api/v1/verification/mfa", &ask).await;
        assert_eq!(status, 202, "{prompt}");
        let request = prompt["request_id"].as_str().unwrap();
        let path = format!("/api/v1/verification/mfa/{request}");
        eventually("an answer to the push", PATIENCE, || async {
            let (_, prompt) = self.tenant.get(&path).await;
            (prompt["status"] == "approved").then_some(())
        })
        .await;
    }

    /// How often the directory was asked to end this person's sessions.
    pub(super) async fn revoked(&self, person: &Person) -> usize {
        let all = items(
            self.desk
                .sandbox(Method::GET, "/_sandbox/calls?vendor=graph", None)
                .await,
        );
        let path = format!("/users/{}/revokeSignInSessions", person.id);
        let fits = |call: &&Value| call["path"].as_str().unwrap().contains(&path);
        all.iter().filter(fits).count()
    }

    /// The words that the tenant's own chain says of its policy, oldest first.
    pub(super) async fn told(&self) -> Vec<String> {
        self.tenant.told("policy.").await
    }
}

pub(crate) fn mark() -> String {
    Uuid::new_v4().simple().to_string()[..8].to_owned()
}

/// Asserts that an answer has this status and this code.
#[track_caller]
pub(crate) fn told((status, body): &(u16, Value), expected: u16, code: &str) {
    assert_eq!((*status, &body["code"]), (expected, &json!(code)), "{body}");
}

/// Waits for the next hour where this one is nearly over.
pub(super) async fn early_in_an_hour() {
    let left = HOUR - now().as_second().rem_euclid(HOUR);
    if left < ENOUGH {
        sleep(Duration::from_secs(left.unsigned_abs() + 1)).await;
    }
}
