use reqwest::Method;
use serde_json::json;

use super::Sandbox;
use crate::{SEED, credentials};

#[tokio::test]
async fn the_seeded_people_are_there_again_after_a_reset() {
    let sandbox = Sandbox::start().await;
    let (status, made) = sandbox
        .put_user(
            "new.user@example.com",
            json!({"mobilePhone": "+441234000000", "manager": "def-456"}),
        )
        .await;
    assert_eq!(
        (status, made["userPrincipalName"].as_str()),
        (200, Some("new.user@example.com"))
    );
    sandbox
        .put_user("john.doe@company.com", json!({"department": "Sales"}))
        .await;
    sandbox.tell("/_sandbox/reset", json!({})).await;
    let people = sandbox.look("/_sandbox/users").await;
    assert_eq!(people.as_array().unwrap().len(), SEED.len());
    for (person, seed) in people.as_array().unwrap().iter().zip(SEED) {
        assert_eq!(
            (person["id"].as_str(), person["mail"].as_str()),
            (Some(seed.id), Some(seed.email))
        );
        assert_eq!(person["mobilePhone"].as_str(), seed.mobile_phone);
    }
    let john = sandbox.look("/_sandbox/users/john.doe@company.com").await;
    assert_eq!(
        (john["department"].as_str(), john["manager"].as_str()),
        (Some("Engineering"), Some("jane.smith@company.com"))
    );
}

#[tokio::test]
async fn a_key_a_person_does_not_have_is_named() {
    let sandbox = Sandbox::start().await;
    let (status, body) = sandbox
        .put_user("john.doe@company.com", json!({"shoe_size": 44}))
        .await;
    assert_eq!(status, 422);
    assert!(body["error"].as_str().unwrap().contains("shoeSize"));
}

#[tokio::test]
async fn every_call_is_recorded_and_its_secrets_are_not() {
    let sandbox = Sandbox::start().await;
    let token = sandbox.halo_token().await;
    sandbox.graph_token().await;
    let calls = sandbox.look("/_sandbox/calls").await;
    assert_eq!(calls.as_array().unwrap().len(), 2);
    assert_eq!(calls[0]["vendor"], "halopsa");
    assert_eq!(
        (calls[0]["method"].as_str(), calls[0]["path"].as_str()),
        (Some("POST"), Some("/halopsa/auth/token"))
    );
    assert_eq!(
        (
            calls[0]["status"].as_u64(),
            calls[0]["body"]["client_secret"].as_str()
        ),
        (Some(200), Some("***"))
    );
    assert_eq!(calls[0]["body"]["client_id"], "deskhand");
    assert!(calls[0]["time"].is_string());
    let text = calls.to_string();
    assert!(
        !text.contains(&token) && !text.contains("sandbox-halo-secret"),
        "{text}"
    );
    assert_eq!(
        sandbox
            .look("/_sandbox/calls?vendor=graph")
            .await
            .as_array()
            .unwrap()
            .len(),
        1
    );
    sandbox.tell("/_sandbox/reset", json!({})).await;
    assert_eq!(sandbox.look("/_sandbox/calls").await, json!([]));
}

#[tokio::test]
async fn the_credentials_lead_to_vendors_that_answer() {
    let sandbox = Sandbox::start().await;
    let credentials = credentials(&sandbox.base);
    let reach = |url: String| {
        let call = sandbox.client.request(Method::GET, url);
        async { call.send().await.unwrap().status().as_u16() }
    };
    let url = |vendor: &str, key: &str| credentials[vendor][key].as_str().unwrap().to_owned();
    assert_eq!(
        reach(format!("{}/api/authinfo", url("halopsa", "base_url"))).await,
        200
    );
    assert_eq!(
        reach(format!("{}/v1.0/users/abc-123", url("entra", "graph_url"))).await,
        401
    );
    let token = format!(
        "{}/{}/oauth2/v2.0/token",
        url("entra", "login_url"),
        url("entra", "tenant_id")
    );
    assert_eq!(reach(token).await, 405);
    assert_eq!(
        reach(format!(
            "{}/BeginTwoWayAuthentication",
            url("entra", "mfa_url")
        ))
        .await,
        405
    );
    let messages = format!(
        "2010-04-01/Accounts/{}/Messages.json",
        url("twilio", "account_sid")
    );
    assert_eq!(
        reach(format!("{}/{messages}", url("twilio", "base_url"))).await,
        401
    );
}

#[tokio::test]
async fn a_person_finds_the_page() {
    let sandbox = Sandbox::start().await;
    let page = sandbox.call(Method::GET, "/").send().await.unwrap();
    assert!(
        page.headers()["content-type"]
            .to_str()
            .unwrap()
            .starts_with("text/html")
    );
    let text = page.text().await.unwrap();
    for part in [
        "/_sandbox/sms",
        "/_sandbox/mfa",
        "/_sandbox/halo/tickets",
        "/_sandbox/groups",
        "/_sandbox/licences",
        "Approve",
        "Deny",
    ] {
        assert!(text.contains(part), "{part}");
    }
}
