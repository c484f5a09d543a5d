//! A function that starts, is asked and answers, through the Runtime API.

use runtime_api::{Answer, Function};
use serde_json::json;
use std::{collections::BTreeMap, path::PathBuf, time::Duration};

/// Much longer than it takes: only a function that hangs meets it.
const PATIENCE: Duration = Duration::from_secs(30);
const REQUEST: &str = include_str!("../../../events/platform/get_health.json");

fn hello() -> Function {
    Function {
        program: PathBuf::from(env!("CARGO_BIN_EXE_hello")),
        name: "hello".to_owned(),
        handler: "hello".to_owned(),
        memory_mb: 128,
        environment: BTreeMap::new(),
    }
}

#[tokio::test]
async fn a_request_is_answered_and_measured() {
    let event = serde_json::from_str(REQUEST).unwrap();
    let run = runtime_api::run(&hello(), &event, PATIENCE).await.unwrap();
    let Answer::Good(answer) = run.answer else {
        panic!("it failed")
    };
    assert_eq!(
        (&answer["statusCode"], &answer["body"]),
        (&json!(200), &json!("hello"))
    );
    assert!(run.took > Duration::ZERO && run.peak_memory_kb > 0);
}

#[tokio::test]
async fn an_event_of_another_kind_is_the_functions_own_error() {
    let event = json!({"Records": []});
    let run = runtime_api::run(&hello(), &event, PATIENCE).await.unwrap();
    let Answer::Bad(error) = run.answer else {
        panic!("it answered an event that is no request")
    };
    assert!(error["errorMessage"].is_string(), "{error}");
}
