//! `events/`: every fixture goes to its function through the Runtime API, on the shared deployment's tables, and what comes back is held
//! against what is expected. `events/README.md` says what is in a file.

mod answer;
mod ground;
mod stage;

use std::collections::BTreeMap;

use deskhand_local::Fixture;
use deskhand_tests::{tell, whole_machine};
use serde_json::{Value, json};

use answer::faults;
use ground::Ground;
use stage::Stage;

#[tokio::test]
async fn every_event_is_answered_as_expected() {
    let stage = Stage::set().await;
    let _whole = whole_machine().await;
    let mut shared: BTreeMap<Vec<String>, Ground> = BTreeMap::new();
    let mut found = Vec::new();
    let names = Fixture::names(&stage.project).unwrap();
    assert!(!names.is_empty());
    for name in names {
        let fixture = Fixture::read(&stage.project, &name).unwrap();
        let given = given(&fixture);
        // Where something stands that an operation moves on, each event has it to itself.
        let answer = if given.iter().all(|given| given == "ticket") {
            if !shared.contains_key(&given) {
                shared.insert(given.clone(), Ground::with(&stage, &given).await);
            }
            stage.run(&fixture, &shared[&given].words).await
        } else {
            let ground = Ground::with(&stage, &given).await;
            stage.run(&fixture, &ground.words).await
        };
        for fault in faults(&fixture.expected, &answer) {
            let fault = format!("{name}: {fault}");
            tell(&fault);
            found.push(fault);
        }
    }
    found.extend(repeated(&stage).await);
    stage.clear().await;
    assert!(found.is_empty(), "\n{}", found.join("\n"));
}

/// R8: each call that changes something and that a caller may repeat, made again with the same key, and with another body
/// under it. What went wrong.
async fn repeated(stage: &Stage) -> Vec<String> {
    let mut wrong = Vec::new();
    let mut repeated = 0;
    for name in Fixture::names(&stage.project).unwrap() {
        let fixture = Fixture::read(&stage.project, &name).unwrap();
        if !is_repeatable(&fixture) {
            continue;
        }
        repeated += 1;
        let ground = Ground::with(stage, &given(&fixture)).await;
        let call = |more: &'static str| {
            stage.run_changed(&fixture, &ground.words, move |event| {
                event["headers"]["Idempotency-Key"] = "once".into();
                event["multiValueHeaders"]["Idempotency-Key"] = json!(["once"]);
                let body = event["body"].as_str().unwrap_or_default();
                event["body"] = format!("{body}{more}").into();
            })
        };
        let (first, again, other) = (call("").await, call("").await, call(" ").await);
        let told = again["headers"]["idempotent-replayed"] == "true"
            || again["multiValueHeaders"]["idempotent-replayed"] == json!(["true"]);
        if !told || again["statusCode"] != first["statusCode"] || !same_but_once(&first, &again) {
            wrong.push(format!("{name} made again: {first} and {again}"));
        }
        if other["statusCode"] != 422 {
            wrong.push(format!("{name} with another body: {other}"));
        }
    }
    assert!(repeated > 10, "only {repeated} calls may be repeated");
    wrong
}

fn is_repeatable(fixture: &Fixture) -> bool {
    let event = fixture.unfilled().unwrap();
    let changes = ["POST", "PUT", "PATCH"]
        .iter()
        .any(|method| event["httpMethod"] == *method);
    let headers = &event["headers"];
    let shown = headers["Authorization"].as_str().unwrap_or_default();
    let shows = !headers["X-API-Key"].is_null() || shown.starts_with("Bearer ");
    let is_good = fixture.expected["status"]
        .as_u64()
        .is_some_and(|status| status < 300);
    // Whose session is over cannot be told who they were.
    changes && shows && is_good && fixture.operation() != "logout"
}

/// Whether two answers have the same text, but for what is shown once and is null in the second.
fn same_but_once(first: &Value, again: &Value) -> bool {
    let text = |answer: &Value| answer["body"].as_str().unwrap_or_default().to_owned();
    let (first, again) = (text(first), text(again));
    let mut parts = again.split("null");
    let mut rest = first.as_str();
    parts.all(|part| match rest.find(part) {
        Some(at) => {
            rest = &rest[at + part.len()..];
            true
        }
        None => false,
    })
}

fn given(fixture: &Fixture) -> Vec<String> {
    let given = fixture.expected["given"].as_array();
    let given = given.map(Vec::as_slice).unwrap_or_default();
    given
        .iter()
        .map(Value::as_str)
        .map(|given| given.unwrap().to_owned())
        .collect()
}
