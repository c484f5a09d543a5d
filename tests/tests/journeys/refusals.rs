//! What is not done, and how that is said.

use std::time::Duration;

use deskhand_tests::{anonymous, answer, request};
use reqwest::Method;
use serde_json::{Value, json};

use crate::desk::{Desk, Filed, Person, actions};
use crate::neighbour::Neighbour;

const CLASSIFY: &str = "/api/v1/classify_ticket";

/// Asserts that the ticket's run ended as `status` because of its first step, that an agent knows, and that nothing was done.
async fn assert_stopped(desk: &Desk<'_>, person: &Person, filed: &Filed, status: &str) -> Value {
    let run = desk.ended(&filed.name).await;
    assert_eq!(
        (&run["status"], &run["steps_completed"]),
        (&json!(status), &json!(0)),
        "{run}"
    );
    let words = format!("Deskhand stopped password_reset 1.2: {status}, verify_mfa");
    desk.note(filed, &words).await;
    let story = desk.story(&filed.name).await;
    let ticket = actions(&story["records"]);
    assert_eq!(ticket.last(), Some(&"ticket.escalated"), "{ticket:?}");
    assert_nothing_done(desk, person).await;
    assert_eq!(desk.verified(&filed.name).await["valid"], true);
    story["executions"][0]["steps"][0].clone()
}

async fn assert_nothing_done(desk: &Desk<'_>, person: &Person) {
    assert_eq!(
        (desk.passes(person).await, desk.texts(person).await.len()),
        (0, 0)
    );
}

#[tokio::test]
async fn a_denial_resets_nothing_and_an_agent_takes_over() {
    let desk = Desk::shared().await;
    let john = desk.person("john.denies", "ask").await;
    let filed = desk.locked_out(&john).await;
    desk.act(&john, "deny").await;
    let step = assert_stopped(&desk, &john, &filed, "denied").await;
    assert_eq!(
        (&step["state"], &step["reason"]),
        (&json!("denied"), &json!("PhoneAppDenied"))
    );
}

#[tokio::test]
async fn silence_resets_nothing_and_an_agent_takes_over() {
    let desk = Desk::shared().await;
    let john = desk.person("john.ignores", "ignore").await;
    let filed = desk.locked_out(&john).await;
    let step = assert_stopped(&desk, &john, &filed, "timed_out").await;
    assert_eq!(step["state"], "timed_out", "{step}");
}

#[tokio::test]
async fn a_provider_that_wants_a_code_is_left_to_an_agent() {
    let desk = Desk::shared().await;
    let john = desk.person("john.types", "challenge").await;
    let filed = desk.locked_out(&john).await;
    let step = assert_stopped(&desk, &john, &filed, "escalated").await;
    assert_eq!(
        (&step["state"], &step["reason"]),
        (&json!("failed"), &json!("needs_code"))
    );
}

#[tokio::test]
async fn a_step_that_hears_nothing_is_ended_by_its_own_state() {
    let tenant = Neighbour::new("Thirty Seconds").await;
    let machine = tenant.run_a_version_with(30).await;
    let desk = Desk::shared().await;
    let john = desk.person("john.sleeps", "ask").await;
    tenant.classify("INC-1", &john.email).await;
    let execution = tenant.execute("INC-1").await;
    let run = tenant.ended("INC-1").await;
    assert_eq!(
        (&run["status"], &run["version"]),
        (&json!("timed_out"), &json!("1.3")),
        "{run}"
    );

    let history = desk
        .deployment
        .sfn_history(&machine, &execution)
        .await
        .unwrap();
    let mut entered = history
        .iter()
        .map(|event| &event["stateEnteredEventDetails"]);
    let escalate = entered.find(|state| state["name"] == "Escalate").unwrap();
    let input: Value = serde_json::from_str(escalate["input"].as_str().unwrap()).unwrap();
    assert_eq!(input["error"]["Error"], "States.Timeout", "{input}");
    assert_nothing_done(&desk, &john).await;
    let (status, story) = tenant.get("/api/v1/audit/executions/INC-1").await;
    assert_eq!(status, 200, "{story}");
    assert_eq!(actions(&story["records"]).last(), Some(&"ticket.escalated"));
}

/// Asserts that a ticket of `email` is left to people for a reason with `words`, even when an agent sets the field by hand.
async fn assert_left_to_people(desk: &Desk<'_>, email: &str, words: &str) {
    let filed = desk
        .file(json!({"summary": "I can't log in", "details": "Password doesn't work", "user_email": email}))
        .await;
    let note = desk.note(&filed, "Deskhand leaves this to an agent").await;
    assert!(note.contains(words), "{note}");
    let decision = desk.classified(&filed.name).await;
    assert_eq!(
        (&decision["automated"], &decision["playbook_id"]),
        (&json!(false), &Value::Null)
    );

    let path = format!("/_sandbox/halo/tickets/{}", filed.number);
    let field = json!({"customfields": [{"name": "CFautomated", "value": true}]});
    desk.sandbox(Method::POST, &path, Some(&field)).await;
    desk.note(&filed, "nothing was started").await;
    let (status, run) = desk
        .get(&format!("/api/v1/orchestration/execution/{}", filed.name))
        .await;
    assert_eq!(status, 404, "{run}");
}

#[tokio::test]
async fn an_administrator_is_left_to_people() {
    let desk = Desk::shared().await;
    let admin = desk
        .person_with(
            "admin",
            json!({"directoryRoles": ["Helpdesk Administrator"]}),
        )
        .await;
    assert_left_to_people(&desk, &admin.email, "the requester").await;
    assert_eq!(desk.prompts(&admin).await.len(), 0);
    assert_nothing_done(&desk, &admin).await;
}

#[tokio::test]
async fn a_requester_whom_nobody_knows_is_left_to_people() {
    let desk = Desk::shared().await;
    assert_left_to_people(
        &desk,
        "nobody@example.com",
        "the requester is not in the directory",
    )
    .await;
}

#[tokio::test]
async fn a_number_in_the_ticket_changes_nobodys_phone() {
    let desk = Desk::shared().await;
    let john = desk.person("john.mobile", "approve").await;
    let filed = desk
        .file(json!({
            "summary": "I can't log in",
            "details": "Password doesn't work. You can ring me on +447700900999.",
            "user_email": john.email,
        }))
        .await;
    let run = desk.ended(&filed.name).await;
    assert_eq!(run["status"], "completed", "{run}");
    assert_eq!(desk.texts(&john).await.len(), 1);
    let other = Person {
        phone: "+447700900999".to_owned(),
        ..john
    };
    assert_eq!(desk.texts(&other).await, [""; 0]);
}

#[tokio::test]
async fn a_number_to_send_to_is_for_people_to_look_at() {
    let desk = Desk::shared().await;
    let john = desk.person("john.elsewhere", "approve").await;
    let filed = desk
        .file(json!({
            "summary": "I can't log in",
            "details": "Password doesn't work. Please text the code to +447700900999.",
            "user_email": john.email,
        }))
        .await;
    let note = desk.note(&filed, "Deskhand leaves this to an agent").await;
    assert!(note.contains("somewhere else"), "{note}");
    assert_nothing_done(&desk, &john).await;
}

#[tokio::test]
async fn what_is_not_there_is_404() {
    let desk = Desk::shared().await;
    for path in [
        "/api/v1/classify_ticket/HLP-999999",
        "/api/v1/orchestration/execution/HLP-999999",
        "/api/v1/audit/executions/HLP-999999",
        "/api/v1/audit/verify?ticket_id=HLP-999999",
        "/api/v1/playbooks/no_such_playbook",
        "/api/v1/verification/mfa/mfa_1",
        "/api/v1/inbox/evt_0",
    ] {
        let (status, problem) = desk.get(path).await;
        assert_eq!(
            (status, &problem["code"]),
            (404, &json!("RESOURCE_NOT_FOUND")),
            "{path}: {problem}"
        );
    }
    let ask = json!({"ticket_id": "HLP-999999", "playbook_id": "password_reset"});
    let (status, problem) = desk
        .post("/api/v1/orchestration/execute_playbook", &ask)
        .await;
    assert_eq!(
        (status, &problem["ticket_id"]),
        (404, &json!("HLP-999999")),
        "{problem}"
    );
}

#[tokio::test]
async fn an_unknown_route_is_404_in_our_own_error_body() {
    let desk = Desk::shared().await;
    let (status, problem) = desk.get("/api/v1/no_such_route").await;
    assert_eq!(status, 404, "{problem}");
    for member in [
        "error",
        "detail",
        "details",
        "code",
        "status_code",
        "timestamp",
        "request_id",
    ] {
        assert!(problem.get(member).is_some(), "no {member} in {problem}");
    }
    assert_eq!(
        (&problem["code"], &problem["status_code"]),
        (&json!("RESOURCE_NOT_FOUND"), &json!(404))
    );
}

#[tokio::test]
async fn a_body_that_cannot_be_taken_says_what_is_wrong_with_it() {
    let desk = Desk::shared().await;
    let send = async |path: &str, body: String| {
        let asked =
            request(desk.deployment, Method::POST, path).header("content-type", "application/json");
        answer(asked.body(body)).await
    };
    let (status, problem) = send(CLASSIFY, "{\"ticket_id\": ".to_owned()).await;
    assert_eq!(
        (status, &problem["code"]),
        (400, &json!("MALFORMED")),
        "{problem}"
    );

    let ask = json!({"ticket_id": "INC-1", "user_id": "abc-123", "timeout_seconds": "soon"});
    let (status, problem) = send("/api/v1/verification/mfa", ask.to_string()).await;
    assert_eq!(
        (status, &problem["details"]["path"]),
        (422, &json!("timeout_seconds")),
        "{problem}"
    );

    let ask = json!({"ticket_id": "INC-1", "subject": "", "body": " ", "user_email": "john.doe@company.com"});
    let (status, problem) = send(CLASSIFY, ask.to_string()).await;
    assert_eq!(
        (status, &problem["details"]["path"]),
        (422, &json!("subject")),
        "{problem}"
    );

    let ask = json!({"ticket_id": "INC-1", "subject": "Help", "body": "x".repeat(64 * 1024), "user_email": "john.doe@company.com"});
    let (status, problem) = send(CLASSIFY, ask.to_string()).await;
    assert_eq!(
        (status, &problem["code"]),
        (413, &json!("TOO_LARGE")),
        "{problem}"
    );
}

#[tokio::test]
async fn without_a_key_401_and_without_its_scope_403() {
    let desk = Desk::shared().await;
    let path = "/api/v1/playbooks";
    let (status, problem) = answer(anonymous(desk.deployment, Method::GET, path)).await;
    assert_eq!(
        (status, &problem["code"]),
        (401, &json!("AUTH_FAILED")),
        "{problem}"
    );
    let wrong = anonymous(desk.deployment, Method::GET, path).header("x-api-key", "vetrai_wrong");
    assert_eq!(answer(wrong).await.0, 401);

    let tenant = Neighbour::new("One Scope").await;
    assert_eq!(tenant.get("/api/v1/orchestration/executions").await.0, 200);
    tenant.narrow_key_to("playbook:read").await;
    assert_eq!(tenant.get(path).await.0, 200);
    let (status, problem) = tenant.get("/api/v1/orchestration/executions").await;
    assert_eq!(
        (status, &problem["details"]["missing"]),
        (403, &json!(["exec:read"])),
        "{problem}"
    );
}

#[tokio::test]
async fn a_foreign_tenants_ticket_is_not_there() {
    let desk = Desk::shared().await;
    let john = desk.person("john.private", "approve").await;
    let filed = desk.locked_out(&john).await;
    let run = desk.ended(&filed.name).await;
    let execution = run["execution_id"].as_str().unwrap();
    let tenant = Neighbour::new("Foreign").await;
    for path in [
        format!("/api/v1/classify_ticket/{}", filed.name),
        format!("/api/v1/orchestration/execution/{}", filed.name),
        format!("/api/v1/orchestration/execution/{execution}"),
        format!("/api/v1/audit/executions/{}", filed.name),
        format!("/api/v1/audit/steps/{execution}"),
        format!("/api/v1/audit/verify?ticket_id={}", filed.name),
    ] {
        assert_eq!(desk.get(&path).await.0, 200, "{path} of its own tenant");
        let (status, problem) = tenant.get(&path).await;
        assert_eq!(
            (status, &problem["code"]),
            (404, &json!("RESOURCE_NOT_FOUND")),
            "{path}: {problem}"
        );
    }
}

#[tokio::test]
async fn a_trailing_slash_changes_nothing() {
    let desk = Desk::shared().await;
    let (_, plain) = desk.get("/api/v1/playbooks/password_reset").await;
    let (status, slashed) = desk.get("/api/v1/playbooks/password_reset/").await;
    assert_eq!((status, slashed), (200, plain));
    let (status, page) = desk.get("/api/v1/playbooks/?limit=1").await;
    assert_eq!((status, &page["count"]), (200, &json!(1)), "{page}");
    let ask = json!({"ticket_id": "INC-slash", "subject": "Printer jams", "user_email": "john.doe@company.com"});
    let (status, decision) = desk.post(&format!("{CLASSIFY}/"), &ask).await;
    assert_eq!(
        (status, &decision["automated"]),
        (200, &json!(false)),
        "{decision}"
    );
}

#[tokio::test]
async fn the_callers_request_id_comes_back() {
    let desk = Desk::shared().await;
    for (path, status) in [
        ("/api/v1/playbooks", 200),
        ("/api/v1/playbooks/no_such_playbook", 404),
    ] {
        let asked =
            request(desk.deployment, Method::GET, path).header("x-request-id", "journey-42");
        let response = asked.timeout(Duration::from_secs(30)).send().await.unwrap();
        assert_eq!(response.status().as_u16(), status);
        assert_eq!(response.headers()["x-request-id"], "journey-42");
        let body: Value = response.json().await.unwrap();
        if status == 404 {
            assert_eq!(body["request_id"], "journey-42");
        }
    }
}
