//! The main job: a ticket resets a password, and can prove it.

use std::time::Duration;

use deskhand_local::LogLine;
use deskhand_tests::{answer, eventually, tell};
use serde_json::{Value, json};

use crate::contract::{assert_shape, examples};
use crate::desk::{Desk, Filed, PATIENCE, Person, actions};
use crate::neighbour::Neighbour;

/// A function's lines are readable once its invocation has ended.
const LINES: Duration = Duration::from_secs(30);
const MOST_STATES: usize = 6;
/// Two of them count the reset against the caps, in the transaction of its intent.
const MOST_WRITE_UNITS: f64 = 92.0;

#[tokio::test]
async fn a_ticket_resets_a_password_and_can_prove_it() {
    let desk = Desk::shared().await;
    let john = desk.person("john.doe", "ask").await;
    let filed = desk.locked_out(&john).await;
    let reasons = desk.note(&filed, "playbook password_reset").await;
    assert!(
        reasons.contains("the ticket says “") && reasons.contains("can't log"),
        "{reasons}"
    );
    desk.act(&john, "approve").await;

    let run = desk.ended(&filed.name).await;
    assert_eq!(run["status"], "completed", "{run}");
    assert_eq!(
        (&run["steps_completed"], &run["steps_total"]),
        (&json!(3), &json!(3))
    );
    desk.note(&filed, "Deskhand finished password_reset 1.2")
        .await;
    assert_eq!(desk.notes(&filed).await.len(), 2);
    assert_eq!(automated(&desk.halo(&filed).await), "Yes");

    assert_eq!(desk.passes(&john).await, 1);
    let texts = desk.texts(&john).await;
    assert_eq!(texts.len(), 1, "{texts:?}");
    let pass = texts[0]
        .strip_prefix("Your temporary access code: ")
        .unwrap();
    assert_eq!(pass.chars().count(), 12, "{pass}");

    let verdict = desk.verified(&filed.name).await;
    assert_eq!(verdict["valid"], true, "{verdict}");
    let execution = run["execution_id"].as_str().unwrap();
    let chains = verdict["chains"].as_array().unwrap();
    assert_eq!(chains.len(), 2, "{verdict}");
    assert_eq!(chains[1]["subject"], format!("x#{execution}"));
    it_tells_the_story_in_order(&desk, &filed).await;
    it_keeps_its_budget(&desk, execution, &verdict).await;
}

async fn it_tells_the_story_in_order(desk: &Desk<'_>, filed: &Filed) {
    let story = desk.story(&filed.name).await;
    let ticket = [
        "ticket.received",
        "ticket.classified",
        "psa.told",
        "ticket.execution_started",
        "ticket.resolved",
    ];
    assert_in_order(&ticket, &actions(&story["records"]));
    let runs = story["executions"].as_array().unwrap();
    assert_eq!(runs.len(), 1, "{story}");
    let records = runs[0]["records"].as_array().unwrap().iter();
    let run: Vec<_> = records
        .map(|record| {
            let step = record["facts"]["step"].as_str();
            (record["action"].as_str().unwrap(), step.unwrap_or_default())
        })
        .collect();
    let expected = [
        ("execution.started", ""),
        ("mfa.requested", "verify_mfa"),
        ("mfa.approved", "verify_mfa"),
        ("step.begun", "reset_password"),
        ("step.succeeded", "reset_password"),
        ("step.begun", "deliver_sms"),
        ("step.succeeded", "deliver_sms"),
        ("execution.completed", ""),
    ];
    assert_eq!(run, expected);
    let steps = runs[0]["steps"].as_array().unwrap().iter();
    let steps: Vec<_> = steps.map(|step| (&step["id"], &step["state"])).collect();
    let done = json!("succeeded");
    assert_eq!(
        steps,
        [
            (&json!("verify_mfa"), &done),
            (&json!("reset_password"), &done),
            (&json!("deliver_sms"), &done)
        ]
    );
}

async fn it_keeps_its_budget(desk: &Desk<'_>, execution: &str, verdict: &Value) {
    let history = desk
        .deployment
        .sfn_history("password_reset", execution)
        .await;
    let entered = |event: &&Value| event["type"].as_str().unwrap().ends_with("StateEntered");
    let entered = history.unwrap().iter().filter(entered).count();
    assert!(
        (1..=MOST_STATES).contains(&entered),
        "{entered} states entered"
    );

    let subject = verdict["chains"][0]["subject"].as_str().unwrap();
    let ticket = subject.strip_prefix("t#").unwrap();
    let writes = eventually("the line of the run's last write", LINES, || async {
        let lines = desk.deployment.log_lines().await.unwrap();
        let mut writes: Vec<Value> = lines.iter().filter_map(LogLine::json).collect();
        writes.retain(|line| line["message"] == "write" && line["ticket_id"] == ticket);
        let ended = writes
            .iter()
            .any(|line| line["purpose"] == "execution ended");
        ended.then_some(writes)
    })
    .await;
    let own = writes.iter().filter(|line| line["purpose"] != "audit read");
    let units: f64 = own.map(|line| line["write_units"].as_f64().unwrap()).sum();
    tell(&format!(
        "password_reset: {entered} transitions, {units} write units"
    ));
    assert!(
        (1.0..=MOST_WRITE_UNITS).contains(&units),
        "{units} write units: {writes:#?}"
    );
}

/// Asserts that `wanted` are among `told`, one after the other.
fn assert_in_order(wanted: &[&str], told: &[&str]) {
    let mut rest = told.iter();
    for action in wanted {
        let found = rest.any(|other| other == action);
        assert!(found, "no {action} in its place in {told:?}");
    }
}

/// The field as an agent sees it.
fn automated(ticket: &Value) -> Value {
    let fields = ticket["customfields"].as_array().unwrap().iter();
    let mut fields = fields.filter(|field| field["name"] == "CFautomated");
    fields.next().unwrap()["display"].clone()
}

/// A caller has the ticket of `person` classified and starts its playbook; answers with the ticket and the run's id.
async fn started_by_a_caller(desk: &Desk<'_>, person: &Person) -> (Filed, String) {
    let filed = desk.quietly_locked_out(person).await;
    let ticket = json!({"ticket_id": filed.name, "subject": "I can't log in",
        "body": "Password doesn't work", "user_email": person.email});
    let (status, decision) = desk.post("/api/v1/classify_ticket", &ticket).await;
    let automated = (status, &decision["automated"]);
    assert_eq!(automated, (200, &json!(true)), "{decision}");
    let started = start(desk, &filed).await;
    assert_eq!(started["already_running"], false, "{started}");
    (filed, started["execution_id"].as_str().unwrap().to_owned())
}

async fn start(desk: &Desk<'_>, filed: &Filed) -> Value {
    let ask = json!({"ticket_id": filed.name, "playbook_id": "password_reset", "context": {}});
    let path = "/api/v1/orchestration/execute_playbook";
    let (status, started) = desk.post(path, &ask).await;
    assert_eq!(status, 202, "{started}");
    started
}

#[tokio::test]
async fn execute_playbook_starts_what_the_webhook_would() {
    let desk = Desk::shared().await;
    let john = desk.person("api.caller", "ask").await;
    let (filed, execution) = started_by_a_caller(&desk, &john).await;
    let again = start(&desk, &filed).await;
    assert_eq!(again["already_running"], true, "{again}");
    assert_eq!(again["execution_id"], execution);

    desk.act(&john, "approve").await;
    let run = desk.ended(&execution).await;
    let end = (&run["status"], &run["steps_completed"]);
    assert_eq!(end, (&json!("completed"), &json!(3)), "{run}");
    let did = (desk.passes(&john).await, desk.texts(&john).await.len());
    assert_eq!(did, (1, 1));
}

#[tokio::test]
async fn halo_does_not_start_again_what_a_caller_started() {
    let desk = Desk::shared().await;
    let john = desk.person("api.caller.first", "ask").await;
    let (filed, execution) = started_by_a_caller(&desk, &john).await;
    desk.act(&john, "approve").await;
    assert_eq!(desk.ended(&execution).await["status"], "completed");

    // Our closing note is a change in Halo, by which the ticket is told of for the first time there.
    desk.note(&filed, "playbook password_reset").await;
    eventually("the field in Halo", PATIENCE, || async {
        (automated(&desk.halo(&filed).await) == "Yes").then_some(())
    })
    .await;
    let event = Desk::delivery(&filed, &format!("{}-after", filed.name));
    let (_, told) = answer(desk.webhook("ticket_updated").json(&event)).await;
    desk.settled(told["event_id"].as_str().unwrap()).await;
    let path = format!("/api/v1/orchestration/executions?ticket_id={}", filed.name);
    let (_, runs) = desk.get(&path).await;
    assert_eq!(runs["count"], 1, "{runs:#}");
    assert_eq!(desk.prompts(&john).await.len(), 1);
}

#[tokio::test]
async fn halo_ticket_7_and_our_ticket_7_are_two() {
    let tenant = Neighbour::new("Seven").await;
    let desk = Desk::shared().await;
    let (halo, ours) = (
        desk.person("halo.seven", "approve").await,
        desk.person("our.seven", "approve").await,
    );
    for number in 1..=7 {
        tenant.classify(&format!("INC-{number}"), &ours.email).await;
    }
    tenant.classify("HLP-7", &halo.email).await;

    let first = tenant.execute("HLP-7").await;
    let run = tenant.ended("HLP-7").await;
    assert_eq!(run["status"], "completed", "{run}");
    assert_eq!((desk.passes(&halo).await, desk.passes(&ours).await), (1, 0));

    let second = tenant.execute("7").await;
    assert_ne!(first, second);
    let run = tenant.ended("T-7").await;
    assert_eq!(
        (&run["status"], &run["execution_id"]),
        (&json!("completed"), &json!(second))
    );
    assert_eq!((desk.passes(&halo).await, desk.passes(&ours).await), (1, 1));
}

/// Asserts that the decision about what was asked is a password reset, as sure as the embedded model says.
fn assert_models_own(asked: &Value, classified: &Value) {
    let text = |member: &str| asked[member].as_str().unwrap().to_owned();
    let intake = domain::Intake {
        subject: text("subject"),
        body: text("body"),
    };
    let own = classifier::classify(&intake, jiff::Timestamp::UNIX_EPOCH);
    let decided = ["playbook_id", "confidence", "classifier_version"].map(|name| &classified[name]);
    let expected = [
        json!("password_reset"),
        json!(own.confidence),
        json!(own.classifier_version),
    ];
    assert_eq!(decided, expected.each_ref(), "{classified}");
}

#[tokio::test]
async fn the_documented_examples_are_answered_in_their_shape() {
    let desk = Desk::shared().await;
    let example = examples();
    let john = desk.person("the.example", "ask").await;
    let filed = desk.quietly_locked_out(&john).await;
    let ask = |name: &str| {
        let mut body = example[name].clone();
        for (member, value) in [
            ("ticket_id", &filed.name),
            ("user_email", &john.email),
            ("user_id", &john.id),
            ("user_phone", &john.phone),
        ] {
            if body.get(member).is_some() {
                body[member] = json!(value);
            }
        }
        body
    };
    let get = async |path: &str| {
        let (status, body) = desk.get(path).await;
        assert_eq!(status, 200, "{path}: {body}");
        body
    };
    let post = async |path: &str, name: &str, wanted: u16| {
        let (status, body) = desk.post(path, &ask(name)).await;
        assert_eq!(status, wanted, "{path}: {body}");
        body
    };

    let classified = post("/api/v1/classify_ticket", "classify", 200).await;
    assert_shape(&example["classified"], &classified, "classify_ticket");
    assert_models_own(&example["classify"], &classified);
    let again = get(&format!("/api/v1/classify_ticket/{}", filed.name)).await;
    assert_shape(
        &example["classified"],
        &again,
        "classify_ticket/{ticket_id}",
    );
    assert_eq!(again["confidence"], classified["confidence"]);
    let playbook = get("/api/v1/playbooks/password_reset").await;
    assert_shape(&example["playbook"], &playbook, "playbooks/{playbook_id}");
    let playbooks = get("/api/v1/playbooks").await;
    assert_eq!(
        playbooks["count"],
        playbooks["items"].as_array().unwrap().len()
    );

    // Sections 4 to 6 by hand, then section 3: a run would ask the same person on its own.
    let asked = post("/api/v1/verification/mfa", "mfa", 202).await;
    assert_eq!(
        (&asked["status"], &asked["request_id"]),
        (&json!("pending"), &asked["mfa_request_id"])
    );
    let prompt = format!(
        "/api/v1/verification/mfa/{}",
        asked["request_id"].as_str().unwrap()
    );
    assert_eq!(get(&prompt).await["status"], "pending");
    desk.act(&john, "approve").await;
    eventually("the approval", PATIENCE, || async {
        (get(&prompt).await["status"] == "approved").then_some(())
    })
    .await;
    let reset = post("/api/v1/executor/reset_password", "reset", 200).await;
    assert_shape(&example["reset_done"], &reset, "executor/reset_password");
    assert_eq!(
        reset["delivery_method"],
        example["reset_done"]["delivery_method"]
    );
    let mut sms = ask("sms");
    sms["credential"] = reset["credential"].clone();
    let (status, sent) = desk.post("/api/v1/delivery/sms", &sms).await;
    assert_eq!(status, 200, "{sent}");
    assert_shape(&example["sms_sent"], &sent, "delivery/sms");
    assert_eq!(
        (&sent["status"], &sent["medium"]),
        (&json!("sent"), &json!("sms"))
    );
    let delivery = get(&format!(
        "/api/v1/delivery/{}",
        sent["delivery_id"].as_str().unwrap()
    ))
    .await;
    assert_eq!(delivery["status"], "sent");
    let pass = reset["credential"].as_str().unwrap();
    assert_eq!(
        desk.texts(&john).await,
        [format!("Your temporary access code: {pass}")]
    );

    post("/api/v1/orchestration/execute_playbook", "execute", 202).await;
    desk.prompt(&john).await;
    let run = get(&format!("/api/v1/orchestration/execution/{}", filed.name)).await;
    assert_shape(
        &example["execution"],
        &run,
        "orchestration/execution/{ticket_id}",
    );
    for member in ["status", "current_step", "steps_completed", "steps_total"] {
        assert_eq!(run[member], example["execution"][member], "{member}");
    }
}
