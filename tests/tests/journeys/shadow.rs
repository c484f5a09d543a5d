//! A playbook version in shadow: what is decided for it is left to people until their choices have borne it out.

use deskhand_tests::{answer, eventually, fresh, request};
use reqwest::Method;
use serde_json::{Value, json};
use tokio::time::sleep;
use uuid::Uuid;

use crate::desk::{Desk, Filed, LOOK_AGAIN, PATIENCE, Person};
use crate::neighbour::Neighbour;

const PLAYBOOK: &str = "/api/v1/playbooks/password_reset";
const FEEDBACK: &str = "/api/v1/classifier/feedback";
const REPORT: &str = "/api/v1/classifier/report";
/// Halo's status of a closed ticket.
const CLOSED: u32 = 9;

/// Makes a version of the tenant's own the active one, and answers with what the activation says of starting it.
async fn own_version(desk: &Desk<'_>) -> Value {
    let deployment = desk.deployment;
    let text = include_str!("../../../statemachines/password_reset.yaml").replacen(
        "timeout: 300",
        "timeout: 290",
        1,
    );
    let call = request(deployment, Method::PUT, PLAYBOOK).body(text);
    let (status, saved) = answer(call.header("content-type", "application/yaml")).await;
    assert_eq!((status, &saved["version"]), (200, &json!("1.3")), "{saved}");
    let somebody = desk.person("jo.sample", "ignore").await;
    let ask = json!({"version": "1.3", "sample": {"user_id": somebody.id}});
    let path = "/admin/v1/playbooks/password_reset/simulate";
    let (status, report) = desk.post(path, &ask).await;
    assert_eq!((status, &report["green"]), (200, &json!(true)), "{report}");
    let call = request(deployment, Method::PUT, &format!("{PLAYBOOK}/activate"));
    let (status, active) = answer(call).await;
    assert_eq!(
        (status, &active["enabled"]),
        (200, &json!(true)),
        "{active}"
    );
    active["auto_start"].clone()
}

/// The line about the password reset of what the report answered.
fn line((status, report): (u16, Value)) -> Value {
    assert_eq!(status, 200, "{report}");
    let mut items = report["items"].as_array().unwrap().iter();
    let line = items.find(|item| item["playbook_id"] == "password_reset");
    line.unwrap().clone()
}

async fn report(desk: &Desk<'_>) -> Value {
    line(desk.get(REPORT).await)
}

/// Sets the playbook field of a ticket in Halo, as an agent does.
async fn set_field(desk: &Desk<'_>, filed: &Filed) {
    let path = format!("/_sandbox/halo/tickets/{}", filed.number);
    let field = json!({"customfields": [{"name": "CFautomated", "value": true}]});
    desk.sandbox(Method::POST, &path, Some(&field)).await;
}

/// The ticket's run, once there is one.
async fn run(desk: &Desk<'_>, filed: &Filed) -> Value {
    let path = format!("/api/v1/orchestration/execution/{}", filed.name);
    eventually(&format!("a run for {}", filed.name), PATIENCE, || async {
        let (status, run) = desk.get(&path).await;
        if status == 200 {
            return Some(run);
        }
        sleep(LOOK_AGAIN).await;
        None
    })
    .await
}

/// A ticket that the version in shadow would have been started for, once Halo has been told.
async fn left_to_people(desk: &Desk<'_>, person: &Person) -> Filed {
    let filed = desk.locked_out(person).await;
    let note = desk.note(&filed, "Deskhand leaves this to an agent").await;
    assert!(
        note.contains("It would have started password_reset 1.3"),
        "{note}"
    );
    let decision = desk.classified(&filed.name).await;
    assert_eq!(
        (&decision["automated"], &decision["playbook_id"]),
        (&json!(false), &Value::Null),
        "{decision}"
    );
    let shadowed = json!({"playbook_id": "password_reset", "version": "1.3"});
    assert_eq!(decision["would_have_started"], shadowed, "{decision}");
    filed
}

async fn assert_no_run(desk: &Desk<'_>, filed: &Filed) {
    let path = format!("/api/v1/orchestration/execution/{}", filed.name);
    let (status, run) = desk.get(&path).await;
    assert_eq!(status, 404, "{run}");
}

#[tokio::test]
async fn a_version_starts_by_itself_once_people_have_agreed_with_it_and_stops_when_they_correct_it()
{
    let deployment = fresh("shadow").await;
    let desk = Desk::of(&deployment);
    let released = report(&desk).await;
    assert_eq!(released["auto_start"]["unlocked"], true, "{released}");
    let path = "/api/v1/playbooks/revoke_sessions/activate";
    let (status, said) = answer(request(&deployment, Method::PUT, path)).await;
    let may = (status, &said["auto_start"]["unlocked"]);
    assert_eq!(may, (200, &json!(true)), "the launcher's word: {said}");

    // The tenant's own version does not act, although the released one might.
    let standing = own_version(&desk).await;
    assert_eq!(standing["unlocked"], false, "{standing}");
    let why = standing["reasons"][0].as_str().unwrap();
    assert!(why.contains("100 are needed"), "{why}");
    let mut people = Vec::new();
    for name in ["ann", "bob", "cleo", "dan", "eve", "finn"] {
        people.push(desk.person(name, "ignore").await);
    }
    let first = left_to_people(&desk, &people[0]).await;
    assert_no_run(&desk, &first).await;

    // People start it all the same: by Halo's field, and by the API.
    set_field(&desk, &first).await;
    assert_eq!(run(&desk, &first).await["version"], "1.3");
    for person in &people[1..3] {
        let filed = left_to_people(&desk, person).await;
        let ask = json!({"ticket_id": filed.name, "playbook_id": "password_reset"});
        let path = "/api/v1/orchestration/execute_playbook";
        let (status, started) = desk.post(path, &ask).await;
        assert_eq!(status, 202, "{started}");
    }
    let line = report(&desk).await;
    let counts = ["decided", "labelled", "agreed", "errors"].map(|count| line[count].clone());
    assert_eq!(counts, [json!(3), json!(3), json!(3), json!(0)], "{line}");
    assert_eq!(line["auto_start"]["unlocked"], false, "{line}");
    let bound = line["precision"]["lower_bound"].as_f64().unwrap();
    assert!((bound - 0.3684).abs() < 1e-3, "three of three: {bound}");

    // With a lower bar that is enough, and the next decision acts.
    let bar = json!({"precision": 0.6, "labelled": 3, "clean": 2});
    let ask = json!({"tenant": deployment.endpoints().tenant(), "playbook_id": "password_reset", "bar": bar, "reason": "a trial"});
    let updated = deployment.lambda_invoke("update_auto_start", &ask).await;
    let updated = updated.unwrap();
    assert_eq!(updated["auto_start"]["unlocked"], true, "{updated}");
    let line = report(&desk).await;
    let why = line["auto_start"]["reasons"][0].as_str().unwrap();
    assert!(why.contains("people agreed with 3 of 3"), "{why}");
    let fourth = desk.locked_out(&people[3]).await;
    assert_eq!(run(&desk, &fourth).await["version"], "1.3");

    // A correction is an error, said once however often, and locks it.
    let ask =
        json!({"ticket_id": fourth.name, "playbook_id": null, "note": "another system's password"});
    let (status, corrected) = desk.post(FEEDBACK, &ask).await;
    assert_eq!(
        (status, &corrected["agrees"]),
        (200, &json!(false)),
        "{corrected}"
    );
    assert_eq!(corrected["decided"], "password_reset", "{corrected}");
    assert_eq!(corrected["auto_start"]["unlocked"], false, "{corrected}");
    let (_, again) = desk.post(FEEDBACK, &ask).await;
    assert_eq!(again, corrected);
    let line = report(&desk).await;
    let counts = ["labelled", "errors", "corrected"].map(|count| line[count].clone());
    assert_eq!(counts, [json!(4), json!(1), json!(1)], "{line}");
    let why = line["auto_start"]["reasons"][0].as_str().unwrap();
    assert!(why.contains("1 of the last 2 labels"), "{why}");
    let story = desk.story(&fourth.name).await;
    let records = story["records"].as_array().unwrap().iter();
    let said = records.filter(|record| record["action"] == "decision.corrected");
    assert_eq!(said.count(), 1, "{story:#}");
    assert_eq!(desk.verified(&fourth.name).await["valid"], true);
    let fifth = left_to_people(&desk, &people[4]).await;

    // A ticket that is closed without it is an error, too.
    let path = format!("/_sandbox/halo/tickets/{}", fifth.number);
    let closed = json!({"status_id": CLOSED});
    desk.sandbox(Method::POST, &path, Some(&closed)).await;
    let examples = eventually("the fifth label", PATIENCE, || async {
        let (status, page) = desk.get("/api/v1/classifier/examples").await;
        assert_eq!(status, 200, "{page}");
        if page["count"] == 5 {
            return Some(page);
        }
        sleep(LOOK_AGAIN).await;
        None
    })
    .await;
    let sources: Vec<&str> = examples["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|item| item["source"].as_str().unwrap())
        .collect();
    assert_eq!(
        sources,
        ["field", "started", "started", "correction", "closed"]
    );
    assert_no_run(&desk, &fifth).await;
    assert_eq!(report(&desk).await["errors"], 2);
}

#[tokio::test]
async fn a_tenants_playbooks_are_in_shadow_and_nobody_else_says_what_was_right() {
    let mark = Uuid::new_v4().simple().to_string();
    let ours = Neighbour::new(&format!("Shadow {}", &mark[..8])).await;
    let decision = ours.classify("INC-1", "john.doe@company.com").await;
    assert_eq!(
        (&decision["automated"], &decision["playbook_id"]),
        (&json!(false), &Value::Null),
        "{decision}"
    );
    let would = &decision["would_have_started"];
    assert_eq!(would["playbook_id"], "password_reset", "{decision}");

    // It has to be said what was right, and of a playbook and a ticket that there are.
    let said = |body: Value| {
        let ours = &ours;
        async move { ours.post(FEEDBACK, &body).await }
    };
    let refused = [
        (json!({"ticket_id": "INC-1"}), 422),
        (json!({"ticket_id": "INC-1", "playbook_id": "no_such"}), 422),
        (
            json!({"ticket_id": "INC-1", "playbook_id": null, "note": " "}),
            422,
        ),
        (
            json!({"ticket_id": "INC-1", "playbook_id": null, "text": {"subject": "another"}}),
            422,
        ),
        (json!({"ticket_id": "INC-404", "playbook_id": null}), 404),
    ];
    for (body, expected) in refused {
        let (status, problem) = said(body.clone()).await;
        assert_eq!(status, expected, "{body}: {problem}");
    }
    let good = json!({"ticket_id": "INC-1", "playbook_id": "password_reset"});
    let theirs = Neighbour::new(&format!("Shadow Else {}", &mark[..8])).await;
    let (status, problem) = theirs.post(FEEDBACK, &good).await;
    assert_eq!(status, 404, "{problem}");
    let (status, agreed) = said(good.clone()).await;
    assert_eq!((status, &agreed["agrees"]), (200, &json!(true)), "{agreed}");

    // What was said takes the place of what was said before.
    let text = json!({"subject": "I can't log in", "body": "Password doesn't work"});
    let (_, other) = said(json!({"ticket_id": "INC-1", "playbook_id": null, "text": text})).await;
    assert_eq!(other["agrees"], false, "{other}");
    let (_, page) = ours.get("/api/v1/classifier/examples").await;
    assert_eq!(
        (&page["count"], &page["items"][0]["agrees"]),
        (&json!(1), &json!(false)),
        "{page}"
    );
    // It is a case for the next model: this one still decides it so.
    let case = &page["items"][0];
    assert_eq!(case["text"], text, "{page}");
    let now = (&case["now"]["playbook_id"], &case["now"]["agrees"]);
    assert_eq!(now, (&json!("password_reset"), &json!(false)), "{page}");
    let line = line(ours.get(REPORT).await);
    assert_eq!(
        (&line["labelled"], &line["agreed"]),
        (&json!(1), &json!(0)),
        "{line}"
    );
    let (_, none) = theirs.get("/api/v1/classifier/examples").await;
    assert_eq!(none["count"], 0, "{none}");

    ours.narrow_key_to("classify:read").await;
    let (status, problem) = said(good).await;
    assert_eq!(status, 403, "{problem}");
    let (status, problem) = ours.get("/api/v1/classifier/examples").await;
    assert_eq!(status, 403, "{problem}");
}
