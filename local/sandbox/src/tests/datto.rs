use reqwest::Method;
use serde_json::{Value, json};

use super::{Sandbox, read};

const TOKEN: &str = "/datto/auth/oauth/token";
const DEVICE: &str = "31fcea20-0000-4000-8000-000000000101";

async fn token(sandbox: &Sandbox, secret: &str) -> (u16, Value) {
    let form = [
        ("grant_type", "password"),
        ("username", "SANDBOXDATTOKEY"),
        ("password", secret),
    ];
    let asked = sandbox
        .call(Method::POST, TOKEN)
        .basic_auth("public-client", Some("public"))
        .form(&form);
    read(asked.send().await.unwrap()).await
}

async fn good_token(sandbox: &Sandbox) -> String {
    let (status, body) = token(sandbox, "sandbox-datto-secret").await;
    assert_eq!((status, body["expires_in"].as_u64()), (200, Some(360_000)));
    body["access_token"].as_str().unwrap().to_owned()
}

async fn get(sandbox: &Sandbox, token: &str, path: &str) -> (u16, Value) {
    let path = format!("/datto/api/v2/{path}");
    read(
        sandbox
            .call(Method::GET, &path)
            .bearer_auth(token)
            .send()
            .await
            .unwrap(),
    )
    .await
}

#[tokio::test]
async fn a_token_is_for_the_key_through_the_public_client() {
    let sandbox = Sandbox::start().await;
    let (status, body) = token(&sandbox, "wrong").await;
    assert_eq!(
        (status, body["error"].as_str()),
        (400, Some("invalid_grant"))
    );
    let form = [("grant_type", "password"), ("username", "SANDBOXDATTOKEY")];
    let bare = sandbox
        .call(Method::POST, TOKEN)
        .form(&form)
        .send()
        .await
        .unwrap();
    assert_eq!(bare.status(), 401);
    let good = good_token(&sandbox).await;
    assert_eq!(get(&sandbox, &good, "account/devices").await.0, 200);
    assert_eq!(get(&sandbox, "other", "account/devices").await.0, 401);
    let calls = sandbox.look("/_sandbox/calls?vendor=datto").await;
    assert_eq!(calls[0]["body"]["password"], "***");
}

#[tokio::test]
async fn components_come_in_pages() {
    let sandbox = Sandbox::start().await;
    let token = good_token(&sandbox).await;
    let (_, first) = get(&sandbox, &token, "account/components?page=0&max=3").await;
    assert_eq!(first["components"].as_array().unwrap().len(), 3);
    assert!(first["pageDetails"]["nextPageUrl"].is_string());
    let (_, last) = get(&sandbox, &token, "account/components?page=1&max=3").await;
    assert_eq!(last["components"].as_array().unwrap().len(), 2);
    assert!(last["pageDetails"]["nextPageUrl"].is_null());
}

#[tokio::test]
async fn variables_are_a_list_of_what_the_component_has() {
    let sandbox = Sandbox::start().await;
    let token = good_token(&sandbox).await;
    let component = "c0ffee00-0000-4000-8000-000000000043";
    for (variables, status) in [
        (json!([{"name": "User", "value": "john"}]), 200),
        (json!({"User": "john"}), 400),
        (json!([{"name": "Other", "value": "john"}]), 400),
    ] {
        let wish = json!({"jobName": "x", "jobComponent": {"componentUid": component, "variables": variables}});
        let path = format!("/datto/api/v2/device/{DEVICE}/quickjob");
        let asked = sandbox
            .call(Method::PUT, &path)
            .bearer_auth(&token)
            .json(&wish);
        assert_eq!(
            asked.send().await.unwrap().status().as_u16(),
            status,
            "{wish}"
        );
    }
    let runs = sandbox.look("/_sandbox/rmm/runs").await;
    assert_eq!(runs.as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn whoever_asks_too_often_in_a_minute_is_turned_away() {
    let sandbox = Sandbox::start().await;
    let token = good_token(&sandbox).await;
    sandbox
        .tell("/_sandbox/rmm", json!({"datto_reads": 2}))
        .await;
    for status in [200, 200, 429, 429] {
        assert_eq!(get(&sandbox, &token, "account/devices").await.0, status);
    }
    let path = format!("/datto/api/v2/device/{DEVICE}/quickjob");
    let wish = json!({"jobName": "x", "jobComponent": {"componentUid": "c0ffee00-0000-4000-8000-000000000042"}});
    let write = sandbox
        .call(Method::PUT, &path)
        .bearer_auth(&token)
        .json(&wish);
    assert_eq!(
        write.send().await.unwrap().status(),
        200,
        "writes are counted apart"
    );
}
