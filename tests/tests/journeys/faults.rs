//! Vendors that fail: what was done is done once, what was not is tried again, and what nobody knows a person finds out.

use std::time::Duration;

use deskhand_local::{LogLine, loopback};
use deskhand_tests::{Lossy, answer, eventually, fresh_behind_losses};
use reqwest::Method;
use serde_json::{Value, json};

use crate::desk::{Desk, Filed, PATIENCE, Person, items};

#[tokio::test]
async fn a_pass_whose_answer_was_lost_is_not_made_again() {
    let desk = Desk::shared().await;
    let (john, ticket, story) = reset_with(&desk, json!({"fault": "lost_answer"})).await;
    assert_unknown(&desk, &john, &ticket, &story, 1).await;

    // The same state again, as Step Functions may repeat it.
    let run = story["executions"][0]["execution_id"].as_str().unwrap();
    let again = same_task(&desk, run).await.unwrap_err().to_string();
    assert!(again.contains("Unknown"), "{again}");
    // And a caller who would reset by hand: the confirmation was spent.
    let ask = json!({"ticket_id": ticket.name, "user_id": john.id, "method": "tap"});
    let (status, refused) = desk.post("/api/v1/executor/reset_password", &ask).await;
    assert_eq!((status, &refused["code"]), (409, &json!("RECEIPT_SPENT")));
    assert_eq!(desk.passes(&john).await, 1);
}

#[tokio::test]
async fn a_directory_that_fails_after_the_deed_is_not_asked_again() {
    let desk = Desk::shared().await;
    let (john, ticket, story) = reset_with(&desk, json!({"fault": 500, "after": true})).await;
    assert_unknown(&desk, &john, &ticket, &story, 1).await;
}

#[tokio::test]
async fn a_directory_that_goes_silent_after_the_deed_is_not_asked_again() {
    let desk = Desk::shared().await;
    let fault = json!({"fault": "timeout", "after": true});
    let (john, ticket, story) = reset_with(&desk, fault).await;
    assert_unknown(&desk, &john, &ticket, &story, 1).await;
}

#[tokio::test]
async fn a_broken_connection_to_the_directory_is_not_taken_for_a_refusal() {
    let desk = Desk::shared().await;
    let fault = json!({"fault": "connection_reset"});
    let (john, ticket, story) = reset_with(&desk, fault).await;
    assert_unknown(&desk, &john, &ticket, &story, 0).await;
}

#[tokio::test]
async fn a_directory_that_has_too_much_to_do_is_asked_again() {
    let desk = Desk::shared().await;
    let fault = json!({"fault": 429, "retry_after": 1, "times": 2});
    let (john, ticket, story) = reset_with(&desk, fault).await;
    assert_eq!(story["executions"][0]["status"], "completed", "{story:#}");
    assert_eq!(desk.passes(&john).await, 1);
    assert_eq!(desk.texts(&john).await.len(), 1);
    let asked = pass_calls(&desk, &john).await;
    assert_eq!(asked, [429, 429, 201]);
    desk.note(&ticket, "finished").await;
}

#[tokio::test]
async fn a_ticket_that_halo_could_not_show_at_first_is_not_lost() {
    let desk = Desk::shared().await;
    let john = desk.person("john.doe", "approve").await;
    let ticket = desk.quietly_locked_out(&john).await;
    // As many as one worker tries: its event comes back to the queue.
    let fault = json!({
        "vendor": "halopsa", "path": format!("/Tickets/{}", ticket.number), "method": "GET",
        "fault": 500, "times": 3,
    });
    desk.sandbox(Method::POST, "/_sandbox/faults", Some(&fault))
        .await;
    desk.fire(&ticket, "ticket_created", None).await;
    let run = eventually("a run in spite of Halo", PATIENCE * 2, || async {
        let path = format!("/api/v1/orchestration/execution/{}", ticket.name);
        let (status, run) = desk.get(&path).await;
        tokio::time::sleep(Duration::from_secs(1)).await;
        (status == 200).then_some(run)
    })
    .await;
    assert_eq!(run["attempt"], 1);
    let run = desk.ended(&ticket.name).await;
    assert_eq!(run["status"], "completed", "{run:#}");
    let of_halo = items(
        desk.sandbox(Method::GET, "/_sandbox/calls?vendor=halopsa", None)
            .await,
    );
    let seen = of_halo.iter().filter(|call| {
        call["path"]
            .as_str()
            .unwrap()
            .ends_with(&format!("/Tickets/{}", ticket.number))
            && call["method"] == "GET"
    });
    let answers: Vec<_> = seen.map(|call| call["status"].as_u64()).collect();
    assert_eq!(answers[..3], [Some(500); 3], "{answers:?}");
    assert_eq!(desk.passes(&john).await, 1);
    assert_eq!(desk.texts(&john).await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reset_whose_every_third_write_loses_its_answer_is_made_once() {
    let (deployment, lossy) = fresh_behind_losses("losses").await;
    let desk = Desk::of(&deployment);
    let john = desk.person("john.doe", "approve").await;
    lossy.lose_every_write(Some(3));
    let ticket = desk.locked_out(&john).await;
    let run = desk.ended(&ticket.name).await;
    assert_eq!(run["status"], "completed", "{run:#}");
    desk.note(&ticket, "finished").await;
    let lost = lossy.lost();
    assert!(
        lost.iter().any(|call| call == "TransactWriteItems"),
        "{lost:?}"
    );
    lossy.lose_every_write(None);
    assert_eq!(desk.passes(&john).await, 1);
    assert_eq!(desk.texts(&john).await.len(), 1);
    assert_eq!(desk.notes(&ticket).await.len(), 2);
    let verdict = desk.verified(&ticket.name).await;
    assert_eq!(verdict["valid"], true, "{verdict:#}");
    a_webhook_that_could_not_be_noted_is_refused_all_the_same(&desk, &lossy).await;
}

async fn a_webhook_that_could_not_be_noted_is_refused_all_the_same(desk: &Desk<'_>, lossy: &Lossy) {
    let url = format!("{}/webhooks/halopsa/ticket_created", desk.deployment.api());
    eventually("a log line about a note that failed", PATIENCE, || async {
        // As often as a function tries to write it.
        lossy.lose("PutItem", 3);
        let (status, problem) = answer(loopback().unwrap().post(&url)).await;
        let told = (status, &problem["code"]);
        assert_eq!(told, (401, &json!("AUTH_FAILED")), "{problem}");
        tokio::time::sleep(Duration::from_secs(2)).await;
        let lines = desk.deployment.log_lines().await.unwrap();
        let mut lines = lines.iter().filter_map(LogLine::json);
        lines.find(|line| line["message"] == "an unverified webhook was not noted")
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reset_whose_intent_was_written_and_never_confirmed_goes_on() {
    let (deployment, lossy) = fresh_behind_losses("intent").await;
    let desk = Desk::of(&deployment);
    let john = desk.person("john.doe", "approve").await;
    // Every try of the SDK: the function is told that the write failed, and it did not.
    lossy.lose_about("TransactWriteItems", "client_request_id", 3);
    let ticket = desk.locked_out(&john).await;
    let run = desk.ended(&ticket.name).await;
    assert_eq!(lossy.lost(), ["TransactWriteItems"; 3]);
    assert_eq!(run["status"], "completed", "{run:#}");
    assert_eq!(desk.passes(&john).await, 1);
    assert_eq!(desk.texts(&john).await.len(), 1);
}

/// A reset during which the making of the pass meets `fault`; the person, the ticket and its story.
async fn reset_with(desk: &Desk<'_>, mut fault: Value) -> (Person, Filed, Value) {
    let john = desk.person("john.doe", "approve").await;
    fault["vendor"] = "graph".into();
    fault["method"] = "POST".into();
    fault["path"] = passes_of(&john).into();
    desk.sandbox(Method::POST, "/_sandbox/faults", Some(&fault))
        .await;
    let ticket = desk.locked_out(&john).await;
    desk.ended(&ticket.name).await;
    let story = desk.story(&ticket.name).await;
    (john, ticket, story)
}

fn passes_of(person: &Person) -> String {
    format!(
        "/users/{}/authentication/temporaryAccessPassMethods",
        person.id
    )
}

/// The step is unknown, a person takes over, nothing was delivered, and the directory was asked once.
async fn assert_unknown(desk: &Desk<'_>, john: &Person, ticket: &Filed, story: &Value, made: u64) {
    let run = &story["executions"][0];
    assert_eq!(run["status"], "escalated", "{run:#}");
    let states: Vec<_> = run["steps"]
        .as_array()
        .unwrap()
        .iter()
        .map(|step| &step["state"])
        .collect();
    assert_eq!(states, ["succeeded", "unknown", "pending"]);
    desk.note(ticket, "An agent takes over").await;
    assert_eq!(desk.passes(john).await, made);
    assert_eq!(pass_calls(desk, john).await.len(), 1);
    assert_eq!(desk.texts(john).await, [""; 0]);
    let verdict = desk.verified(&ticket.name).await;
    assert_eq!(verdict["valid"], true, "{verdict:#}");
}

/// What the directory answered to each wish for a pass for this person; 0 for silence.
async fn pass_calls(desk: &Desk<'_>, person: &Person) -> Vec<u64> {
    let calls = items(
        desk.sandbox(Method::GET, "/_sandbox/calls?vendor=graph", None)
            .await,
    );
    let theirs = calls.iter().filter(|call| {
        call["method"] == "POST" && call["path"].as_str().unwrap().ends_with(&passes_of(person))
    });
    theirs
        .map(|call| call["status"].as_u64().unwrap_or(0))
        .collect()
}

/// The state `reset_password` of a run, invoked again by hand.
async fn same_task(desk: &Desk<'_>, run: &str) -> deskhand_local::Result<Value> {
    let history = desk
        .deployment
        .sfn_history("password_reset", run)
        .await
        .unwrap();
    let input = &history[0]["executionStartedEventDetails"]["input"];
    let mut input: Value = serde_json::from_str(input.as_str().unwrap()).unwrap();
    input["playbook"] = "password_reset".into();
    input["version"] = "1.2".into();
    input["step"] = "reset_password".into();
    desk.deployment
        .lambda_invoke("reset_password_task", &input)
        .await
}
