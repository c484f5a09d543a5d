use reqwest::Method;
use serde_json::json;

use super::{Sandbox, read};

const TOKEN: &str = "/ninjaone/ws/oauth/token";
const RUN: &str = "/ninjaone/v2/device/101/script/run";

async fn token(sandbox: &Sandbox) -> String {
    let form = [
        ("grant_type", "client_credentials"),
        ("client_id", "deskhand-rmm"),
        ("client_secret", "sandbox-ninjaone-secret"),
        ("scope", "monitoring management control"),
    ];
    sandbox.token(TOKEN, &form).await
}

#[tokio::test]
async fn only_the_right_secret_and_a_known_scope_get_a_token() {
    let sandbox = Sandbox::start().await;
    for (secret, scope, status, error) in [
        ("wrong", "control", 401, "invalid_client"),
        (
            "sandbox-ninjaone-secret",
            "everything",
            400,
            "invalid_scope",
        ),
    ] {
        let form = [
            ("grant_type", "client_credentials"),
            ("client_id", "deskhand-rmm"),
            ("client_secret", secret),
            ("scope", scope),
        ];
        let asked = sandbox.call(Method::POST, TOKEN).form(&form);
        let (told, body) = read(asked.send().await.unwrap()).await;
        assert_eq!((told, body["error"].as_str()), (status, Some(error)));
    }
    let (status, body) = read(
        sandbox
            .call(Method::GET, "/ninjaone/v2/users")
            .send()
            .await
            .unwrap(),
    )
    .await;
    assert_eq!(
        (status, body["errorMessage"].as_str()),
        (401, Some("invalid_token"))
    );
}

#[tokio::test]
async fn a_run_is_taken_with_204_and_no_id_and_its_steps_are_in_the_journal() {
    let sandbox = Sandbox::start().await;
    let token = token(&sandbox).await;
    let pace = json!({"held": true});
    assert_eq!(sandbox.tell("/_sandbox/rmm", pace).await.0, 200);
    let wish = json!({"type": "SCRIPT", "id": 42, "parameters": "-A \"b\"", "runAs": "system"});
    let asked = sandbox
        .call(Method::POST, RUN)
        .bearer_auth(&token)
        .json(&wish);
    let (status, body) = read(asked.send().await.unwrap()).await;
    assert_eq!((status, body), (204, json!(null)));
    for state in ["running", "succeeded"] {
        let told = sandbox
            .tell("/_sandbox/rmm/runs/0", json!({"state": state}))
            .await;
        assert_eq!(told.0, 200, "{told:?}");
    }
    let journal = sandbox
        .call(Method::GET, "/ninjaone/v2/device/101/activities?pageSize=2")
        .bearer_auth(&token);
    let (_, page) = read(journal.send().await.unwrap()).await;
    assert_eq!(page["activities"].as_array().unwrap().len(), 2);
    assert_eq!(page["activities"][0]["activityResult"], "SUCCESS");
    assert_eq!(page["activities"][1]["statusCode"], "STARTED");
    assert_eq!(page["lastNodeActivityId"], page["activities"][0]["id"]);
    let runs = sandbox.look("/_sandbox/rmm/runs").await;
    assert_eq!(
        (&runs[0]["parameters"], &runs[0]["on"]),
        (&json!("-A \"b\""), &json!("LAPTOP-JOHN"))
    );
    let again = sandbox
        .tell("/_sandbox/rmm/runs/0", json!({"state": "running"}))
        .await;
    assert_eq!(again.0, 409);
    let calls = sandbox.look("/_sandbox/calls?vendor=ninjaone").await;
    assert_eq!(calls[0]["body"]["client_secret"], "***");
}

#[tokio::test]
async fn what_ninjaone_would_not_run_is_refused() {
    let sandbox = Sandbox::start().await;
    let token = token(&sandbox).await;
    for (path, wish, status) in [
        (
            "999",
            json!({"type": "SCRIPT", "id": 42, "runAs": "system"}),
            404,
        ),
        (
            "101",
            json!({"type": "SCRIPT", "id": 46, "runAs": "system"}),
            404,
        ),
        (
            "101",
            json!({"type": "SCRIPT", "id": 42, "runAs": "nobody"}),
            400,
        ),
        (
            "101",
            json!({"type": "SCRIPT", "scriptId": 42, "runAs": "system"}),
            400,
        ),
    ] {
        let path = format!("/ninjaone/v2/device/{path}/script/run");
        let asked = sandbox
            .call(Method::POST, &path)
            .bearer_auth(&token)
            .json(&wish);
        let (told, body) = read(asked.send().await.unwrap()).await;
        assert_eq!(
            (told, body["resultCode"].as_str()),
            (status, Some("FAILURE")),
            "{wish}"
        );
    }
    assert_eq!(sandbox.look("/_sandbox/rmm/runs").await, json!([]));
}

#[tokio::test]
async fn ids_of_activities_go_on_after_a_reset() {
    let sandbox = Sandbox::start().await;
    let token = token(&sandbox).await;
    let newest = async || {
        let wish = json!({"type": "SCRIPT", "id": 42, "runAs": "system"});
        let asked = sandbox
            .call(Method::POST, RUN)
            .bearer_auth(&token)
            .json(&wish);
        assert_eq!(asked.send().await.unwrap().status(), 204);
        let journal = sandbox
            .call(Method::GET, "/ninjaone/v2/device/101/activities")
            .bearer_auth(&token);
        let (_, page) = read(journal.send().await.unwrap()).await;
        page["lastActivityId"].as_i64().unwrap()
    };
    let before = newest().await;
    sandbox.tell("/_sandbox/reset", json!({})).await;
    assert_eq!(sandbox.look("/_sandbox/rmm/runs").await, json!([]));
    assert!(newest().await > before);
}
