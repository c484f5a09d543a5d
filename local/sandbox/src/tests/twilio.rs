use reqwest::Method;
use serde_json::{Value, json};

use super::{Sandbox, read};

const MESSAGES: &str = "/twilio/2010-04-01/Accounts/ACsandbox/Messages";
const PHONE: &str = "+441234567890";

async fn send(sandbox: &Sandbox, to: &str, body: &str) -> (u16, Value) {
    let call = sandbox
        .call(Method::POST, &format!("{MESSAGES}.json"))
        .basic_auth("SKsandbox", Some("sandbox-twilio-secret"))
        .form(&[("To", to), ("From", "+15005550006"), ("Body", body)]);
    read(call.send().await.unwrap()).await
}

async fn ask(sandbox: &Sandbox, path: &str) -> (u16, Value) {
    let call = sandbox.call(Method::GET, &format!("{MESSAGES}{path}"));
    let call = call.basic_auth("ACsandbox", Some("sandbox-twilio-auth-token"));
    read(call.send().await.unwrap()).await
}

#[tokio::test]
async fn a_message_is_queued_and_reaches_the_phone() {
    let sandbox = Sandbox::start().await;
    let (status, message) = send(&sandbox, PHONE, "Your pass is Q+7/x&").await;
    assert_eq!((status, message["status"].as_str()), (201, Some("queued")));
    assert_eq!(
        (message["num_segments"].as_str(), &message["error_code"]),
        (Some("1"), &Value::Null)
    );
    let sid = message["sid"].as_str().unwrap();
    assert!(sid.starts_with("SM") && sid.len() == 34);
    let phone = sandbox.look("/_sandbox/sms").await;
    assert_eq!(phone[0]["body"], "Your pass is Q+7/x&");
    assert_eq!(phone[0]["user"], "john.doe@company.com");
    let (_, later) = ask(&sandbox, &format!("/{sid}.json")).await;
    assert_eq!(later["status"], "delivered");
    let calls = sandbox.look("/_sandbox/calls?vendor=twilio").await;
    assert_eq!(
        (
            calls[0]["body"]["Body"].as_str(),
            calls[0]["body"]["To"].as_str()
        ),
        (Some("***"), Some(PHONE))
    );
    assert!(!calls.to_string().contains("Q+7/x&"));
}

#[tokio::test]
async fn sent_messages_are_listed_by_number_and_time() {
    let sandbox = Sandbox::start().await;
    for to in [PHONE, "+441234567891"] {
        send(&sandbox, to, "hello").await;
    }
    let (_, list) = ask(&sandbox, ".json?To=%2B441234567890&DateSent%3E=2020-01-01").await;
    assert_eq!(list["messages"].as_array().unwrap().len(), 1);
    assert_eq!(list["messages"][0]["to"], PHONE);
    let (_, later) = ask(&sandbox, ".json?DateSent>=2999-01-01T00:00:00Z").await;
    assert_eq!(later["messages"], json!([]));
    assert_eq!(ask(&sandbox, ".json?DateSent=yesterday").await.0, 400);
}

#[tokio::test]
async fn a_number_that_cannot_be_reached_is_refused_or_fails_later() {
    let sandbox = Sandbox::start().await;
    for bad in ["01234", "+0123456789", "+44 1234"] {
        let (status, body) = send(&sandbox, bad, "x").await;
        assert_eq!(
            (status, body["code"].as_u64(), body["status"].as_u64()),
            (400, Some(21211), Some(400))
        );
    }
    sandbox
        .put_user("john.doe@company.com", json!({"smsError": 21610}))
        .await;
    assert_eq!(send(&sandbox, PHONE, "x").await.1["code"], 21610);
    assert_eq!(sandbox.look("/_sandbox/sms").await, json!([]));
    sandbox
        .put_user("john.doe@company.com", json!({"smsError": 30003}))
        .await;
    let (status, taken) = send(&sandbox, PHONE, "x").await;
    assert_eq!((status, taken["status"].as_str()), (201, Some("queued")));
    let (_, later) = ask(
        &sandbox,
        &format!("/{}.json", taken["sid"].as_str().unwrap()),
    )
    .await;
    assert_eq!(
        (later["status"].as_str(), later["error_code"].as_u64()),
        (Some("undelivered"), Some(30003))
    );
}

#[tokio::test]
async fn a_wrong_key_and_a_foreign_account_are_refused() {
    let sandbox = Sandbox::start().await;
    let path = format!("{MESSAGES}.json");
    let wrong = sandbox
        .call(Method::GET, &path)
        .basic_auth("SKsandbox", Some("no"));
    let (status, body) = read(wrong.send().await.unwrap()).await;
    assert_eq!((status, body["code"].as_u64()), (401, Some(20003)));
    let foreign = path.replace("ACsandbox", "ACother");
    let foreign = sandbox
        .call(Method::GET, &foreign)
        .basic_auth("SKsandbox", Some("sandbox-twilio-secret"));
    assert_eq!(foreign.send().await.unwrap().status(), 404);
}
