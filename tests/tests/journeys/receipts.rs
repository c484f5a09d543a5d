//! Resets and deliveries that a caller asks for: one confirmation, one pass, one look at it, one message.

use deskhand_tests::{anonymous, answer, eventually, request};
use futures::future::join_all;
use reqwest::Method;
use serde_json::{Value, json};

use crate::carrier::credential;
use crate::desk::{Desk, Filed, PATIENCE, Person, items};

const RESET: &str = "/api/v1/executor/reset_password";

#[tokio::test]
async fn a_pass_is_shown_once_to_a_caller_who_may_see_it() {
    let desk = Desk::shared().await;
    let (john, ticket) = confirmed(&desk).await;
    let (status, replayed, first) = reset(&desk, &wish(&john, &ticket)).await;
    assert_eq!((status, replayed), (200, false), "{first}");
    assert_eq!(
        first["credential"]
            .as_str()
            .map(|pass| pass.chars().count()),
        Some(12)
    );
    assert_eq!(
        (&first["status"], &first["delivery_method"]),
        (&json!("success"), &json!("sms"))
    );

    let (status, replayed, again) = reset(&desk, &wish(&john, &ticket)).await;
    assert_eq!((status, replayed), (200, true), "{again}");
    let mut expected = first.clone();
    expected["credential"] = Value::Null;
    assert_eq!(again, expected);
    assert_eq!(desk.passes(&john).await, 1);
}

#[tokio::test]
async fn a_caller_who_may_not_see_a_pass_gets_its_handle_only() {
    let desk = Desk::shared().await;
    let (john, ticket) = confirmed(&desk).await;
    let key = key_with(&desk, &["executor:reset_password"]).await;
    let call = anonymous(desk.deployment, Method::POST, RESET).header("x-api-key", key);
    let (status, made) = answer(call.json(&wish(&john, &ticket))).await;
    assert_eq!((status, &made["credential"]), (200, &Value::Null));
    assert!(
        made["credential_ref"]
            .as_str()
            .unwrap()
            .starts_with("cred_")
    );
    assert_eq!(desk.passes(&john).await, 1);
}

#[tokio::test]
async fn without_a_confirmation_nothing_is_reset() {
    let desk = Desk::shared().await;
    let john = desk.person("john.doe", "ask").await;
    let ticket = unautomated(&desk, &john).await;
    let (status, _, refused) = reset(&desk, &wish(&john, &ticket)).await;
    assert_eq!(
        (status, &refused["code"]),
        (403, &json!("VERIFICATION_REQUIRED"))
    );
    assert_eq!(refused["missing"], json!(["mfa"]), "{refused}");
    assert_nothing_was_asked(&desk, &john).await;
}

#[tokio::test]
async fn a_confirmation_that_was_refused_resets_nothing() {
    let desk = Desk::shared().await;
    let john = desk.person("john.doe", "deny").await;
    let ticket = unautomated(&desk, &john).await;
    assert_eq!(asked(&desk, &john, &ticket).await, "denied");
    let (status, _, refused) = reset(&desk, &wish(&john, &ticket)).await;
    assert_eq!(
        (status, &refused["code"]),
        (403, &json!("VERIFICATION_REQUIRED"))
    );
    assert_nothing_was_asked(&desk, &john).await;
}

#[tokio::test]
async fn another_persons_confirmation_is_none() {
    let desk = Desk::shared().await;
    let (_, ticket) = confirmed(&desk).await;
    let jane = desk.person("jane.smith", "approve").await;
    let (status, _, refused) = reset(&desk, &wish(&jane, &ticket)).await;
    assert_eq!(
        (status, &refused["code"]),
        (403, &json!("VERIFICATION_REQUIRED"))
    );
    assert_nothing_was_asked(&desk, &jane).await;
}

#[tokio::test]
async fn a_spent_confirmation_does_not_allow_another_reset() {
    let desk = Desk::shared().await;
    let (john, ticket) = confirmed(&desk).await;
    assert_eq!(reset(&desk, &wish(&john, &ticket)).await.0, 200);
    let mut other = wish(&john, &ticket);
    other["tap_lifetime_minutes"] = 30.into();
    let (status, _, refused) = reset(&desk, &other).await;
    assert_eq!((status, &refused["code"]), (409, &json!("RECEIPT_SPENT")));
    assert!(refused["spent_at"].is_string(), "{refused}");
    assert_eq!(desk.passes(&john).await, 1);
}

#[tokio::test]
async fn a_fourth_push_in_ten_minutes_is_refused() {
    let desk = Desk::shared().await;
    let john = desk.person("john.doe", "deny").await;
    let ticket = unautomated(&desk, &john).await;
    for _ in 0..3 {
        assert_eq!(asked(&desk, &john, &ticket).await, "denied");
    }
    let ask = json!({"ticket_id": ticket.name, "user_id": john.id});
    let (status, refused) = desk.post("/api/v1/verification/mfa", &ask).await;
    assert_eq!((status, &refused["code"]), (429, &json!("TOO_MANY_PUSHES")));
    assert_eq!(desk.prompts(&john).await.len(), 3);
}

#[tokio::test]
async fn twenty_resets_at_once_make_one_pass_and_show_it_once() {
    let desk = Desk::shared().await;
    let (john, ticket) = confirmed(&desk).await;
    let wish = wish(&john, &ticket);
    let answers = join_all((0..20).map(|_| reset(&desk, &wish))).await;
    for (status, replayed, body) in &answers {
        let told = (*status, *replayed, body["credential"].is_string());
        let in_flight = *status == 409 && body["code"] == "IN_FLIGHT";
        let busy = *status == 503;
        assert!(
            told == (200, false, true) || told == (200, true, false) || in_flight || busy,
            "{status} {body}"
        );
    }
    let shown = answers
        .iter()
        .filter(|(.., body)| body["credential"].is_string());
    assert_eq!(shown.count(), 1);
    assert_eq!(desk.passes(&john).await, 1);
    assert_eq!(desk.verified(&ticket.name).await["valid"], true);
}

#[tokio::test]
async fn a_credential_goes_to_the_directorys_number_only() {
    let desk = Desk::shared().await;
    let (john, ticket) = confirmed(&desk).await;
    let (_, _, made) = reset(&desk, &wish(&john, &ticket)).await;
    let order = json!({
        "ticket_id": ticket.name, "user_phone": "+441234567891",
        "credential_ref": made["credential_ref"], "message": "Your code: {credential}",
    });
    let (status, refused) = desk.post("/api/v1/delivery/sms", &order).await;
    assert_eq!(
        (status, &refused["code"]),
        (403, &json!("RECIPIENT_MISMATCH"))
    );
    let all = items(desk.sandbox(Method::GET, "/_sandbox/sms", None).await);
    let pass = made["credential"].as_str().unwrap();
    assert!(
        !all.iter()
            .any(|text| text["body"].as_str().unwrap().contains(pass))
    );
    let row = credential(&desk, &made["credential_ref"]).await;
    assert_eq!(row["state"]["S"], "sealed");
}

#[tokio::test]
async fn a_delivered_credential_is_destroyed_and_not_sent_again() {
    let desk = Desk::shared().await;
    let (john, ticket) = confirmed(&desk).await;
    let (_, _, made) = reset(&desk, &wish(&john, &ticket)).await;
    let order = json!({
        "ticket_id": ticket.name, "user_phone": john.phone,
        "credential_ref": made["credential_ref"], "message": "Your code: {credential}",
    });
    let (status, first) = desk.post("/api/v1/delivery/sms", &order).await;
    assert_eq!((status, &first["status"]), (200, &json!("sent")), "{first}");
    let row = credential(&desk, &made["credential_ref"]).await;
    assert_eq!(row["state"]["S"], "destroyed", "{row}");
    assert!(row.get("ciphertext").is_none(), "{row}");

    let (status, again) = desk.post("/api/v1/delivery/sms", &order).await;
    assert_eq!((status, &again), (200, &first));
    let pass = made["credential"].as_str().unwrap();
    assert_eq!(desk.texts(&john).await, [format!("Your code: {pass}")]);
    assert_eq!(desk.verified(&ticket.name).await["valid"], true);
}

/// A ticket that no playbook fits.
pub(crate) async fn unautomated(desk: &Desk<'_>, person: &Person) -> Filed {
    let ticket = desk
        .file(json!({
            "summary": "The printer on floor 2 is slow",
            "details": "It takes a minute a page.",
            "user_email": person.email,
        }))
        .await;
    let decision = desk.classified(&ticket.name).await;
    assert_eq!(decision["automated"], false, "{decision}");
    ticket
}

/// A person who has just confirmed on a ticket of theirs that no playbook touches.
pub(crate) async fn confirmed(desk: &Desk<'_>) -> (Person, Filed) {
    let john = desk.person("john.doe", "approve").await;
    let ticket = unautomated(desk, &john).await;
    assert_eq!(asked(desk, &john, &ticket).await, "approved");
    (john, ticket)
}

/// How the person answers a push of their own.
pub(crate) async fn asked(desk: &Desk<'_>, person: &Person, ticket: &Filed) -> String {
    let ask = json!({"ticket_id": ticket.name, "user_id": person.id, "timeout_seconds": 300});
    let prompt = eventually("a push", PATIENCE, || async {
        // The worker of our own note's webhook may write the ticket meanwhile.
        let (status, prompt) = desk.post("/api/v1/verification/mfa", &ask).await;
        assert!([202, 409, 503].contains(&status), "{status} {prompt}");
        (status == 202).then_some(prompt)
    })
    .await;
    let path = format!(
        "/api/v1/verification/mfa/{}",
        prompt["request_id"].as_str().unwrap()
    );
    eventually("an answer to the push", PATIENCE, || async {
        let (status, prompt) = desk.get(&path).await;
        assert_eq!(status, 200, "{prompt}");
        let word = prompt["status"].as_str().unwrap().to_owned();
        (word != "pending").then_some(word)
    })
    .await
}

pub(crate) fn wish(person: &Person, ticket: &Filed) -> Value {
    json!({"ticket_id": ticket.name, "user_id": person.id, "method": "tap"})
}

/// The status, whether it is a replay, and the body.
pub(crate) async fn reset(desk: &Desk<'_>, wish: &Value) -> (u16, bool, Value) {
    let call = request(desk.deployment, Method::POST, RESET).json(wish);
    let answer = call.send().await.unwrap();
    let status = answer.status().as_u16();
    let replayed = answer.headers().get("idempotent-replayed");
    let replayed = replayed.is_some_and(|value| value == "true");
    (status, replayed, answer.json().await.unwrap())
}

/// No call was made about a pass for this person.
async fn assert_nothing_was_asked(desk: &Desk<'_>, person: &Person) {
    assert_eq!(desk.passes(person).await, 0);
    let calls = items(
        desk.sandbox(Method::GET, "/_sandbox/calls?vendor=graph", None)
            .await,
    );
    let about = format!("/users/{}/authentication", person.id);
    let asked = calls
        .iter()
        .filter(|call| call["path"].as_str().unwrap().contains(&about));
    assert_eq!(asked.count(), 0);
}

/// Another key of the tenant, which may do only this.
async fn key_with(desk: &Desk<'_>, scopes: &[&str]) -> String {
    let ask = json!({"name": "of a test", "scopes": scopes});
    let (status, made) = desk.post("/api/v1/keys", &ask).await;
    assert_eq!(status, 201, "{made}");
    made["key"].as_str().unwrap().to_owned()
}
