//! A tenant with rules of its own, and tickets that are decided by them.

use deskhand_tests::answer;
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};

use crate::desk::{Desk, Person};
use crate::neighbour::Neighbour;
use crate::policy::mark;

/// What the model is sure of by itself.
pub(crate) const SURE: (&str, &str) = ("I can't log in", "Password doesn't work");
/// What it makes nothing of.
pub(crate) const UNHEARD: (&str, &str) = ("Zebra portal", "The zebra portal does not take me");

/// A tenant with rules of its own.
pub(crate) struct House {
    pub(crate) desk: Desk<'static>,
    pub(crate) tenant: Neighbour,
}

impl House {
    pub(crate) async fn new(name: &str) -> Self {
        Self::of(Neighbour::new(&format!("{name} {}", mark())).await).await
    }

    /// A house in this tenant: decisions may start the two playbooks that most tickets here are about.
    pub(crate) async fn of(tenant: Neighbour) -> Self {
        let desk = Desk::shared().await;
        let house = Self { desk, tenant };
        for playbook in ["password_reset", "account_unlock"] {
            house.switches_on(playbook).await;
            house.is_vouched_for(playbook).await;
        }
        house
    }

    /// Has a playbook of the catalogue run.
    pub(crate) async fn switches_on(&self, playbook: &str) {
        let path = format!("/api/v1/playbooks/{playbook}/activate");
        let (status, said) = answer(self.tenant.request(Method::PUT, &path)).await;
        assert_eq!((status, &said["enabled"]), (200, &json!(true)), "{said}");
    }

    /// An operator lets decisions start a playbook.
    async fn is_vouched_for(&self, playbook: &str) {
        let tenant = &self.tenant.tenant;
        let ask = json!({"tenant": tenant, "playbook_id": playbook, "unlocked": true, "reason": "its rules are tried"});
        let deployment = self.desk.deployment;
        let said = deployment.lambda_invoke("update_auto_start", &ask).await;
        assert_eq!(said.unwrap()["auto_start"]["unlocked"], true);
    }

    pub(crate) fn path(&self) -> String {
        format!(
            "/api/v1/organizations/{}/classification-rules",
            self.tenant.tenant
        )
    }

    pub(crate) fn put(&self, document: &Value) -> RequestBuilder {
        self.tenant
            .request(Method::PUT, &self.path())
            .json(document)
    }

    /// The rules that hold.
    pub(crate) async fn held(&self) -> Value {
        let (status, held) = self.tenant.get(&self.path()).await;
        assert_eq!(status, 200, "{held}");
        held
    }

    /// Lays these rules down.
    pub(crate) async fn lays_down(&self, rules: Value) -> Value {
        self.says(json!({"rules": rules})).await
    }

    pub(crate) async fn says(&self, document: Value) -> Value {
        let (status, held) = answer(self.put(&document)).await;
        assert_eq!((status, &held["source"]), (200, &json!("own")), "{held}");
        held
    }

    /// What is decided about a new ticket of this text and person.
    pub(crate) async fn decides(&self, text: (&str, &str), person: &Person) -> Value {
        self.decides_on(text, &person.email, None).await
    }

    pub(crate) async fn decides_on(
        &self,
        (subject, body): (&str, &str),
        email: &str,
        category: Option<&str>,
    ) -> Value {
        let ask = json!({"ticket_id": format!("rules-{}", mark()), "subject": subject, "body": body,
            "user_email": email, "category": category});
        let (status, decision) = self.tenant.post("/api/v1/classify_ticket", &ask).await;
        assert_eq!(status, 200, "{decision}");
        decision
    }
}

/// Asserts that the decision starts this playbook.
#[track_caller]
pub(crate) fn starts(decision: &Value, playbook: &str) {
    let told = (&decision["automated"], &decision["playbook_id"]);
    assert_eq!(told, (&json!(true), &json!(playbook)), "{decision}");
}

/// Asserts that the decision leaves the ticket to people, with this suggestion or none.
#[track_caller]
pub(crate) fn leaves(decision: &Value, suggestion: Option<&str>) {
    let told = (&decision["automated"], &decision["playbook_id"]);
    assert_eq!(told, (&json!(false), &Value::Null), "{decision}");
    assert_eq!(
        decision["suggested_playbook_id"],
        json!(suggestion),
        "{decision}"
    );
}

/// Asserts that one of the reasons holds these words.
#[track_caller]
pub(crate) fn because(decision: &Value, words: &str) {
    let mut reasons = decision["reasons"].as_array().unwrap().iter();
    let said = reasons.any(|reason| reason.as_str().unwrap().contains(words));
    assert!(said, "no reason says {words:?}: {decision}");
}
