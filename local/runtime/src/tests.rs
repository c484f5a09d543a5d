//! Functions that are shell scripts, and a function's part played by hand.

use super::*;
use serde_json::json;
use std::{fs::Permissions, os::unix::fs::PermissionsExt};

const SHORT: Duration = Duration::from_millis(300);
/// Much longer than anything here takes.
const LONG: Duration = Duration::from_secs(30);

fn script(text: &str) -> (tempfile::TempDir, Function) {
    let place = tempfile::tempdir().unwrap();
    let program = place.path().join("bootstrap");
    fs::write(&program, format!("#!/bin/sh\n{text}\n")).unwrap();
    fs::set_permissions(&program, Permissions::from_mode(0o755)).unwrap();
    let environment = BTreeMap::from([("GREETING".to_owned(), "hello".to_owned())]);
    let function = Function {
        program,
        name: "greet".to_owned(),
        handler: "greet".to_owned(),
        memory_mb: 128,
        environment,
    };
    (place, function)
}

#[tokio::test]
async fn a_function_that_ends_says_how_and_what_it_wrote() {
    let (_place, function) = script("echo \"$_HANDLER says $GREETING, not $HOME\"; exit 3");
    let error = run(&function, &json!({}), LONG).await.unwrap_err();
    let Error::Ended { status, log } = error else {
        panic!("{error}")
    };
    assert_eq!(
        (status.code(), log.trim()),
        (Some(3), "greet says hello, not")
    );
}

#[tokio::test]
async fn a_function_that_does_not_answer_in_time_is_ended() {
    let (place, function) = script("echo $$ > \"${0%/*}/pid\"; exec sleep 60");
    let error = run(&function, &json!({}), SHORT).await.unwrap_err();
    assert!(matches!(error, Error::Late { .. }), "{error}");
    let pid = fs::read_to_string(place.path().join("pid")).unwrap();
    assert!(!Path::new("/proc").join(pid.trim()).exists());
}

#[tokio::test]
async fn a_binary_that_is_not_there_is_named() {
    let (place, mut function) = script("");
    function.program = place.path().join("nothing");
    let error = run(&function, &json!({}), LONG).await.unwrap_err();
    assert!(
        error.to_string().contains("nothing cannot be run"),
        "{error}"
    );
}

#[tokio::test]
async fn an_event_is_handed_out_once_and_only_its_own_answer_is_taken() {
    let event = json!({"n": 1});
    let mut door = Door::open("greet", [&event].into_iter(), LONG)
        .await
        .unwrap();
    let base = format!("http://{}/2018-06-01/runtime", door.address());
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let next = || http.get(format!("{base}/invocation/next")).timeout(SHORT);
    let handed = next().send().await.unwrap();
    let id = handed.headers()["lambda-runtime-aws-request-id"].clone();
    assert_eq!(handed.json::<Value>().await.unwrap(), event);
    assert!(next().send().await.unwrap_err().is_timeout());

    let answer = |id: &str, body: &'static str| {
        let url = format!("{base}/invocation/{id}/response");
        http.post(url).body(body).send()
    };
    assert_eq!(answer("another", "{}").await.unwrap().status(), 400);
    let id = id.to_str().unwrap();
    assert_eq!(answer(id, "no JSON").await.unwrap().status(), 400);
    assert_eq!(answer(id, r#"{"m": 2}"#).await.unwrap().status(), 202);
    assert_eq!(door.told().await.0, Told::Response(json!({"m": 2})));
}

#[tokio::test]
async fn a_function_that_cannot_start_says_so() {
    let mut door = Door::open("greet", [&json!({})].into_iter(), LONG)
        .await
        .unwrap();
    let url = format!("http://{}/2018-06-01/runtime/init/error", door.address());
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let told = http.post(url).body(r#"{"errorType": "NoQueue"}"#).send();
    assert_eq!(told.await.unwrap().status(), 202);
    assert_eq!(
        door.told().await.0,
        Told::InitError(json!({"errorType": "NoQueue"}))
    );
}

#[tokio::test]
async fn a_warm_process_answers_each_event_in_its_turn() {
    let (_place, function) = script(
        r#"api="http://$AWS_LAMBDA_RUNTIME_API/2018-06-01/runtime/invocation"
while :; do
  id=$(curl -s -D - -o /dev/null "$api/next" | tr -d '\r' | sed -n 's/^lambda-runtime-aws-request-id: //p')
  curl -s -d "$$" "$api/$id/response" > /dev/null
done"#,
    );
    let mut function = function;
    let path = std::env::var_os("PATH").unwrap();
    let path = path.to_string_lossy().into_owned();
    function.environment.insert("PATH".to_owned(), path);
    let warmed = warm(&function, &json!({}), 3, LONG).await.unwrap();
    let [first, second, third] = warmed.invocations.as_slice() else {
        panic!("{warmed:?}")
    };
    assert!(matches!(first.answer, Answer::Good(Value::Number(_))));
    assert_eq!(first.answer, third.answer, "the same process");
    assert!(first.handed <= first.answered && first.answered <= second.handed);
}
