//! Actions as steps: done once however often the state is called, and taken back by their opposite.

use audit::{Actor, Entry};
use domain::{Execution, ExecutionId, PlaybookName, StepId, Tenant, TicketId, Voucher};
use serde_json::{Value, json};
use store::Store;

use crate::actions::{Case, now};
use crate::desk::Desk;
use crate::store::connected;

#[tokio::test]
async fn a_step_that_gives_is_done_once_and_taken_back_once() {
    let desk = Desk::shared().await;
    let case = Case::consented(&desk).await;
    let run = Run::of(
        &case,
        "executor.grant_access",
        json!({"expires_in_days": 30}),
    )
    .await;
    for _ in 0..2 {
        run.call("grant_access_task", false).await.unwrap();
        assert_eq!(
            (case.is_member().await, case.writes("POST").await),
            (true, 1)
        );
    }
    let seen = run.seen().await;
    let output = &seen.steps[1].output;
    assert_eq!(output["changed"], true, "{output:?}");
    assert!(output["grant_id"].is_string() && output["expires_at"].is_string());

    for _ in 0..2 {
        run.call("grant_access_task", true).await.unwrap();
        assert_eq!(
            (case.is_member().await, case.writes("DELETE").await),
            (false, 1)
        );
    }
    let undo = run.seen().await.steps[1].undo.clone().unwrap();
    assert_eq!(undo.state.as_str(), "done");
    assert_eq!(desk.verified(&case.ticket.name).await["valid"], true);
}

#[tokio::test]
async fn a_step_that_changed_nothing_takes_nothing_back() {
    let desk = Desk::shared().await;
    let case = Case::new(&desk, json!({})).await;
    let run = Run::of(&case, "executor.revoke_access", json!({})).await;
    run.call("revoke_access_task", false).await.unwrap();
    run.call("revoke_access_task", true).await.unwrap();
    let seen = run.seen().await;
    assert_eq!(seen.steps[1].output["changed"], false);
    assert_eq!(
        seen.steps[1].undo.clone().unwrap().state.as_str(),
        "not_needed"
    );
    assert_eq!(case.writes("POST").await + case.writes("DELETE").await, 0);
}

#[tokio::test]
async fn a_step_without_consent_fails_and_says_why() {
    let desk = Desk::shared().await;
    let case = Case::new(&desk, json!({})).await;
    let run = Run::of(&case, "executor.grant_access", json!({})).await;
    let failed = run.call("grant_access_task", false).await.unwrap_err();
    assert!(failed.contains("Failed"), "{failed}");
    let seen = run.seen().await;
    let reason = seen.steps[1].reason.clone().unwrap();
    assert!(reason.contains("manager has not consented"), "{reason}");
    assert_eq!(case.writes("POST").await, 0);
}

/// A run whose second step is the action, written as if its machine had come so far.
struct Run<'a> {
    case: &'a Case<'a>,
    store: Store,
    tenant: Tenant,
    begun: Execution,
}

impl<'a> Run<'a> {
    async fn of(case: &'a Case<'a>, service: &str, more: Value) -> Self {
        let deployment = case.desk.deployment;
        let store = connected(deployment.aws().base());
        #[expect(
            clippy::disallowed_methods,
            reason = "a test vouches for its own tenant"
        )]
        let tenant = Tenant::vouched(deployment.endpoints().tenant(), Voucher::Operator).unwrap();
        let chains = case.desk.verified(&case.ticket.name).await;
        let ticket = chains["chains"][0]["subject"].as_str().unwrap();
        let ticket = TicketId::parse(ticket.strip_prefix("t#").unwrap()).unwrap();
        let own = uuid::Uuid::new_v4().simple().to_string();
        let name = PlaybookName::parse(&format!("of_a_test_{}", &own[..8])).unwrap();
        let mut with = json!({"user_id": case.john.id, "group_id": case.group});
        with.as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        let text = json!({
            "name": name, "version": "1.0",
            "steps": [
                {"id": "ask", "service": "verification.mfa", "with": {"user_id": case.john.id}},
                {"id": "act", "service": service, "with": with},
            ],
        });
        let (status, made) = case.desk.post("/api/v1/playbooks", &text).await;
        assert_eq!((status, &made["version"]), (201, &json!("1.0")), "{made}");
        let now = now();
        let steps = ["ask", "act"].map(|id| StepId::parse(id).unwrap());
        let id = ExecutionId::parse(&format!("x-{own}")).unwrap();
        let run = Execution::new(id, ticket, name, "1.0".into(), &steps, now);
        let entry = Entry::new(now, Actor::System("test".into()), "execution.started");
        let write = store
            .write(&tenant, "test")
            .execution(None, &run, vec![entry]);
        write.commit().await.unwrap();
        Self {
            case,
            store,
            tenant,
            begun: run,
        }
    }

    /// Calls the step's function as its state does.
    async fn call(&self, operation: &str, undo: bool) -> Result<Value, String> {
        let input = json!({
            "tenant": self.tenant, "ticket_id": self.begun.ticket_id, "execution_id": self.begun.id,
            "generation": 1, "playbook": self.begun.playbook, "version": "1.0", "step": "act", "undo": undo,
        });
        let called = self.case.desk.deployment.lambda_invoke(operation, &input);
        called.await.map_err(|error| error.to_string())
    }

    async fn seen(&self) -> Execution {
        let found = self.store.execution(&self.tenant, &self.begun.id).await;
        found.unwrap().unwrap()
    }
}
