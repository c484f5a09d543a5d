//! A new password instead of a pass: set once, seen, handed over like one.

use reqwest::Method;
use serde_json::{Value, json};

use crate::carrier::credential;
use crate::desk::{Desk, Filed, Person, items};
use crate::receipts::{confirmed, reset};

fn wish(person: &Person, ticket: &Filed) -> Value {
    json!({"ticket_id": ticket.name, "user_id": person.id, "method": "password"})
}

/// How often the directory was to change this person.
async fn writes(desk: &Desk<'_>, person: &Person) -> usize {
    let path = format!(
        "/_sandbox/calls?vendor=graph&method=PATCH&path=/users/{}",
        person.id
    );
    items(desk.sandbox(Method::GET, &path, None).await).len()
}

async fn shown(desk: &Desk<'_>, person: &Person) -> Value {
    let path = format!("/_sandbox/users/{}", person.email);
    desk.sandbox(Method::GET, &path, None).await
}

/// What the next change of this person meets.
async fn spoil(desk: &Desk<'_>, person: &Person, mut fault: Value) {
    fault["vendor"] = "graph".into();
    fault["method"] = "PATCH".into();
    fault["path"] = format!("/users/{}", person.id).into();
    desk.sandbox(Method::POST, "/_sandbox/faults", Some(&fault))
        .await;
}

#[tokio::test]
async fn a_password_is_set_once_shown_once_handed_over_and_has_to_be_changed() {
    let desk = Desk::shared().await;
    let (john, ticket) = confirmed(&desk).await;
    let before = shown(&desk, &john).await;
    let (status, replayed, first) = reset(&desk, &wish(&john, &ticket)).await;
    assert_eq!((status, replayed), (200, false), "{first}");
    assert_eq!(first["delivery_method"], "sms");
    let password = first["credential"].as_str().unwrap();
    assert_eq!(password.len(), 16);
    let after = shown(&desk, &john).await;
    assert_eq!(after["forceChangePassword"], true, "{after}");
    let at = "lastPasswordChangeDateTime";
    assert_ne!(after[at], before[at], "{after}");

    let (status, replayed, again) = reset(&desk, &wish(&john, &ticket)).await;
    assert_eq!((status, replayed), (200, true), "{again}");
    let mut expected = first.clone();
    expected["credential"] = Value::Null;
    assert_eq!(again, expected);
    assert_eq!(
        (writes(&desk, &john).await, desk.passes(&john).await),
        (1, 0)
    );

    let order = json!({
        "ticket_id": ticket.name, "user_phone": john.phone,
        "credential_ref": first["credential_ref"], "message": "Your password: {credential}",
    });
    let (status, sent) = desk.post("/api/v1/delivery/sms", &order).await;
    assert_eq!((status, &sent["status"]), (200, &json!("sent")), "{sent}");
    assert_eq!(
        desk.texts(&john).await,
        [format!("Your password: {password}")]
    );
    let row = credential(&desk, &first["credential_ref"]).await;
    assert_eq!(row["state"]["S"], "destroyed", "{row}");
    assert_eq!(desk.verified(&ticket.name).await["valid"], true);
}

#[tokio::test]
async fn an_account_mastered_on_premises_is_refused_and_may_have_a_pass() {
    let desk = Desk::shared().await;
    let (john, ticket) = confirmed(&desk).await;
    let path = format!("/_sandbox/users/{}", john.email);
    let synced = json!({"onPremisesSyncEnabled": true});
    desk.sandbox(Method::PUT, &path, Some(&synced)).await;
    let (status, _, refused) = reset(&desk, &wish(&john, &ticket)).await;
    let told = (status, &refused["code"]);
    assert_eq!(told, (409, &json!("SYNCED_USER")), "{refused}");
    assert_eq!(writes(&desk, &john).await, 0);
    // The confirmation was not spent on it.
    let mut pass = wish(&john, &ticket);
    pass["method"] = "tap".into();
    let (status, _, given) = reset(&desk, &pass).await;
    assert_eq!(status, 200, "{given}");
}

#[tokio::test]
async fn a_password_that_the_directory_refuses_changed_nothing() {
    let desk = Desk::shared().await;
    let (john, ticket) = confirmed(&desk).await;
    spoil(&desk, &john, json!({"fault": 403})).await;
    let (status, _, refused) = reset(&desk, &wish(&john, &ticket)).await;
    let told = (status, &refused["code"], &refused["details"]["retryable"]);
    assert_eq!(
        told,
        (502, &json!("VENDOR_FAILED"), &json!(false)),
        "{refused}"
    );
    assert_eq!(writes(&desk, &john).await, 1);
}

#[tokio::test]
async fn a_lost_answer_about_a_password_is_settled_by_reading_back() {
    let desk = Desk::shared().await;
    let (john, ticket) = confirmed(&desk).await;
    spoil(&desk, &john, json!({"fault": "lost_answer"})).await;
    let (status, _, made) = reset(&desk, &wish(&john, &ticket)).await;
    assert_eq!(status, 200, "{made}");
    assert_eq!(writes(&desk, &john).await, 1);

    let (jane, ticket) = confirmed(&desk).await;
    spoil(&desk, &jane, json!({"fault": "ignored"})).await;
    let (status, _, unknown) = reset(&desk, &wish(&jane, &ticket)).await;
    let told = (status, &unknown["code"]);
    assert_eq!(told, (502, &json!("OUTCOME_UNKNOWN")), "{unknown}");
    let (status, _, still) = reset(&desk, &wish(&jane, &ticket)).await;
    assert_eq!((status, &still["code"]), told, "{still}");
    assert_eq!(writes(&desk, &jane).await, 1);
}

#[tokio::test]
async fn a_run_sets_a_password_and_its_owner_reads_it() {
    let desk = Desk::shared().await;
    let user = "{{ ticket.requester.user_id }}";
    let playbook = desk.activated(
        json!({}),
        json!([
            {"id": "ask", "service": "verification.mfa", "with": {"user_id": user}},
            {"id": "reset", "service": "executor.reset_password",
                "with": {"user_id": user, "method": "password"}},
            {"id": "tell", "service": "delivery.sms", "with": {
                "credential_ref": "{{ steps.reset.credential_ref }}", "message": "Password: {credential}"}},
        ]),
    );
    let playbook = playbook.await;
    let john = desk.person("john.doe", "approve").await;
    let ticket = crate::receipts::unautomated(&desk, &john).await;
    let run = desk.started(&playbook, &ticket, json!({})).await;
    let ended = desk.ended(run["execution_id"].as_str().unwrap()).await;
    assert_eq!(ended["status"], "completed", "{ended}");
    let texts = desk.texts(&john).await;
    let password = texts[0].strip_prefix("Password: ").unwrap();
    assert_eq!((texts.len(), password.len()), (1, 16));
    assert_eq!(
        (writes(&desk, &john).await, desk.passes(&john).await),
        (1, 0)
    );
    let story = desk.story(&ticket.name).await;
    assert!(!story.to_string().contains(password));
    assert_eq!(desk.verified(&ticket.name).await["valid"], true);
}
