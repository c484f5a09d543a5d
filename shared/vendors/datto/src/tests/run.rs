//! Runs: beginning them once, and finding them again.

use super::component::{UID as COMPONENT, hash, page, spooler};
use super::talk;
use domain::{DeviceId, Parameters, ScriptId};
use ports::{CallError, Order, Output, RunHandle, RunScript, RunState};
use serde_json::{Value, json};
use testkit::{Conversation, Reply};

const DEVICE: &str = "31fcea20-0000-4000-8000-000000000101";
const MADE: &str =
    r#"{"job":{"id":9,"name":"Deskhand x-1","uid":"job-1","status":"active"},"jobComponents":[]}"#;

async fn order(parameter: &str) -> Order {
    Order {
        device: DeviceId::parse(DEVICE).unwrap(),
        script: ScriptId::parse(COMPONENT).unwrap(),
        hash: hash(spooler()).await,
        parameters: Parameters::read([(parameter, "john.doe@company.com")]).unwrap(),
        reference: "x-1".into(),
    }
}

async fn prepare(component: Value, parameter: &str) -> Result<RunHandle, CallError> {
    let (_there, datto) = talk([page(&json!([component]), None)]).await;
    datto.prepare(&order(parameter).await).await
}

async fn start(reply: Reply) -> (Conversation, Result<RunHandle, CallError>) {
    let prepared = prepare(spooler(), "user").await.unwrap();
    let (there, datto) = talk([reply]).await;
    let started = datto.start(&order("user").await, &prepared).await;
    (there, started)
}

async fn state(replies: impl IntoIterator<Item = Reply>) -> (Conversation, RunState) {
    let handle = start(Reply::json(200, MADE)).await.1.unwrap();
    let (there, datto) = talk(replies).await;
    let state = datto.run(&handle).await.unwrap();
    (there, state)
}

fn results(status: &str, wrote: (bool, bool)) -> Reply {
    let (out, err) = wrote;
    let body = json!({
        "jobUid": "job-1", "deviceUid": DEVICE, "jobDeploymentStatus": status,
        "componentResults": [{"componentStatus": "Success", "hasStdOut": out, "hasStdErr": err}],
    });
    Reply::json(200, body.to_string())
}

fn refused(result: Result<RunHandle, CallError>) -> String {
    match result {
        Err(CallError::Refused { code, .. }) => code,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_quick_job_is_made_once_with_its_variables_as_a_list() {
    let (there, handle) = start(Reply::json(200, MADE)).await;
    assert_eq!(handle.unwrap().vendor(), "datto");
    let asked = &there.heard()[1];
    assert_eq!(
        asked.line(),
        format!("PUT /api/v2/device/{DEVICE}/quickjob")
    );
    let body: Value = serde_json::from_str(&asked.body).unwrap();
    let variables = json!([{"name": "user", "value": "john.doe@company.com"}]);
    assert_eq!(
        body,
        json!({"jobName": "Deskhand x-1", "jobComponent": {"componentUid": COMPONENT, "variables": variables}})
    );
}

#[tokio::test]
async fn a_lost_answer_is_unknown_and_no_second_job_is_made() {
    for lost in [
        Reply::Cut,
        Reply::Hang,
        Reply::json(500, "{}"),
        Reply::json(200, "{}"),
        Reply::json(200, r#"{"job":{"uid":"../x"}}"#),
    ] {
        let (there, result) = start(lost).await;
        assert!(
            matches!(result, Err(CallError::Unknown { .. })),
            "{result:?}"
        );
        assert_eq!(there.heard().len(), 2);
    }
    let (there, datto) = talk([]).await;
    let prepared = prepare(spooler(), "user").await.unwrap();
    let told = datto.run(&prepared).await.unwrap();
    assert!(matches!(told, RunState::Unknown { .. }), "{told:?}");
    assert!(there.heard().is_empty());
}

#[tokio::test]
async fn throttling_is_not_asked_against_and_began_nothing() {
    let (there, result) = start(Reply::json(429, "{}")).await;
    let Err(CallError::Unavailable { retry_after, .. }) = result else {
        panic!("{result:?}");
    };
    assert_eq!(retry_after.map(|wait| wait.as_secs()), Some(60));
    assert_eq!(there.heard().len(), 2);
}

#[tokio::test]
async fn what_datto_says_no_to_is_refused_and_a_shut_door_is_our_set_up() {
    let (_, result) = start(Reply::json(400, r#"{"error":"BadRequest","message":"no"}"#)).await;
    assert_eq!(refused(result), "BadRequest");
    let (_, result) = start(Reply::json(403, "{}")).await;
    assert!(
        matches!(result, Err(CallError::Misconfigured { .. })),
        "{result:?}"
    );
    let (_, result) = start(Reply::json(404, "{}")).await;
    assert!(
        matches!(result, Err(CallError::NotFound { .. })),
        "{result:?}"
    );
}

#[tokio::test]
async fn a_changed_component_or_a_variable_it_does_not_have_is_not_prepared() {
    let mut changed = spooler();
    changed["description"] = json!("now something else");
    assert_eq!(refused(prepare(changed, "user").await), "script_changed");
    assert_eq!(
        refused(prepare(spooler(), "User").await),
        "unknown_parameter"
    );
}

#[tokio::test]
async fn a_job_without_results_is_queued_and_one_that_is_gone_is_unknown() {
    let job = Reply::json(200, r#"{"uid":"job-1","status":"active"}"#);
    let (there, told) = state([Reply::json(404, "{}"), job]).await;
    assert_eq!(told, RunState::Queued);
    assert_eq!(
        there.lines()[1..],
        [
            format!("GET /api/v2/job/job-1/results/{DEVICE}"),
            "GET /api/v2/job/job-1".into(),
        ]
    );
    let (_, told) = state([Reply::json(404, "{}"), Reply::json(404, "{}")]).await;
    assert!(matches!(told, RunState::Unknown { .. }), "{told:?}");
}

#[tokio::test]
async fn a_run_goes_from_queued_to_its_end_with_its_output() {
    assert_eq!(
        state([results("Pending", (false, false))]).await.1,
        RunState::Queued
    );
    assert_eq!(
        state([results("Running", (false, false))]).await.1,
        RunState::Running
    );
    let out = Reply::json(200, r#"[{"componentUid":"c","stdData":"restarted"}]"#);
    let err = Reply::json(200, r#"[{"componentUid":"c","stdData":"slowly"}]"#);
    let (there, told) = state([results("Success", (true, true)), out, err]).await;
    let output = Output::of("restarted\nslowly");
    assert_eq!(told, RunState::Succeeded { output });
    assert_eq!(
        there.lines()[2..],
        [
            format!("GET /api/v2/job/job-1/results/{DEVICE}/stdout"),
            format!("GET /api/v2/job/job-1/results/{DEVICE}/stderr"),
        ]
    );
}

#[tokio::test]
async fn only_success_succeeds() {
    for code in ["Warning", "Failure", "Expired", "Retired"] {
        let (_, told) = state([results(code, (false, false))]).await;
        let expected = RunState::Failed {
            output: Output::default(),
            code: code.into(),
            exit_code: None,
        };
        assert_eq!(told, expected);
    }
    let (_, told) = state([results("AWordOfTomorrow", (false, false))]).await;
    assert!(matches!(told, RunState::Unknown { .. }), "{told:?}");
}

#[tokio::test]
async fn output_that_cannot_be_read_now_is_asked_for_later() {
    let handle = start(Reply::json(200, MADE)).await.1.unwrap();
    let (_there, datto) = talk([results("Success", (true, false)), Reply::json(429, "{}")]).await;
    let told = datto.run(&handle).await;
    assert!(
        matches!(told, Err(CallError::Unavailable { .. })),
        "{told:?}"
    );
}

#[tokio::test]
async fn a_handle_is_for_one_run_and_one_start() {
    let (there, datto) = talk([]).await;
    let started = start(Reply::json(200, MADE)).await.1.unwrap();
    for handle in [RunHandle("ninjaone:{}".into()), started] {
        let result = datto.start(&order("user").await, &handle).await;
        assert_eq!(refused(result), "foreign_handle");
    }
    let told = datto.run(&RunHandle("ninjaone:{}".into())).await;
    assert!(matches!(told, Err(CallError::Refused { .. })), "{told:?}");
    assert!(there.heard().is_empty());
}
