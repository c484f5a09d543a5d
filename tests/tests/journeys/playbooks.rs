//! Playbooks that people write: from a text to a run, from a mistake back, from a parent to its child.

mod author;

use std::time::{Duration, Instant};

use deskhand_tests::{anonymous, answer, eventually};
use reqwest::Method;
use serde_json::{Value, json};
use tokio::join;

use crate::desk::{Desk, PATIENCE};
use crate::neighbour::Neighbour;
use author::{Author, asking, told};

const PLAYBOOKS: &str = "/api/v1/playbooks";
const ADMIN: &str = "/admin/v1/playbooks";
const RESET: &str = include_str!("../../../statemachines/password_reset.yaml");

/// Asserts that a version runs, that decisions may not start it, and what else is said.
#[track_caller]
fn in_shadow((status, mut said): (u16, Value), expected: &Value) {
    let standing = said["auto_start"].take();
    assert_eq!(standing["unlocked"], false, "{standing}");
    said.as_object_mut().unwrap().remove("auto_start");
    assert_eq!((status, &said), (200, expected), "{said}");
}

#[tokio::test]
async fn a_playbook_is_written_activated_run_and_put_away() {
    let desk = Desk::shared().await;
    let tenant = Neighbour::new("Authors").await;
    let author = Author::of(&tenant).await;
    let (own, admins) = (format!("{PLAYBOOKS}/confirm"), format!("{ADMIN}/confirm"));
    let text = asking("confirm", 60);

    let flawed = text.replace("verification.mfa", "verification.fax");
    let (status, said) = author
        .yaml(Method::POST, &format!("{admins}/validate"), &flawed)
        .await;
    assert_eq!((status, &said["valid"]), (200, &json!(false)), "{said}");
    assert_eq!(said["errors"][0]["path"], "steps[0].service", "{said}");
    assert_eq!(said["errors"][0]["line"], 4, "{said}");
    let (status, said) = author.yaml(Method::POST, PLAYBOOKS, &flawed).await;
    assert_eq!(
        (status, &said["details"]["line"]),
        (422, &json!(4)),
        "{said}"
    );
    assert_eq!(said["details"]["errors"][0]["code"], "unknown", "{said}");

    let (status, made) = author.yaml(Method::POST, PLAYBOOKS, &text).await;
    let stands = (status, &made["version"], &made["enabled"]);
    assert_eq!(stands, (201, &json!("1.0"), &json!(false)), "{made}");
    told(
        author.yaml(Method::POST, ADMIN, &text).await,
        409,
        "PLAYBOOK_EXISTS",
    );
    let (_, said) = author
        .json(Method::POST, &format!("{admins}/validate"), None)
        .await;
    assert_eq!(said, json!({"valid": true, "errors": [], "warnings": []}));

    let john = desk.person("john.confirms", "ask").await;
    tenant.classify("INC-1", &john.email).await;
    let ask = json!({"ticket_id": "INC-1", "playbook_id": "confirm", "context": {}});
    let execute = "/api/v1/orchestration/execute_playbook";
    told(tenant.post(execute, &ask).await, 409, "PLAYBOOK_DISABLED");
    let activate = format!("{own}/activate");
    let active = json!({"playbook_id": "confirm", "active_version": "1.0", "enabled": true});
    for _ in 0..2 {
        in_shadow(author.json(Method::PUT, &activate, None).await, &active);
    }
    let (status, run) = tenant.post(execute, &ask).await;
    assert_eq!(status, 202, "{run}");
    desk.prompt(&john).await;
    told(
        author.json(Method::DELETE, &admins, None).await,
        409,
        "PLAYBOOK_RUNNING",
    );
    let disable = format!("{own}/disable");
    for _ in 0..2 {
        let (status, said) = author.json(Method::PUT, &disable, None).await;
        assert_eq!((status, &said["enabled"]), (200, &json!(false)), "{said}");
    }
    // The machine is not pointed at any more, and the run goes on in it.
    let swept = author.sweep().await;
    assert_eq!(swept, json!({"removed": 0, "at_work": 1, "failed": 0}));
    desk.act(&john, "approve").await;
    let run = tenant.ended("INC-1").await;
    assert_eq!(
        (&run["status"], &run["steps_completed"]),
        (&json!("completed"), &json!(1))
    );
    told(tenant.post(execute, &ask).await, 409, "PLAYBOOK_DISABLED");

    let machine = tenant.machine("confirm", "1.0").await;
    assert!(author.has_machine(&machine).await);
    eventually("the removal of the machine", PATIENCE, || async {
        (author.sweep().await["removed"] == 1).then_some(())
    })
    .await;
    assert!(!author.has_machine(&machine).await);
    in_shadow(author.json(Method::PUT, &activate, None).await, &active);
    assert!(author.has_machine(&machine).await);
    assert_eq!(author.sweep().await["removed"], 0);

    let (status, _) = author.json(Method::DELETE, &admins, None).await;
    assert_eq!(status, 204);
    told(
        author.json(Method::DELETE, &admins, None).await,
        404,
        "RESOURCE_NOT_FOUND",
    );
    told(tenant.get(&own).await, 404, "RESOURCE_NOT_FOUND");
    let (status, kept) = tenant.get(&format!("{own}/version/1.0")).await;
    assert_eq!((status, &kept["version"]), (200, &json!("1.0")), "{kept}");
    let (status, again) = author.yaml(Method::POST, ADMIN, &text).await;
    assert_eq!((status, &again["version"]), (201, &json!("1.1")), "{again}");
    author.proved("confirm", 6).await;
}

#[tokio::test]
async fn a_disabled_playbooks_runs_are_stopped_when_that_is_asked_for() {
    let desk = Desk::shared().await;
    let tenant = Neighbour::new("Stopped").await;
    let author = Author::of(&tenant).await;
    let own = format!("{PLAYBOOKS}/confirm");
    let (status, made) = author
        .yaml(Method::POST, PLAYBOOKS, &asking("confirm", 60))
        .await;
    assert_eq!(status, 201, "{made}");
    let activate = format!("{own}/activate");
    let (status, said) = author.json(Method::PUT, &activate, None).await;
    assert_eq!(status, 200, "{said}");
    let john = desk.person("john.waits", "ask").await;
    tenant.classify("INC-1", &john.email).await;
    let ask = json!({"ticket_id": "INC-1", "playbook_id": "confirm", "context": {}});
    let (_, run) = tenant
        .post("/api/v1/orchestration/execute_playbook", &ask)
        .await;
    desk.prompt(&john).await;
    let stop = format!("{own}/disable?cancel_running=true");
    let (status, said) = author.json(Method::PUT, &stop, None).await;
    let stopped = (status, &said["enabled"], &said["cancelled"]);
    let expected = json!([run["execution_id"]]);
    assert_eq!(stopped, (200, &json!(false), &expected), "{said}");
    assert_eq!(tenant.ended("INC-1").await["status"], "cancelled");
    eventually("no run being left to stop", PATIENCE, || async {
        let (_, said) = author.json(Method::PUT, &stop, None).await;
        (said["cancelled"] == json!([])).then_some(())
    })
    .await;
}

#[tokio::test]
async fn nobodys_version_is_lost_and_each_can_be_gone_back_to() {
    let tenant = Neighbour::new("Versions").await;
    let author = Author::of(&tenant).await;
    let path = format!("{PLAYBOOKS}/password_reset");
    let first = author.get(&path).await;
    let seen = first.headers()["etag"].to_str().unwrap().to_owned();
    let save = async |seconds: u32, condition: &str| {
        let text = RESET.replacen("timeout: 300", &format!("timeout: {seconds}"), 1);
        let call = author.call(Method::PUT, &path).body(text);
        let call = call.header("content-type", "application/yaml");
        call.header("if-match", condition).send().await.unwrap()
    };
    let saved = save(301, &seen).await;
    let next = saved.headers()["etag"].to_str().unwrap().to_owned();
    let saved: Value = saved.json().await.unwrap();
    let stands = (&saved["version"], &saved["active_version"]);
    assert_eq!(stands, (&json!("1.3"), &json!("1.2")), "{saved}");
    let late: Value = save(302, &seen).await.json().await.unwrap();
    assert_eq!(late["code"], "PRECONDITION_FAILED", "{late}");
    // The same again is an answer that was lost, and no other version.
    let again: Value = save(301, &seen).await.json().await.unwrap();
    assert_eq!(again["version"], "1.3", "{again}");
    let saved: Value = save(302, &next).await.json().await.unwrap();
    assert_eq!(saved["version"], "1.4", "{saved}");
    let shown: Value = author.get(&path).await.json().await.unwrap();
    assert_eq!(
        (&shown["version"], &shown["enabled"]),
        (&json!("1.2"), &json!(true))
    );

    let versions = format!("{ADMIN}/password_reset/versions");
    let mut numbers = Vec::new();
    let mut page = format!("{versions}?limit=2");
    loop {
        let (status, list) = author.json(Method::GET, &page, None).await;
        assert_eq!(status, 200, "{list}");
        for item in list["items"].as_array().unwrap() {
            numbers.push((item["version"].clone(), item["active"].clone()));
        }
        let Some(cursor) = list["next_cursor"].as_str() else {
            break;
        };
        page = format!("{versions}?limit=2&cursor={cursor}");
    }
    let expected = [("1.4", false), ("1.3", false), ("1.2", true)];
    assert_eq!(
        numbers,
        expected.map(|(number, active)| (json!(number), json!(active)))
    );

    let kept = author.get(&format!("{path}/version/1.3")).await;
    assert!(
        kept.headers()["cache-control"]
            .to_str()
            .unwrap()
            .contains("immutable")
    );
    let tag = kept.headers()["etag"].clone();
    let held = author.call(Method::GET, &format!("{path}/version/1.3"));
    let held = held.header("if-none-match", tag).send().await.unwrap();
    assert_eq!(held.status(), 304);
    let yaml = author.call(Method::GET, &format!("{path}/version/1.3"));
    let yaml = yaml
        .header("accept", "application/yaml")
        .send()
        .await
        .unwrap();
    let yaml = yaml.text().await.unwrap();
    assert!(
        yaml.contains("timeout: 301") && yaml.contains("version: \"1.3\""),
        "{yaml}"
    );

    let activate = format!("{path}/activate");
    let body = json!({"version": "1.4"});
    let early = author.json(Method::PUT, &activate, Some(&body)).await;
    told(early, 409, "SIMULATION_REQUIRED");
    for version in ["1.3", "1.4"] {
        tenant.simulate("password_reset", version).await;
    }
    let (one, other) = join!(
        author.json(Method::PUT, &activate, Some(&body)),
        author.json(Method::PUT, &activate, Some(&body)),
    );
    assert_eq!((one.0, other.0), (200, 200), "{one:?} {other:?}");
    let back = |version: &str| format!("{ADMIN}/password_reset/version/{version}/rollback");
    let reason = json!({"reason": "it asks for too long"});
    told(
        author
            .json(Method::POST, &back("1.3"), Some(&json!({"reason": ""})))
            .await,
        422,
        "VALIDATION_ERROR",
    );
    told(
        author.json(Method::POST, &back("9.9"), Some(&reason)).await,
        404,
        "RESOURCE_NOT_FOUND",
    );
    for (to, from) in [("1.3", "1.4"), ("1.3", "1.4"), ("1.2", "1.3")] {
        let said = author.json(Method::POST, &back(to), Some(&reason)).await;
        let expected = json!({"active_version": to, "previous_version": from});
        in_shadow(said, &expected);
    }
    // Copied, two saved, activated once, gone back twice.
    author.proved("password_reset", 6).await;
}

#[tokio::test]
async fn a_child_that_changes_its_parents_playbook_has_its_own_from_then_on() {
    let parent = Author::new("Parents").await;
    let text = asking("confirm", 60);
    let path = format!("{PLAYBOOKS}/confirm");
    parent.yaml(Method::POST, PLAYBOOKS, &text).await;
    parent
        .json(Method::PUT, &format!("{path}/activate"), None)
        .await;
    let child = parent.child().await;
    told(
        child.yaml(Method::POST, PLAYBOOKS, &text).await,
        409,
        "PLAYBOOK_EXISTS",
    );

    let (status, saved) = child.yaml(Method::PUT, &path, &asking("confirm", 61)).await;
    assert_eq!((status, &saved["version"]), (200, &json!("1.1")), "{saved}");
    let running = async |who: &Author| {
        let shown: Value = who.get(&path).await.json().await.unwrap();
        (
            shown["version"].clone(),
            shown["steps"][0]["timeout"].clone(),
        )
    };
    assert_eq!(running(&child).await, (json!("1.0"), json!(60)));
    // The parent's own 1.1 is another text, and stays the parent's.
    let (_, saved) = parent
        .yaml(Method::PUT, &path, &asking("confirm", 90))
        .await;
    assert_eq!(saved["version"], "1.1", "{saved}");
    parent
        .json(Method::PUT, &format!("{path}/activate"), None)
        .await;
    assert_eq!(running(&parent).await, (json!("1.1"), json!(90)));
    assert_eq!(running(&child).await, (json!("1.0"), json!(60)));
    let (_, saved) = child.yaml(Method::PUT, &path, &asking("confirm", 62)).await;
    assert_eq!(saved["version"], "1.2", "{saved}");
    child
        .json(
            Method::PUT,
            &format!("{path}/activate"),
            Some(&json!({"version": "1.1"})),
        )
        .await;
    assert_eq!(running(&child).await, (json!("1.1"), json!(61)));
    // Its first write says that it is its own from then on; with the version, the next version and the activation four.
    child.proved("confirm", 4).await;
    assert_eq!(child.first_record("confirm").await, "playbook.overridden");

    let (status, _) = child
        .json(Method::DELETE, &format!("{ADMIN}/confirm"), None)
        .await;
    assert_eq!(status, 204);
    told(
        child.json(Method::GET, &path, None).await,
        404,
        "RESOURCE_NOT_FOUND",
    );
    let (_, list) = child
        .json(Method::GET, &format!("{PLAYBOOKS}?enabled=true"), None)
        .await;
    let names = list["items"].as_array().unwrap().iter();
    let names: Vec<_> = names.map(|item| &item["name"]).collect();
    assert!(names.iter().all(|name| **name != "confirm"), "{list}");
    assert_eq!(running(&parent).await, (json!("1.1"), json!(90)));
}

#[tokio::test]
async fn bad_input_is_refused_with_its_place_and_at_once() {
    let author = Author::new("Bad Input").await;
    let good = asking("confirm", 60);
    let second = good.split_once("steps:\n").unwrap().1;
    let step = |id: &str| second.replace("ask_them", id);
    let bomb = (1..30).fold("a0: &a0 [x, x]\n".to_owned(), |text, n| {
        let before = n - 1;
        text + &format!("a{n}: &a{n} [*a{before}, *a{before}]\n")
    });
    let many = format!(
        r#"{{"name": "confirm", "steps": [{}]}}"#,
        vec!["{}"; 10_000].join(",")
    );
    let yaml = "application/yaml";
    let cases: [(&str, &str, String, u16, &str); 13] = [
        (
            "a step twice",
            yaml,
            format!("{good}{second}"),
            422,
            "steps[1].id",
        ),
        (
            "a step nobody has",
            yaml,
            good.replace("ticket.requester.user_id", "steps.gone.user_id"),
            422,
            "steps[0].with.user_id",
        ),
        (
            "back",
            yaml,
            format!("{good}{}    on_failure: goto ask_them\n", step("again")),
            422,
            "steps[1].on_failure",
        ),
        (
            "29 seconds",
            yaml,
            asking("confirm", 29),
            422,
            "steps[0].timeout",
        ),
        (
            "601 seconds",
            yaml,
            asking("confirm", 601),
            422,
            "steps[0].timeout",
        ),
        (
            "a secret",
            yaml,
            good.replace("ticket.requester.user_id", "secrets.entra"),
            422,
            "steps[0].with.user_id",
        ),
        ("10,000 steps", "application/json", many, 422, "steps"),
        ("a bomb", yaml, bomb, 422, "$"),
        ("no text", yaml, String::new(), 422, "$"),
        (
            "half of JSON",
            "application/json",
            "{\"name\":".to_owned(),
            400,
            "",
        ),
        (
            "a version of another form",
            yaml,
            format!("version: one\n{good}"),
            422,
            "version",
        ),
        ("a megabyte", yaml, "#".repeat(1 << 20), 413, ""),
        ("a page", "text/html", good.clone(), 415, ""),
    ];
    for (what, kind, body, expected, path) in cases {
        let began = Instant::now();
        let call = author.call(Method::POST, PLAYBOOKS).body(body);
        let (status, said) = answer(call.header("content-type", kind)).await;
        assert_eq!(status, expected, "{what}: {said}");
        if !path.is_empty() {
            assert_eq!(said["details"]["path"], path, "{what}: {said}");
        }
        assert!(!said["error"].as_str().unwrap().is_empty(), "{what}");
        let took = began.elapsed();
        assert!(took < Duration::from_secs(20), "{what} took {took:?}");
    }
    author.yaml(Method::POST, PLAYBOOKS, &good).await;
    let renamed = asking("another", 60);
    let (status, said) = author
        .yaml(Method::PUT, &format!("{PLAYBOOKS}/confirm"), &renamed)
        .await;
    assert_eq!(
        (status, &said["details"]["path"]),
        (422, &json!("name")),
        "{said}"
    );
}

#[tokio::test]
async fn who_writes_does_not_activate_and_who_activates_does_not_write() {
    let tenant = Neighbour::new("Two Hands").await;
    let admin = Author::of(&tenant).await;
    let writer = admin.with_scopes(&["playbook:write"]).await;
    let activator = admin.with_scopes(&["playbook:activate"]).await;
    let path = format!("{PLAYBOOKS}/password_reset");
    let other = RESET.replacen("timeout: 300", "timeout: 301", 1);
    let denied = "PERMISSION_DENIED";
    for who in [&writer, &activator] {
        told(
            who.yaml(Method::POST, PLAYBOOKS, &asking("confirm", 60))
                .await,
            403,
            denied,
        );
        let delete = format!("{ADMIN}/password_reset");
        told(who.json(Method::DELETE, &delete, None).await, 403, denied);
    }
    told(
        activator.yaml(Method::PUT, &path, &other).await,
        403,
        denied,
    );
    let (status, saved) = writer.yaml(Method::PUT, &path, &other).await;
    assert_eq!((status, &saved["version"]), (200, &json!("1.3")), "{saved}");
    let activate = format!("{path}/activate");
    told(writer.json(Method::PUT, &activate, None).await, 403, denied);
    told(
        writer
            .json(Method::PUT, &format!("{path}/disable"), None)
            .await,
        403,
        denied,
    );
    tenant.simulate("password_reset", "1.3").await;
    let (status, said) = activator.json(Method::PUT, &activate, None).await;
    assert_eq!(
        (status, &said["active_version"]),
        (200, &json!("1.3")),
        "{said}"
    );
}

#[tokio::test]
async fn the_languages_schema_is_there_for_every_editor() {
    let desk = Desk::shared().await;
    let call = anonymous(desk.deployment, Method::GET, "/schema/playbook.json");
    let (status, schema) = answer(call).await;
    assert_eq!(
        (status, &schema["title"]),
        (200, &json!("Playbook")),
        "{schema}"
    );
}
