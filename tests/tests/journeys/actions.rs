//! Actions that set a state in the directory: looked at before, read back after, written once, refused with the reason.

mod case;

use std::time::Duration;

use deskhand_tests::eventually;
use futures::{future::join_all, join};
use jiff::SignedDuration;
use reqwest::Method;
use serde_json::{Value, json};

pub(crate) use case::{Case, now};

use crate::desk::{Desk, PATIENCE, actions, items};
use crate::receipts::asked;

/// `VISIOCLIENT`, which has no free seat.
const FULL: &str = "c5928f49-12ba-48f7-ada3-0d743a3601d5";
/// `ENTERPRISEPACK`, which the members of `grp-office` hold.
const OF_GROUP: &str = "6fd2c87f-b296-42f0-b197-1e91e994b900";

#[tokio::test]
async fn a_grant_is_given_once_seen_and_said_again() {
    let desk = Desk::shared().await;
    let case = Case::consented(&desk).await;
    let (status, replayed, first) = case.grant(&json!({})).await;
    assert_eq!((status, replayed), (200, false), "{first}");
    assert_eq!(
        (&first["changed"], &first["expires_at"]),
        (&json!(true), &Value::Null)
    );
    assert!(first["grant_id"].as_str().unwrap().starts_with("gr_"));
    assert!(case.is_member().await);

    let (status, replayed, again) = case.grant(&json!({})).await;
    assert_eq!((status, replayed, &again), (200, true, &first));
    assert_eq!(case.writes("POST").await, 1);
    let story = desk.story(&case.ticket.name).await;
    let told = actions(&story["records"]);
    for action in ["action.begun", "action.done"] {
        assert_eq!(
            told.iter().filter(|one| **one == action).count(),
            1,
            "{told:?}"
        );
    }
    assert_eq!(desk.verified(&case.ticket.name).await["valid"], true);
}

#[tokio::test]
async fn twenty_calls_at_once_are_one_write() {
    let desk = Desk::shared().await;
    let case = Case::consented(&desk).await;
    let ask = json!({});
    let calls = join_all((0..20).map(|_| case.grant(&ask))).await;
    let mut ids = Vec::new();
    for (status, _, answer) in calls {
        match status {
            200 => ids.push(answer["grant_id"].clone()),
            409 => assert!(
                ["IN_FLIGHT", "CONFLICT"].contains(&answer["code"].as_str().unwrap()),
                "{answer}"
            ),
            other => assert!([429, 503].contains(&other), "{answer}"),
        }
    }
    ids.dedup();
    assert_eq!(ids.len(), 1, "{ids:?}");
    assert_eq!(case.writes("POST").await, 1);
}

#[tokio::test]
async fn a_call_that_looked_too_early_has_the_result_of_the_one_that_was_faster() {
    let desk = Desk::shared().await;
    let case = Case::consented(&desk).await;
    case.fault(json!({"method": "GET", "fault": "late"})).await;
    let ask = json!({});
    let members = format!("/groups/{}/members", case.group);
    let ((early, replayed, told), (status, _, first)) = join!(
        case.grant(&ask),
        case.behind_a_look(&members, case.grant(&ask))
    );
    assert_eq!(status, 200, "{first}");
    assert_eq!((early, replayed, told), (200, true, first));
    assert_eq!(case.writes("POST").await, 1);
}

#[tokio::test]
async fn without_consent_nothing_is_given_and_a_consent_is_good_once() {
    let desk = Desk::shared().await;
    let case = Case::new(&desk, json!({})).await;
    let (status, _, refused) = case.grant(&json!({})).await;
    assert_eq!(
        (status, &refused["code"]),
        (403, &json!("VERIFICATION_REQUIRED"))
    );
    let missing = &refused["details"]["missing"];
    assert_eq!(*missing, json!(["manager_approval"]), "{refused}");
    assert_eq!(case.writes("POST").await, 0);

    case.consent().await;
    let (status, _, given) = case.grant(&json!({})).await;
    assert_eq!(status, 200, "{given}");
    case.keyboard(Method::DELETE).await;
    let until = now() + SignedDuration::from_hours(48);
    let (status, _, refused) = case.grant(&json!({"expires_at": until})).await;
    assert_eq!(
        (status, &refused["code"]),
        (409, &json!("RECEIPT_SPENT")),
        "{refused}"
    );
    assert_eq!(case.writes("POST").await, 1);
}

#[tokio::test]
async fn what_may_not_be_given_is_refused_with_the_reason() {
    let desk = Desk::shared().await;
    let case = Case::new(&desk, json!({})).await;
    for (group, _) in [
        ("grp-engineers", "dynamic"),
        ("grp-finance", "on-premises"),
        ("grp-news", "Exchange"),
        ("grp-admins", "roles"),
    ] {
        let refused = case
            .refused("grant_access", &json!({"group_id": group}))
            .await;
        assert_eq!(refused, (409, "GROUP_CLOSED".to_owned()), "{group}");
    }
    let full = case
        .refused("grant_access", &json!({"license_sku": FULL}))
        .await;
    assert_eq!(full, (409, "NO_LICENSES".to_owned()));
    for late in ["2037-01-01T00:00:00Z", "2020-01-01T00:00:00Z"] {
        let body = json!({"group_id": case.group, "expires_at": late});
        let refused = case.refused("grant_access", &body).await;
        assert_eq!(refused, (422, "MAX_LIFETIME".to_owned()));
    }
    let unknown = case
        .refused("grant_access", &json!({"group_id": "grp-nowhere"}))
        .await;
    assert_eq!(unknown.0, 404);
    for (properties, code) in [
        (json!({"userType": "Guest"}), "PROTECTED_USER"),
        (
            json!({"directoryRoles": ["Global Administrator"]}),
            "PROTECTED_USER",
        ),
    ] {
        let other = Case::new(&desk, properties).await;
        let refused = other
            .refused("grant_access", &json!({"group_id": other.group}))
            .await;
        assert_eq!(refused, (403, code.to_owned()));
    }
    let nowhere = Case::new(&desk, json!({"usageLocation": null})).await;
    let refused = nowhere
        .refused("grant_access", &json!({"license_sku": OF_GROUP}))
        .await;
    assert_eq!(refused, (409, "USAGE_LOCATION_MISSING".to_owned()));
    assert_eq!(case.writes("POST").await, 0);
}

#[tokio::test]
async fn a_deed_whose_answer_was_an_error_is_settled_by_reading_back() {
    let desk = Desk::shared().await;
    let case = Case::consented(&desk).await;
    case.fault(json!({"method": "POST", "fault": 500, "after": true}))
        .await;
    let (status, _, given) = case.grant(&json!({})).await;
    assert_eq!((status, &given["changed"]), (200, &json!(true)), "{given}");
    assert_eq!(case.writes("POST").await, 1);
    let story = desk.story(&case.ticket.name).await;
    let done = items(story["records"].clone());
    let done = done.iter().find(|record| record["action"] == "action.done");
    assert_eq!(done.unwrap()["facts"]["answer"], "lost");
}

#[tokio::test]
async fn a_yes_without_a_deed_is_unknown_and_no_success() {
    let desk = Desk::shared().await;
    let case = Case::consented(&desk).await;
    case.fault(json!({"method": "POST", "fault": "ignored"}))
        .await;
    let (status, _, answer) = case.grant(&json!({})).await;
    assert_eq!(
        (status, &answer["code"]),
        (502, &json!("OUTCOME_UNKNOWN")),
        "{answer}"
    );
    assert!(!case.is_member().await);
    let story = desk.story(&case.ticket.name).await;
    assert!(actions(&story["records"]).contains(&"action.unknown"));
}

#[tokio::test]
async fn what_a_dead_call_left_is_taken_up_by_the_next() {
    let desk = Desk::shared().await;
    let case = Case::consented(&desk).await;
    let (status, _, first) = case.grant(&json!({})).await;
    assert_eq!(status, 200, "{first}");
    // As if it had died between the deed and the record, two minutes ago.
    case.leave_begun().await;
    let (status, _, again) = case.grant(&json!({})).await;
    assert_eq!(
        (status, &again["grant_id"]),
        (200, &first["grant_id"]),
        "{again}"
    );
    assert_eq!(case.writes("POST").await, 1);
    // And as if before the deed: making it so twice is making it so once.
    case.leave_begun().await;
    case.keyboard(Method::DELETE).await;
    let (status, _, again) = case.grant(&json!({})).await;
    assert_eq!(
        (status, &again["grant_id"]),
        (200, &first["grant_id"]),
        "{again}"
    );
    assert_eq!(case.writes("POST").await, 2);
    assert!(case.is_member().await);
}

#[tokio::test]
async fn what_was_given_is_taken_away_and_its_grant_closed() {
    let desk = Desk::shared().await;
    let case = Case::consented(&desk).await;
    let none = case
        .act("revoke_access", &json!({"group_id": case.group}))
        .await;
    assert_eq!(
        (none.0, &none.2["changed"]),
        (200, &json!(false)),
        "{}",
        none.2
    );
    let (_, _, given) = case.grant(&json!({})).await;
    let by_grant = json!({"grant_id": given["grant_id"]});
    let (status, _, taken) = case.act("revoke_access", &by_grant).await;
    assert_eq!((status, &taken["changed"]), (200, &json!(true)), "{taken}");
    assert_eq!(taken["grant_id"], given["grant_id"]);
    assert!(!case.is_member().await);
    assert_eq!(case.grant_row(&given["grant_id"]).await["status"], "closed");

    let owner = Case::new(&desk, json!({})).await;
    owner.keyboard(Method::PUT).await;
    owner.shape(json!({"owners": [owner.john.email]})).await;
    let last = owner
        .refused("revoke_access", &json!({"group_id": owner.group}))
        .await;
    assert_eq!(last, (409, "LAST_OWNER".to_owned()));
    let stranger = Case::new(&desk, json!({})).await;
    let refused = stranger.refused("revoke_access", &by_grant).await;
    assert_eq!(refused.0, 404, "another person's grant");
}

#[tokio::test]
async fn an_account_is_unlocked_only_where_an_application_locked_it() {
    let desk = Desk::shared().await;
    let case = Case::confirmed(&desk).await;
    let open = case.act("unlock_account", &json!({})).await;
    assert_eq!(
        (open.0, &open.2["changed"]),
        (200, &json!(false)),
        "{}",
        open.2
    );

    case.person(json!({"accountEnabled": false, "by": "jane.smith@company.com"}))
        .await;
    let by_admin = case.refused("unlock_account", &json!({})).await;
    assert_eq!(by_admin, (409, "DISABLED_BY_ADMIN".to_owned()));
    case.person(json!({"accountEnabled": true, "by": "jane.smith@company.com"}))
        .await;
    case.person(json!({"accountEnabled": false, "by": "Lockout rule", "riskState": "atRisk"}))
        .await;
    let at_risk = case.refused("unlock_account", &json!({})).await;
    assert_eq!(at_risk, (409, "USER_AT_RISK".to_owned()));
    case.person(json!({"riskState": null})).await;
    let (status, _, opened) = case.act("unlock_account", &json!({})).await;
    assert_eq!(
        (status, &opened["changed"]),
        (200, &json!(true)),
        "{opened}"
    );

    let other = Case::new(&desk, json!({})).await;
    other
        .person(json!({"accountEnabled": false, "by": "Lockout rule"}))
        .await;
    let (status, _, refused) = other.act("unlock_account", &json!({})).await;
    assert_eq!(
        (status, &refused["details"]["missing"]),
        (403, &json!(["mfa"]))
    );
}

#[tokio::test]
async fn an_executive_is_reset_only_with_their_managers_consent_besides() {
    let desk = Desk::shared().await;
    let case = Case::confirmed(&desk).await;
    case.person(json!({"department": "Executive"})).await;
    let method = json!({"method": "tap"});
    let (status, _, refused) = case.act("reset_password", &method).await;
    let missing = json!(["manager_approval"]);
    assert_eq!((status, &refused["details"]["missing"]), (403, &missing));
    assert_eq!(desk.passes(&case.john).await, 0);
    case.person(json!({"department": "Engineering"})).await;
    let (status, _, given) = case.act("reset_password", &method).await;
    assert_eq!(status, 200, "{given}");
}

#[tokio::test]
async fn a_reset_that_looked_too_early_has_the_result_of_the_one_that_was_faster() {
    let desk = Desk::shared().await;
    let case = Case::new(&desk, json!({"department": "Executive"})).await;
    assert_eq!(asked(&desk, &case.john, &case.ticket).await, "approved");
    case.consent_to("reset_password", None).await;
    let user = format!("/users/{}", case.john.id);
    let late = json!({"vendor": "graph", "path": user, "method": "GET", "fault": "late"});
    desk.sandbox(Method::POST, "/_sandbox/faults", Some(&late))
        .await;
    let ask = json!({"method": "tap"});
    let ((early, replayed, told), (status, _, mut first)) = join!(
        case.act("reset_password", &ask),
        case.behind_a_look(&user, case.act("reset_password", &ask))
    );
    assert_eq!(status, 200, "{first}");
    first["credential"] = Value::Null;
    assert_eq!((early, replayed, told), (200, true, first));
    assert_eq!(desk.passes(&case.john).await, 1);
}

#[tokio::test]
async fn sessions_end_without_a_receipt_and_once_for_a_repeated_call() {
    let desk = Desk::shared().await;
    let case = Case::new(&desk, json!({})).await;
    let (status, replayed, first) = case.act("revoke_sessions", &json!({})).await;
    assert_eq!((status, replayed), (200, false), "{first}");
    assert!(first["note"].as_str().unwrap().contains("own expiry"));
    let (status, replayed, again) = case.act("revoke_sessions", &json!({})).await;
    assert_eq!((status, replayed, &again), (200, true, &first));
    let path = format!("/users/{}/revokeSignInSessions", case.john.id);
    assert_eq!(case.calls("POST", &path).await, 1);
}

#[tokio::test]
async fn access_that_is_over_is_closed_only_when_it_is_seen_gone() {
    let desk = Desk::shared().await;
    let case = Case::consented(&desk).await;
    let until = now() + SignedDuration::from_secs(25);
    let (status, _, given) = case.grant(&json!({"expires_at": until})).await;
    assert_eq!(status, 200, "{given}");
    case.fault(json!({"method": "DELETE", "fault": "ignored", "times": 7}))
        .await;
    let grant = &given["grant_id"];
    for state in ["revocation_failed", "closed"] {
        eventually(&format!("the grant {state}"), PATIENCE, || async {
            // As the schedule does each minute, and without its pauses.
            let soon = now() + SignedDuration::from_hours(48);
            let asked = json!({"as_of": soon});
            let ran = desk.deployment.lambda_invoke("reconcile_grants", &asked);
            ran.await.unwrap();
            tokio::time::sleep(Duration::from_secs(2)).await;
            let row = case.grant_row(grant).await;
            let member = case.is_member().await;
            assert!(
                row["status"] != "closed" || !member,
                "closed and there: {row}"
            );
            (row["status"] == state).then_some(())
        })
        .await;
        if state == "revocation_failed" {
            desk.note(&case.ticket, "could not be taken away").await;
            assert!(case.is_member().await);
        }
    }
    let story = desk.story(&case.ticket.name).await;
    let told = actions(&story["records"]);
    let failed = told.iter().filter(|one| **one == "grant.still_there");
    assert!(failed.count() >= 3, "{told:?}");
    let last = told.iter().rfind(|one| one.starts_with("grant."));
    assert_eq!(last, Some(&"grant.closed"), "{told:?}");
    assert_eq!(desk.verified(&case.ticket.name).await["valid"], true);
}
