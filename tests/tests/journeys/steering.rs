//! Runs that somebody steers: stopped, and tried again, without anything done twice.

use std::time::Duration;

use deskhand_tests::{anonymous, answer, answer_in_time, eventually, request, whole_machine};
use futures::{StreamExt, future::join_all, stream};
use reqwest::Method;
use serde_json::{Value, json};
use tokio::time::sleep;

use crate::actions::Case;
use crate::desk::{Desk, Filed, PATIENCE, Person, actions, items};

const WORDS: &str = "The user remembered it";

fn path(run: &str) -> String {
    format!("/api/v1/orchestration/execution/{run}")
}

async fn cancel(desk: &Desk<'_>, run: &str) -> (u16, Value) {
    let path = format!("{}/cancel", path(run));
    let call = request(desk.deployment, Method::POST, &path);
    answer_in_time(call.json(&json!({"reason": WORDS}))).await
}

async fn retry(desk: &Desk<'_>, run: &str, ask: Value) -> (u16, Value) {
    desk.post(&format!("{}/retry", path(run)), &ask).await
}

/// Tries the ticket's run again and answers with the new one, once it is over.
async fn retried(desk: &Desk<'_>, filed: &Filed, ask: Value) -> Value {
    let (status, again) = retry(desk, &filed.name, ask).await;
    assert_eq!(
        (status, &again["status"]),
        (202, &json!("pending")),
        "{again}"
    );
    let run = desk.ended(again["execution_id"].as_str().unwrap()).await;
    assert_eq!(run["attempt"], again["attempt"], "{run}");
    assert_eq!(run["retry_of"], again["retry_of"], "{run}");
    run
}

async fn run_of(desk: &Desk<'_>, name: &str) -> Value {
    let (status, run) = desk.get(&path(name)).await;
    assert_eq!(status, 200, "{run}");
    run
}

/// The states of the steps of the ticket's `n`-th run.
fn states(story: &Value, n: usize) -> Vec<&str> {
    let steps = story["executions"][n]["steps"].as_array().unwrap().iter();
    steps.map(|step| step["state"].as_str().unwrap()).collect()
}

/// Changes a person.
async fn change(desk: &Desk<'_>, person: &Person, what: Value) {
    let path = format!("/_sandbox/users/{}", person.email);
    desk.sandbox(Method::PUT, &path, Some(&what)).await;
}

/// Has Graph answer the next wish for a pass for this person with `fault`.
async fn spoil(desk: &Desk<'_>, person: &Person, mut fault: Value) {
    fault["vendor"] = "graph".into();
    fault["method"] = "POST".into();
    fault["path"] = format!(
        "/users/{}/authentication/temporaryAccessPassMethods",
        person.id
    )
    .into();
    desk.sandbox(Method::POST, "/_sandbox/faults", Some(&fault))
        .await;
}

async fn did(desk: &Desk<'_>, person: &Person) -> (usize, u64, usize) {
    (
        desk.prompts(person).await.len(),
        desk.passes(person).await,
        desk.texts(person).await.len(),
    )
}

async fn assert_valid(desk: &Desk<'_>, filed: &Filed) {
    let verdict = desk.verified(&filed.name).await;
    assert_eq!(verdict["valid"], true, "{verdict:#}");
}

#[tokio::test]
async fn a_run_that_waits_for_its_user_is_cancelled_and_an_agent_takes_over() {
    let desk = Desk::shared().await;
    let john = desk.person("john.waits", "ask").await;
    let filed = desk.locked_out(&john).await;
    desk.prompt(&john).await;
    let run = run_of(&desk, &filed.name).await;
    let waits = (&run["status"], &run["waiting_on"], &run["attempt"]);
    assert_eq!(waits, (&json!("running"), &json!("user"), &json!(1)));
    let execution = run["execution_id"].as_str().unwrap();

    let (status, asked) = cancel(&desk, &filed.name).await;
    let told = (status, &asked["status"], &asked["cancelling"]);
    assert_eq!(told, (202, &json!("running"), &json!(true)), "{asked}");
    assert_eq!(
        (&asked["ticket_id"], &asked["execution_id"]),
        (&json!(filed.name), &json!(execution))
    );
    let (status, again) = cancel(&desk, execution).await;
    assert_eq!((status, &again["execution_id"]), (200, &json!(execution)));

    let run = desk.ended(&filed.name).await;
    let end = (&run["status"], &run["steps_completed"], &run["waiting_on"]);
    assert_eq!(end, (&json!("cancelled"), &json!(0), &Value::Null), "{run}");
    let (status, again) = cancel(&desk, &filed.name).await;
    assert_eq!((status, &again["status"]), (200, &json!("cancelled")));
    let (status, refused) = retry(&desk, &filed.name, json!({})).await;
    assert_eq!(
        (status, &refused["details"]["current"]),
        (409, &json!("cancelled")),
        "{refused}"
    );

    let note = desk
        .note(&filed, "Deskhand stopped password_reset 1.2: cancelled by ")
        .await;
    assert!(note.contains(WORDS), "{note}");
    it_tells_the_story_of_the_stop(&desk, &filed).await;

    // The push is still on the device; nobody listens any more.
    desk.act(&john, "approve").await;
    sleep(Duration::from_secs(7)).await;
    let story = desk.story(&filed.name).await;
    let request = story["executions"][0]["steps"][0]["output"]["request_id"]
        .as_str()
        .unwrap();
    let (_, prompt) = desk
        .get(&format!("/api/v1/verification/mfa/{request}"))
        .await;
    assert_eq!(prompt["status"], "cancelled", "{prompt}");
    assert_eq!(did(&desk, &john).await, (1, 0, 0));
    let history = desk
        .deployment
        .sfn_history("password_reset", execution)
        .await
        .unwrap();
    assert_eq!(history.last().unwrap()["type"], "ExecutionFailed");
    assert_valid(&desk, &filed).await;
}

async fn it_tells_the_story_of_the_stop(desk: &Desk<'_>, filed: &Filed) {
    let story = desk.story(&filed.name).await;
    assert_eq!(states(&story, 0), ["cancelled", "pending", "pending"]);
    assert_eq!(
        actions(&story["executions"][0]["records"]),
        [
            "execution.started",
            "mfa.requested",
            "execution.cancel_requested",
            "mfa.cancelled",
            "execution.cancelled"
        ]
    );
    let ticket = actions(&story["records"]);
    assert_eq!(ticket.last(), Some(&"ticket.handed_over"), "{ticket:?}");
    assert!(!story.to_string().contains(WORDS), "{story:#}");
}

#[tokio::test]
async fn what_is_over_is_not_cancelled_and_what_never_ran_is_not_found() {
    let desk = Desk::shared().await;
    let john = desk.person("john.doe", "approve").await;
    let filed = desk.locked_out(&john).await;
    let run = desk.ended(&filed.name).await;
    assert_eq!(run["status"], "completed", "{run}");
    for (status, refused) in [
        cancel(&desk, &filed.name).await,
        retry(&desk, &filed.name, json!({})).await,
    ] {
        assert_eq!(status, 409, "{refused}");
        assert_eq!(refused["details"]["current"], "completed", "{refused}");
        assert!(refused["details"]["allowed"].is_array(), "{refused}");
    }
    let unknown = "x-00000000000000000000000000000000";
    assert_eq!(cancel(&desk, unknown).await.0, 404);
    assert_eq!(retry(&desk, unknown, json!({})).await.0, 404);
    let long = json!({"reason": "x".repeat(501)});
    let cancel = format!("{}/cancel", path(&filed.name));
    let (status, refused) = desk.post(&cancel, &long).await;
    assert_eq!(
        (status, &refused["details"]["path"]),
        (422, &json!("reason"))
    );
    assert_valid(&desk, &filed).await;
}

#[tokio::test]
async fn a_pass_under_way_lands_and_is_recorded_and_goes_no_further() {
    let desk = Desk::shared().await;
    let john = desk.person("john.doe", "approve").await;
    // Long enough to be asked in the middle.
    spoil(
        &desk,
        &john,
        json!({"fault": 429, "retry_after": 2, "times": 2}),
    )
    .await;
    let filed = desk.locked_out(&john).await;
    eventually("a pass under way", PATIENCE, || async {
        let (status, run) = desk.get(&path(&filed.name)).await;
        (status == 200 && run["waiting_on"] == "vendor").then_some(())
    })
    .await;
    let (status, asked) = cancel(&desk, &filed.name).await;
    assert_eq!(
        (status, &asked["cancelling"]),
        (202, &json!(true)),
        "{asked}"
    );
    let run = desk.ended(&filed.name).await;
    assert_eq!(run["status"], "cancelled", "{run}");
    let story = desk.story(&filed.name).await;
    assert_eq!(states(&story, 0), ["succeeded", "succeeded", "cancelled"]);
    assert_eq!(did(&desk, &john).await, (1, 1, 0));
    assert_valid(&desk, &filed).await;
}

#[tokio::test]
async fn a_grant_under_way_when_its_run_is_cancelled_lands_and_is_taken_back() {
    let desk = Desk::shared().await;
    let case = Case::consented(&desk).await;
    let user = "{{ ticket.requester.user_id }}";
    let playbook = desk.activated(
        json!({"group": {"type": "group", "required": true}}),
        json!([
            {"id": "ask", "service": "verification.mfa", "with": {"user_id": user}},
            {"id": "give", "service": "executor.grant_access", "compensate": "undo",
                "with": {"user_id": user, "group_id": "{{ inputs.group }}"}},
            {"id": "sessions", "service": "executor.revoke_sessions", "with": {"user_id": user}},
        ]),
    );
    let playbook = playbook.await;
    // Long enough to be asked in the middle.
    case.fault(json!({"method": "POST", "fault": 429, "retry_after": 2, "times": 2}))
        .await;
    let context = json!({"group": case.group});
    let run = desk.started(&playbook, &case.ticket, context).await;
    let run = run["execution_id"].as_str().unwrap();
    eventually("a grant under way", PATIENCE, || async {
        let run = run_of(&desk, run).await;
        (run["current_step"] == "give" && run["waiting_on"] == "vendor").then_some(())
    })
    .await;
    let (status, asked) = cancel(&desk, run).await;
    let told = (status, &asked["cancelling"]);
    assert_eq!(told, (202, &json!(true)), "{asked}");
    let ended = desk.ended(run).await;
    assert_eq!(ended["status"], "cancelled", "{ended}");
    let undone = &ended["undone"][0];
    assert_eq!(
        (&undone["step"], &undone["state"]),
        (&json!("give"), &json!("done")),
        "{ended}"
    );
    assert!(!case.is_member().await);
    // Twice nothing happened, once it did, and once it was taken back.
    assert_eq!(
        (case.writes("POST").await, case.writes("DELETE").await),
        (3, 1)
    );
    let sessions = format!("/users/{}/revokeSignInSessions", case.john.id);
    assert_eq!(case.calls("POST", &sessions).await, 0);
    assert_valid(&desk, &case.ticket).await;
}

/// Twelve runs, each asked to stop at another moment around its user's answer and what follows from it.
#[tokio::test]
async fn nothing_begins_behind_the_mark_whenever_it_is_set() {
    let desk = Desk::shared().await;
    let _whole = whole_machine().await;
    let run = |n: u32, desk: Desk<'static>| async move {
        let john = desk.person("john.races", "ask").await;
        let filed = desk.locked_out(&john).await;
        desk.act(&john, "approve").await;
        eventually("a moment to stop in", PATIENCE, || async {
            let run = run_of(&desk, &filed.name).await;
            (n < 4 || run["steps_completed"] != 0).then_some(())
        })
        .await;
        sleep(Duration::from_millis(u64::from(n % 4) * 250)).await;
        let (status, _) = cancel(&desk, &filed.name).await;
        (john, filed, status)
    };
    let runs = (0..12).map(|n| run(n, desk.clone()));
    let mut stopped = 0;
    // More at a time starve the local AWS on two cores.
    let runs: Vec<_> = stream::iter(runs).buffer_unordered(3).collect().await;
    for (john, filed, status) in runs {
        let run = desk.ended(&filed.name).await;
        let story = desk.story(&filed.name).await;
        let told = actions(&story["executions"][0]["records"]);
        let mark = told
            .iter()
            .position(|action| *action == "execution.cancel_requested");
        match (status, mark) {
            (200 | 202, Some(mark)) => {
                stopped += 1;
                assert_eq!(run["status"], "cancelled", "{run}");
                let behind = &told[mark..];
                let begun = ["step.begun", "mfa.requested", "mfa.joined", "mfa.approved"];
                assert!(
                    !behind.iter().any(|action| begun.contains(action)),
                    "{told:?}"
                );
            }
            (409, None) => assert_eq!(run["status"], "completed", "{run}"),
            other => panic!("{other:?}: {run} {told:?}"),
        }
        let (pushes, passes, texts) = did(&desk, &john).await;
        let states = states(&story, 0);
        assert_eq!(pushes, 1);
        assert_eq!(passes, u64::from(states[1] == "succeeded"), "{states:?}");
        assert_eq!(texts, usize::from(states[2] == "succeeded"), "{states:?}");
        assert_valid(&desk, &filed).await;
    }
    assert!(stopped > 3, "{stopped} of 12 were stopped");
}

#[tokio::test]
async fn a_retry_does_what_is_left_and_nothing_again() {
    let desk = Desk::shared().await;
    let nowhere = json!({"mfa": "approve", "mobilePhone": null});
    let john = desk.person_with("john.moved", nowhere).await;
    let filed = desk.locked_out(&john).await;
    let first = desk.ended(&filed.name).await;
    assert_eq!(
        (&first["status"], &first["steps_completed"]),
        (&json!("escalated"), &json!(2)),
        "{first}"
    );
    change(&desk, &john, json!({"mobilePhone": john.phone})).await;

    let at_once = join_all((0..4).map(|_| retry(&desk, &filed.name, json!({})))).await;
    let mut begun = at_once.iter().filter(|(status, _)| *status == 202);
    let (_, again) = begun.next().unwrap();
    assert!(begun.next().is_none(), "{at_once:?}");
    for (status, refused) in at_once.iter().filter(|(status, _)| *status != 202) {
        let known = [
            "ALREADY_RUNNING",
            "UNAVAILABLE",
            "WRONG_STATE",
            "SUPERSEDED",
        ];
        let code = refused["code"].as_str().unwrap();
        assert!(
            [409, 503].contains(status) && known.contains(&code),
            "{refused}"
        );
    }
    assert_eq!(
        (&again["attempt"], &again["retry_of"]),
        (&json!(2), &first["execution_id"])
    );
    let run = desk.ended(&filed.name).await;
    assert_eq!(run["execution_id"], again["execution_id"]);
    assert_eq!(
        (&run["status"], &run["steps_completed"], &run["attempt"]),
        (&json!("completed"), &json!(3), &json!(2)),
        "{run}"
    );
    assert_eq!(did(&desk, &john).await, (1, 1, 1));
    desk.note(
        &filed,
        "Deskhand tries password_reset 1.2 again, from deliver_sms",
    )
    .await;
    let story = desk.story(&filed.name).await;
    assert_eq!(states(&story, 0), ["succeeded", "succeeded", "failed"]);
    assert_eq!(states(&story, 1), ["succeeded"; 3]);
    assert_eq!(
        actions(&story["executions"][1]["records"]),
        [
            "execution.started",
            "step.begun",
            "step.succeeded",
            "execution.completed"
        ]
    );
    let old = first["execution_id"].as_str().unwrap();
    let (status, refused) = retry(&desk, old, json!({})).await;
    assert_eq!((status, &refused["code"]), (409, &json!("SUPERSEDED")));
    assert_valid(&desk, &filed).await;
}

#[tokio::test]
async fn a_confirmation_that_was_spent_is_asked_for_again() {
    let desk = Desk::shared().await;
    let john = desk.person("john.doe", "approve").await;
    // Longer than we wait: no pass is made, and the intent has spent the confirmation.
    let busy = json!({"fault": 429, "retry_after": 60});
    spoil(&desk, &john, busy).await;
    let filed = desk.locked_out(&john).await;
    let first = desk.ended(&filed.name).await;
    let story = desk.story(&filed.name).await;
    assert_eq!(
        states(&story, 0),
        ["succeeded", "failed", "pending"],
        "{first}"
    );
    assert_eq!(did(&desk, &john).await, (1, 0, 0));

    let run = retried(&desk, &filed, json!({})).await;
    assert_eq!(run["status"], "completed", "{run}");
    assert_eq!(did(&desk, &john).await, (2, 1, 1));
    assert_valid(&desk, &filed).await;
}

#[tokio::test]
async fn a_question_nobody_answered_is_asked_again() {
    let desk = Desk::shared().await;
    let john = desk.person("john.was.away", "ignore").await;
    let filed = desk.locked_out(&john).await;
    assert_eq!(desk.ended(&filed.name).await["status"], "timed_out");
    change(&desk, &john, json!({"mfa": "approve"})).await;
    let run = retried(&desk, &filed, json!({})).await;
    assert_eq!(run["status"], "completed", "{run}");
    assert_eq!(did(&desk, &john).await, (2, 1, 1));
    assert_valid(&desk, &filed).await;
}

#[tokio::test]
async fn what_may_have_happened_is_done_again_only_for_who_vouches() {
    let desk = Desk::shared().await;
    let john = desk.person("john.doe", "approve").await;
    spoil(&desk, &john, json!({"fault": "connection_reset"})).await;
    let filed = desk.locked_out(&john).await;
    assert_eq!(desk.ended(&filed.name).await["status"], "escalated");

    let (status, refused) = retry(&desk, &filed.name, json!({})).await;
    assert_eq!(
        (status, &refused["code"], &refused["details"]["step"]),
        (409, &json!("STEP_UNKNOWN"), &json!("reset_password")),
        "{refused}"
    );
    let ask = json!({"name": "of a test", "scopes": ["exec:retry"]});
    let (status, made) = desk.post("/api/v1/keys", &ask).await;
    assert_eq!(status, 201, "{made}");
    let url = format!("{}/retry", path(&filed.name));
    let call = anonymous(desk.deployment, Method::POST, &url)
        .header("x-api-key", made["key"].as_str().unwrap())
        .json(&json!({"reissue": true}));
    let (status, refused) = answer(call).await;
    assert_eq!(
        (status, &refused["details"]["missing"]),
        (403, &json!(["exec:reissue"])),
        "{refused}"
    );

    let run = retried(&desk, &filed, json!({"reissue": true})).await;
    assert_eq!(run["status"], "completed", "{run}");
    assert_eq!(did(&desk, &john).await, (2, 1, 1));
    let story = desk.story(&filed.name).await;
    let started = &story["executions"][1]["records"][0];
    assert_eq!(started["facts"]["reissue"], true, "{started}");
    assert_valid(&desk, &filed).await;
}

#[tokio::test]
async fn a_pass_that_was_destroyed_is_not_made_again_in_the_same_run() {
    let desk = Desk::shared().await;
    let refused = json!({"mfa": "approve", "smsError": 21614});
    let john = desk.person_with("john.doe", refused).await;
    let filed = desk.locked_out(&john).await;
    assert_eq!(desk.ended(&filed.name).await["status"], "escalated");
    let (status, refused) = retry(&desk, &filed.name, json!({})).await;
    assert_eq!(
        (status, &refused["code"]),
        (409, &json!("CREDENTIAL_GONE")),
        "{refused}"
    );
    assert_eq!(desk.passes(&john).await, 1);
}

#[tokio::test]
async fn five_tries_are_the_most() {
    let desk = Desk::shared().await;
    let john = desk.person("john.not.enrolled", "none").await;
    let filed = desk.locked_out(&john).await;
    assert_eq!(desk.ended(&filed.name).await["status"], "escalated");
    for attempt in 2..=5 {
        let run = retried(&desk, &filed, json!({})).await;
        assert_eq!(
            (&run["status"], &run["attempt"]),
            (&json!("escalated"), &json!(attempt)),
            "{run}"
        );
    }
    let (status, refused) = retry(&desk, &filed.name, json!({})).await;
    assert_eq!(
        (status, &refused["code"]),
        (409, &json!("ATTEMPTS_SPENT")),
        "{refused}"
    );
    let listed = format!(
        "/api/v1/orchestration/executions?ticket_id={}&status=escalated",
        filed.name
    );
    let (_, listed) = desk.get(&listed).await;
    let attempts: Vec<u64> = items(listed["items"].clone())
        .iter()
        .map(|run| run["attempt"].as_u64().unwrap())
        .collect();
    assert_eq!(attempts, [5, 4, 3, 2, 1]);
    assert_valid(&desk, &filed).await;
}

#[tokio::test]
async fn a_filter_that_says_nothing_is_refused() {
    let desk = Desk::shared().await;
    for bad in [
        "status=asleep",
        "playbook_id=a%20b",
        "from=yesterday",
        "from=2026-01-08T00:00:00Z&to=2026-01-07T00:00:00Z",
        "cursor=%25%25",
        "limit=0",
        "limit=101",
    ] {
        let path = format!("/api/v1/orchestration/executions?{bad}");
        let (status, refused) = desk.get(&path).await;
        assert_eq!(status, 422, "{bad}: {refused}");
    }
}
