//! What we disabled stays shut until its own undo opens it: whoever holds a leaver's phone confirms nothing with it.

use serde_json::{Value, json};

use super::{Office, Run, group_of};
use crate::actions::Case;
use crate::desk::Desk;

impl Run<'_> {
    /// How an attempt to unlock the account on the run's own ticket is refused.
    async fn unlocked(&self) -> (u16, Value) {
        let ask = json!({"ticket_id": self.ticket, "user_id": self.john.id});
        let path = "/api/v1/executor/unlock_account";
        self.office.tenant.post(path, &ask).await
    }

    /// Asserts that the account is not unlocked, and that the directory was not touched by the attempt.
    async fn stays_shut(&self, changes: usize) {
        let (status, refused) = self.unlocked().await;
        let code = &refused["code"];
        assert_eq!(
            (status, code),
            (409, &json!("DISABLED_BY_DESKHAND")),
            "{refused}"
        );
        let said = refused["error"].as_str().unwrap();
        for part in [
            self.execution.as_str(),
            "disable_account",
            "an administrator",
        ] {
            assert!(said.contains(part), "{part} is not in {said}");
        }
        assert_eq!(self.person().await["accountEnabled"], false);
        assert_eq!(self.calls("PATCH", "").await, changes);
    }

    async fn locked_by_a_rule(&self) {
        let locked = json!({"accountEnabled": false, "by": "Lockout rule"});
        self.office.shape(&self.john.email, &locked).await;
    }
}

impl Office {
    async fn shape(&self, email: &str, properties: &Value) {
        let path = format!("/_sandbox/users/{email}");
        let put = reqwest::Method::PUT;
        self.desk.sandbox(put, &path, Some(properties)).await;
    }
}

#[tokio::test]
async fn what_a_leavers_run_shut_is_not_unlocked_by_a_push_that_they_confirm() {
    let office = Office::new("Leavers Kept Out", "leaver").await;
    let people = office.people(json!({"mfa": "approve"})).await;
    let run = office.run("leaver", people, json!({})).await;
    run.decided("approve").await;
    let (ended, _) = run.ended().await;
    assert_eq!(ended["status"], "completed", "{ended:#}");
    run.stays_shut(1).await;
    // Nor when an application locks the account once more.
    run.locked_by_a_rule().await;
    run.stays_shut(1).await;

    let path = "/api/v1/playbooks/account_unlock/activate";
    let activate = office.tenant.request(reqwest::Method::PUT, path);
    assert_eq!(deskhand_tests::answer(activate).await.0, 200);
    let back = office
        .run(
            "account_unlock",
            (run.boss.clone(), run.john.clone()),
            json!({}),
        )
        .await;
    let (ended, steps) = back.ended().await;
    assert_eq!(ended["status"], "escalated", "{ended:#}");
    let reason = steps["unlock_account"]["reason"].as_str().unwrap();
    assert!(
        reason.contains("does not unlock what it disabled"),
        "{reason}"
    );
    assert_eq!(back.person().await["accountEnabled"], false);
    assert_eq!(back.calls("PATCH", "").await, 1);
}

#[tokio::test]
async fn a_leaver_whom_a_rule_had_locked_out_stays_out() {
    let office = Office::new("Leavers Locked Out", "leaver").await;
    let people = office.people(json!({})).await;
    let locked = json!({"accountEnabled": false, "by": "Lockout rule"});
    office.shape(&people.1.email, &locked).await;
    let run = office.run("leaver", people, json!({})).await;
    run.decided("approve").await;
    let (ended, steps) = run.ended().await;
    assert_eq!(ended["status"], "completed", "{ended:#}");
    assert_eq!(
        steps["disable_account"]["output"]["changed"], false,
        "{steps:#}"
    );
    run.stays_shut(0).await;
}

#[tokio::test]
async fn an_account_that_its_undo_opened_is_locked_and_unlocked_like_any_other() {
    let office = Office::new("Leavers Back", "leaver").await;
    let (boss, john) = office.people(json!({})).await;
    let group = group_of(&office.desk, &john).await;
    let path = format!("/_sandbox/groups/{group}");
    let ruled = json!({"groupTypes": ["DynamicMembership"], "membershipRule": "a rule"});
    let put = reqwest::Method::PUT;
    office.desk.sandbox(put, &path, Some(&ruled)).await;
    let run = office
        .run("leaver", (boss, john), json!({"group": group}))
        .await;
    run.decided("approve").await;
    let (_, steps) = run.ended().await;
    assert_eq!(
        steps["disable_account"]["undo"]["state"], "done",
        "{steps:#}"
    );
    assert_eq!(run.person().await["accountEnabled"], true);
    run.locked_by_a_rule().await;
    let (status, refused) = run.unlocked().await;
    let code = &refused["code"];
    assert_eq!(
        (status, code),
        (403, &json!("VERIFICATION_REQUIRED")),
        "{refused}"
    );
}

#[tokio::test]
async fn what_a_call_disabled_is_not_unlocked_on_another_ticket() {
    let desk = Desk::shared().await;
    let case = Case::new(&desk, json!({})).await;
    case.consent_to("disable_account", None).await;
    let (status, _, shut) = case.act("disable_account", &json!({})).await;
    assert_eq!((status, &shut["changed"]), (200, &json!(true)), "{shut}");
    let ticket = crate::receipts::unautomated(&desk, &case.john).await;
    let case = Case { ticket, ..case };
    let refused = case.refused("unlock_account", &json!({})).await;
    assert_eq!(refused, (409, "DISABLED_BY_DESKHAND".to_owned()));
    let path = format!("/users/{}", case.john.id);
    assert_eq!(case.calls("PATCH", &path).await, 1);
}
