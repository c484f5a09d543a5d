//! A carrier that fails: a credential is delivered once, or destroyed and a person told.

use deskhand_local::Deployment;
use deskhand_tests::{eventually, fresh};
use reqwest::Method;
use serde_json::{Value, json};
use tokio::sync::{Mutex, MutexGuard, OnceCell};

use crate::desk::{Desk, PATIENCE, Person, items};

/// A deployment whose carrier may fail: a fault at Twilio cannot be kept to one person's messages.
static OWN: OnceCell<Deployment> = OnceCell::const_new();
static TURN: Mutex<()> = Mutex::const_new(());

#[tokio::test]
async fn a_carrier_that_turns_a_message_away_gets_it_again() {
    let (desk, _turn) = own().await;
    // As often as one try of ours asks.
    order(&desk, json!({"fault": 429, "times": 3})).await;
    let (john, delivery) = delivered(&desk).await;
    assert_eq!(outcomes(&delivery), ["unavailable", "sent"]);
    assert_eq!(desk.texts(&john).await.len(), 1);
    assert_eq!(sendings(&desk, &john).await, [429, 429, 429, 201]);
}

#[tokio::test]
async fn a_message_that_a_failing_carrier_does_not_have_is_sent_again() {
    let (desk, _turn) = own().await;
    order(&desk, json!({"fault": 500})).await;
    let (john, delivery) = delivered(&desk).await;
    assert_eq!(outcomes(&delivery), ["unknown", "sent"]);
    assert_eq!(desk.texts(&john).await.len(), 1);
    assert_eq!(asked(&desk, &john).await, ["POST", "GET", "POST"]);
}

#[tokio::test]
async fn a_message_whose_answer_was_lost_is_looked_for_and_not_sent_again() {
    let (desk, _turn) = own().await;
    order(&desk, json!({"fault": "lost_answer"})).await;
    let (john, delivery) = delivered(&desk).await;
    assert_eq!(outcomes(&delivery), ["sent"]);
    assert_eq!(desk.texts(&john).await.len(), 1);
    assert_eq!(asked(&desk, &john).await, ["POST", "GET"]);
}

#[tokio::test]
async fn a_number_the_carrier_refuses_ends_the_delivery_and_the_credential() {
    let desk = Desk::shared().await;
    let refused = json!({"mfa": "approve", "smsError": 21614});
    let john = desk.person_with("john.doe", refused).await;
    let ticket = desk.locked_out(&john).await;
    let run = desk.ended(&ticket.name).await;
    assert_eq!(run["status"], "escalated", "{run:#}");
    let story = desk.story(&ticket.name).await;
    let steps = &story["executions"][0]["steps"];
    assert_eq!(steps[2]["state"], "failed", "{steps:#}");
    desk.note(&ticket, "An agent takes over").await;
    assert_eq!(desk.texts(&john).await, [""; 0]);
    let credential = credential(&desk, &steps[1]["output"]["credential_ref"]).await;
    assert_eq!(credential["state"]["S"], "destroyed", "{credential:#}");
    assert!(credential.get("ciphertext").is_none(), "{credential:#}");
    assert_eq!(desk.verified(&ticket.name).await["valid"], true);
}

/// The row of a credential, as the table holds it.
pub(crate) async fn credential(desk: &Desk<'_>, credential_ref: &Value) -> Value {
    let tenant = desk.deployment.endpoints().tenant();
    let id = credential_ref.as_str().unwrap();
    let table = format!("{}-executions", desk.deployment.stack());
    let key = json!({"pk": {"S": format!("{tenant}#c#{id}")}, "sk": {"S": "c"}});
    let ask = json!({"TableName": table, "Key": key, "ConsistentRead": true});
    let found = desk.deployment.dynamodb("GetItem", &ask).await.unwrap();
    assert!(found["Item"].is_object(), "no credential {id}");
    found["Item"].clone()
}

async fn own() -> (Desk<'static>, MutexGuard<'static, ()>) {
    let deployment = OWN.get_or_init(|| fresh("carrier")).await;
    (Desk::of(deployment), TURN.lock().await)
}

/// Has the carrier's next messages fail.
async fn order(desk: &Desk<'_>, mut fault: Value) {
    fault["vendor"] = "twilio".into();
    fault["path"] = "/Messages.json".into();
    fault["method"] = "POST".into();
    desk.sandbox(Method::POST, "/_sandbox/faults", Some(&fault))
        .await;
}

/// A reset to its end; its person, and its delivery once that is sent.
async fn delivered(desk: &Desk<'_>) -> (Person, Value) {
    let john = desk.person("john.doe", "approve").await;
    let ticket = desk.locked_out(&john).await;
    let run = desk.ended(&ticket.name).await;
    assert_eq!(run["status"], "completed", "{run:#}");
    let story = desk.story(&ticket.name).await;
    let records = story["executions"][0]["records"].as_array().unwrap().iter();
    let id = records
        .filter_map(|record| record["facts"]["delivery_id"].as_str())
        .next_back()
        .unwrap();
    let delivery = eventually("a delivery that is sent", PATIENCE, || async {
        let (status, delivery) = desk.get(&format!("/api/v1/delivery/{id}")).await;
        assert_eq!(status, 200, "{delivery}");
        (delivery["status"] == "sent").then_some(delivery)
    })
    .await;
    assert_eq!(desk.passes(&john).await, 1);
    (john, delivery)
}

fn outcomes(delivery: &Value) -> Vec<&str> {
    let attempts = delivery["attempts"].as_array().unwrap().iter();
    attempts
        .map(|attempt| attempt["outcome"].as_str().unwrap())
        .collect()
}

/// The calls about this person's number, in order.
async fn calls(desk: &Desk<'_>, person: &Person) -> Vec<Value> {
    let mut calls = items(
        desk.sandbox(Method::GET, "/_sandbox/calls?vendor=twilio", None)
            .await,
    );
    let digits = person.phone.trim_start_matches('+');
    calls.retain(|call| {
        call["body"]["To"] == person.phone.as_str()
            || call["query"]
                .as_str()
                .is_some_and(|query| query.contains(digits))
    });
    calls
}

async fn asked(desk: &Desk<'_>, person: &Person) -> Vec<String> {
    let calls = calls(desk, person).await;
    let methods = calls.iter().map(|call| call["method"].as_str().unwrap());
    methods.map(str::to_owned).collect()
}

async fn sendings(desk: &Desk<'_>, person: &Person) -> Vec<u64> {
    let calls = calls(desk, person).await;
    let statuses = calls.iter().filter(|call| call["method"] == "POST");
    statuses
        .map(|call| call["status"].as_u64().unwrap_or(0))
        .collect()
}
