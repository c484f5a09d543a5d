//! Runs: beginning them once, and finding them again.

use super::script::{hash, spooler};
use super::talk;
use domain::{DeviceId, Parameters, ScriptId};
use ports::{CallError, Order, Output, RunHandle, RunScript, RunState};
use serde_json::{Value, json};
use testkit::{Conversation, Reply};

async fn order() -> Order {
    Order {
        device: DeviceId::parse("101").unwrap(),
        script: ScriptId::parse("42").unwrap(),
        hash: hash(spooler()).await,
        parameters: Parameters::read([("User", "john.doe@company.com")]).unwrap(),
        reference: "x-1/restart".into(),
    }
}

fn library() -> Reply {
    Reply::json(200, json!([spooler()]).to_string())
}

fn jobs(jobs: &Value) -> Reply {
    Reply::json(200, jobs.to_string())
}

fn journal(activities: &Value) -> Reply {
    let last = activities[0]["id"].as_i64();
    let page =
        json!({"lastActivityId": 9999, "lastNodeActivityId": last, "activities": activities});
    Reply::json(200, page.to_string())
}

fn activity(id: i64, series: &str, code: &str, result: Option<&str>) -> Value {
    json!({
        "id": id, "activityTime": 1_793_620_801.5, "activityType": "ACTION", "statusCode": code, "activityResult": result,
        "seriesUid": series, "sourceName": "Run Restart print spooler", "message": "the message", "data": {},
    })
}

/// A handle as `prepare` made it, the newest activity being 500.
async fn prepared() -> RunHandle {
    let (there, ninjaone) = talk([
        library(),
        jobs(&json!([])),
        journal(&json!([activity(500, "old", "COMPLETED", Some("SUCCESS"))])),
    ])
    .await;
    let handle = ninjaone.prepare(&order().await).await.unwrap();
    assert_eq!(
        there.lines()[1..],
        [
            "GET /v2/automation/scripts",
            "GET /v2/device/101/jobs",
            "GET /v2/device/101/activities?pageSize=1",
        ]
    );
    handle
}

async fn start(reply: Reply) -> (Conversation, Result<RunHandle, CallError>) {
    let (there, ninjaone) = talk([reply]).await;
    let started = ninjaone.start(&order().await, &prepared().await).await;
    (there, started)
}

async fn started() -> RunHandle {
    start(Reply::text(204, "text/plain", "")).await.1.unwrap()
}

async fn state(handle: &RunHandle, activities: Value) -> RunState {
    let (_there, ninjaone) = talk([journal(&activities)]).await;
    ninjaone.run(handle).await.unwrap()
}

fn refused(result: Result<RunHandle, CallError>) -> String {
    match result {
        Err(CallError::Refused { code, .. }) => code,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_start_is_sent_once_with_its_parameters_in_one_line() {
    let (there, handle) = start(Reply::text(204, "text/plain", "")).await;
    assert_eq!(handle.unwrap().vendor(), "ninjaone");
    let asked = &there.heard()[1];
    assert_eq!(asked.line(), "POST /v2/device/101/script/run");
    let body: Value = serde_json::from_str(&asked.body).unwrap();
    assert_eq!(
        body,
        json!({"type": "SCRIPT", "id": 42, "parameters": "-User \"john.doe@company.com\"", "runAs": "system"})
    );
}

#[tokio::test]
async fn a_lost_answer_is_unknown_and_the_script_is_not_started_again() {
    for lost in [
        Reply::Cut,
        Reply::Hang,
        Reply::json(500, "{}"),
        Reply::json(504, "{}"),
    ] {
        let (there, result) = start(lost).await;
        assert!(
            matches!(result, Err(CallError::Unknown { .. })),
            "{result:?}"
        );
        assert_eq!(there.heard().len(), 2);
    }
}

#[tokio::test]
async fn after_a_lost_answer_the_journal_tells_by_the_prepared_handle() {
    let handle = prepared().await;
    let nothing = state(&handle, json!([])).await;
    assert!(matches!(nothing, RunState::Unknown { .. }), "{nothing:?}");
    let seen = state(&handle, json!([activity(501, "s-1", "STARTED", None)])).await;
    assert_eq!(seen, RunState::Running);
}

#[tokio::test]
async fn what_ninjaone_says_no_to_is_refused_with_its_words() {
    let no = r#"{"resultCode":"FAILURE","errorMessage":"script_not_allowed"}"#;
    let (_, result) = start(Reply::json(400, no)).await;
    assert_eq!(refused(result), "FAILURE");
    let (_, result) = start(Reply::json(404, "{}")).await;
    assert!(
        matches!(result, Err(CallError::NotFound { .. })),
        "{result:?}"
    );
}

#[tokio::test]
async fn throttling_began_nothing_and_says_when_to_come_back() {
    let (_, result) = start(Reply::json(429, "{}").with("retry-after", "17")).await;
    let Err(CallError::Unavailable { retry_after, .. }) = result else {
        panic!("{result:?}");
    };
    assert_eq!(retry_after.map(|wait| wait.as_secs()), Some(17));
}

#[tokio::test]
async fn a_run_goes_from_queued_to_its_end() {
    let handle = started().await;
    assert_eq!(state(&handle, json!([])).await, RunState::Queued);
    let mut seen = vec![activity(501, "s-1", "START_REQUESTED", None)];
    assert_eq!(state(&handle, json!(seen)).await, RunState::Queued);
    seen.insert(0, activity(502, "s-1", "IN_PROCESS", None));
    assert_eq!(state(&handle, json!(seen)).await, RunState::Running);
    let mut end = activity(503, "s-1", "COMPLETED", Some("SUCCESS"));
    end["data"] = json!({"output": "restarted", "exitCode": 0});
    seen.insert(0, end);
    let output = Output::of("restarted");
    assert_eq!(
        state(&handle, json!(seen)).await,
        RunState::Succeeded { output }
    );
}

#[tokio::test]
async fn only_success_succeeds() {
    let handle = started().await;
    for (code, result, said) in [
        ("COMPLETED", Some("FAILURE"), "FAILURE"),
        ("COMPLETED", Some("UNSUPPORTED"), "UNSUPPORTED"),
        ("COMPLETED", Some("UNCOMPLETED"), "UNCOMPLETED"),
        (
            "COMPLETED",
            Some("A_WORD_OF_TOMORROW"),
            "A_WORD_OF_TOMORROW",
        ),
        ("CANCELLED", None, "CANCELLED"),
        ("BLOCKED", Some("SUCCESS"), "BLOCKED"),
    ] {
        let mut end = activity(501, "s-1", code, result);
        end["data"] = json!({"result": {"exitCode": 3}});
        let expected = RunState::Failed {
            output: Output::of("the message"),
            code: said.into(),
            exit_code: Some(3),
        };
        assert_eq!(state(&handle, json!([end])).await, expected, "{code}");
    }
    let silent = state(&handle, json!([activity(501, "s-1", "COMPLETED", None)])).await;
    assert!(matches!(silent, RunState::Unknown { .. }), "{silent:?}");
}

#[tokio::test]
async fn what_is_older_or_of_another_script_is_not_ours() {
    let handle = started().await;
    let mut other = activity(502, "s-2", "COMPLETED", Some("SUCCESS"));
    other["sourceName"] = json!("Run Restart print spooler twice");
    let mut kind = activity(503, "s-3", "COMPLETED", Some("SUCCESS"));
    kind["activityType"] = json!("PATCH_MANAGEMENT");
    let mut long_ago = activity(504, "s-4", "COMPLETED", Some("SUCCESS"));
    long_ago["activityTime"] = json!(1_793_620_000.0);
    let mut nameless = activity(505, "s-5", "COMPLETED", Some("SUCCESS"));
    nameless["sourceName"] = Value::Null;
    nameless["message"] = json!("Output: Restart print spooler");
    let old = activity(500, "old", "COMPLETED", Some("SUCCESS"));
    let seen = state(&handle, json!([nameless, long_ago, kind, other, old])).await;
    assert_eq!(seen, RunState::Queued);
}

#[tokio::test]
async fn two_equal_runs_are_never_taken_for_one_another() {
    let handle = started().await;
    let seen = json!([
        activity(502, "s-2", "COMPLETED", Some("SUCCESS")),
        activity(501, "s-1", "COMPLETED", Some("FAILURE")),
    ]);
    let told = state(&handle, seen.clone()).await;
    assert!(matches!(told, RunState::Unknown { .. }), "{told:?}");
    let uid = "0d2c9f3e-0000-4000-8000-000000000001";
    let mut ours = activity(502, uid, "COMPLETED", Some("SUCCESS"));
    ours["data"] = json!({"output": "ours"});
    for answer in [json!(uid), json!({"jobUid": uid})] {
        let (_, handle) = start(Reply::json(200, answer.to_string())).await;
        let told = state(&handle.unwrap(), json!([ours, seen[1]])).await;
        let output = Output::of("ours");
        assert_eq!(told, RunState::Succeeded { output });
    }
}

#[tokio::test]
async fn a_run_under_a_full_page_of_others_is_found() {
    let other = |id| {
        let mut one = activity(id, "other", "COMPLETED", Some("SUCCESS"));
        one["sourceName"] = json!("Run Something else");
        one
    };
    let full: Vec<Value> = (0..200).map(|n| other(900 - n)).collect();
    let last = json!([other(600), activity(599, "s-1", "IN_PROCESS", None)]);
    let handle = started().await;
    let (there, ninjaone) = talk([journal(&json!(full)), journal(&last)]).await;
    assert_eq!(ninjaone.run(&handle).await.unwrap(), RunState::Running);
    assert_eq!(
        there.lines()[2],
        "GET /v2/device/101/activities?newerThan=500&pageSize=200&olderThan=701"
    );
}

#[tokio::test]
async fn output_is_kept_up_to_16_kb() {
    let handle = started().await;
    let mut end = activity(501, "s-1", "COMPLETED", Some("SUCCESS"));
    end["data"] = json!({"output": "x".repeat(20_000)});
    let RunState::Succeeded { output } = state(&handle, json!([end])).await else {
        panic!("it succeeded");
    };
    assert!(output.cut);
    assert_eq!(output.text.len(), 16 * 1024);
}

#[tokio::test]
async fn a_script_that_was_changed_or_switched_off_is_not_prepared() {
    let mut changed = spooler();
    changed["updatedOn"] = json!(1_790_000_200.0);
    let mut inactive = spooler();
    inactive["active"] = json!(false);
    for (library, code) in [
        (json!([changed]), "script_changed"),
        (json!([inactive]), "script_inactive"),
        (
            json!([spooler(), {"id": 43, "name": "Restart print spooler"}]),
            "ambiguous_name",
        ),
        (
            json!([spooler(), {"id": 43, "name": "Restart print spooler as admin"}]),
            "ambiguous_name",
        ),
        (
            json!([spooler(), {"id": 43, "name": "Run Restart print spooler"}]),
            "ambiguous_name",
        ),
    ] {
        let (there, ninjaone) = talk([Reply::json(200, library.to_string())]).await;
        assert_eq!(refused(ninjaone.prepare(&order().await).await), code);
        assert_eq!(there.heard().len(), 2);
    }
}

#[tokio::test]
async fn an_equal_run_that_lives_is_waited_for() {
    for job in [
        json!({"sourceName": "Run Restart print spooler as System"}),
        json!({"message": "Running Restart print spooler"}),
    ] {
        let (_there, ninjaone) = talk([library(), jobs(&json!([job]))]).await;
        assert_eq!(
            refused(ninjaone.prepare(&order().await).await),
            "already_running"
        );
    }
}

#[tokio::test]
async fn a_handle_is_for_one_run_and_one_start() {
    let (there, ninjaone) = talk([]).await;
    for handle in [
        RunHandle("datto:{}".into()),
        RunHandle("ninjaone:{}".into()),
        started().await,
    ] {
        let result = ninjaone.start(&order().await, &handle).await;
        assert_eq!(refused(result), "foreign_handle");
    }
    let other = Order {
        device: DeviceId::parse("102").unwrap(),
        ..order().await
    };
    let result = ninjaone.start(&other, &prepared().await).await;
    assert_eq!(refused(result), "foreign_handle");
    assert!(there.heard().is_empty());
}
