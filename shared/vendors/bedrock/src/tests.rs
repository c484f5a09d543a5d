//! Bedrock, against recorded conversations.

use crate::{Bedrock, Config};
use aws_credential_types::Credentials;
use domain::PlaybookName;
use hmac::{Hmac, KeyInit, Mac};
use jiff::Timestamp;
use ports::{CallError, NoOpinion, Opinion, SecondOpinion};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::sync::Arc;
use std::time::Duration;
use testkit::{Conversation, FixedClock, Reply};
use vendor_http::{Client, Limits};

const SAID: &str = "zebra portal";

fn noon() -> Timestamp {
    "2026-11-02T12:00:00Z".parse().unwrap()
}

fn playbooks() -> Vec<PlaybookName> {
    ["account_unlock", "password_reset"]
        .map(|name| PlaybookName::parse(name).unwrap())
        .to_vec()
}

fn bedrock(url: &str) -> Bedrock {
    let config = Config {
        base_url: url.to_owned(),
        region: "eu-west-1".to_owned(),
        model: "example.model-v1:0".to_owned(),
    };
    let limits = Limits {
        read: Duration::from_millis(700),
        ..Limits::default()
    };
    let token = Some("session-token".to_owned());
    let credentials = Credentials::new("AKID", "its-secret", token, None, "test");
    let client = Client::with_limits(Arc::new(FixedClock::at(noon())), limits);
    Bedrock::new(config, credentials, client)
}

async fn talk(
    replies: impl IntoIterator<Item = Reply>,
) -> (Conversation, Result<Opinion, NoOpinion>) {
    let there = Conversation::start(replies).await;
    let opinion = bedrock(&there.url()).opinion(SAID, &playbooks()).await;
    (there, opinion)
}

fn call(name: &str, input: &Value) -> Value {
    json!({"toolUse": {"toolUseId": "tooluse_1", "name": name, "input": input}})
}

fn answer(stop_reason: &str, content: &Value) -> Reply {
    let body = json!({
        "output": {"message": {"role": "assistant", "content": content}},
        "stopReason": stop_reason,
        "usage": {"inputTokens": 400, "outputTokens": 40, "totalTokens": 440},
        "metrics": {"latencyMs": 600},
    });
    Reply::json(200, body.to_string())
}

fn chosen(playbook: &str) -> Reply {
    let block = call("choose_playbook", &json!({"playbook_id": playbook}));
    answer("tool_use", &json!([{"text": "I think"}, block]))
}

#[tokio::test]
async fn the_model_has_to_call_one_tool_with_one_of_the_playbooks() {
    let (there, opinion) = talk([chosen("account_unlock")]).await;
    let unlock = PlaybookName::parse("account_unlock").unwrap();
    assert_eq!(opinion, Ok(Opinion::Playbook(unlock)));
    let asked = &there.heard()[0];
    assert_eq!(asked.line(), "POST /model/example.model-v1%3A0/converse");
    let body: Value = serde_json::from_str(&asked.body).unwrap();
    let text = &body["messages"][0]["content"][0]["text"];
    assert_eq!(*text, "<ticket>\nzebra portal\n</ticket>");
    let tools = &body["toolConfig"];
    let schema = &tools["tools"][0]["toolSpec"]["inputSchema"]["json"];
    let offered = json!(["account_unlock", "password_reset", "none of these"]);
    assert_eq!(schema["properties"]["playbook_id"]["enum"], offered);
    assert_eq!(tools["toolChoice"]["tool"]["name"], "choose_playbook");
    let (_there, opinion) = talk([chosen("none of these")]).await;
    assert_eq!(opinion, Ok(Opinion::None));
}

#[tokio::test]
async fn a_request_is_signed_over_its_path_encoded_twice_and_its_body() {
    let (there, _) = talk([chosen("account_unlock")]).await;
    let asked = &there.heard()[0];
    let header = |name| asked.header(name).unwrap();
    let sha = |text: &str| hex::encode(Sha256::digest(text));
    let signed = "host;x-amz-date;x-amz-security-token";
    let canonical = format!(
        "POST\n/model/example.model-v1%253A0/converse\n\nhost:{}\nx-amz-date:20261102T120000Z\nx-amz-security-token:{}\n\n{signed}\n{}",
        header("host"),
        header("x-amz-security-token"),
        sha(&asked.body)
    );
    let scope = "20261102/eu-west-1/bedrock/aws4_request";
    let text = format!(
        "AWS4-HMAC-SHA256\n20261102T120000Z\n{scope}\n{}",
        sha(&canonical)
    );
    let hmac = |key: &[u8], text: &str| {
        let mut mac = Hmac::<Sha256>::new_from_slice(key).unwrap();
        mac.update(text.as_bytes());
        mac.finalize().into_bytes().to_vec()
    };
    let mut key = b"AWS4its-secret".to_vec();
    for part in scope.split('/') {
        key = hmac(&key, part);
    }
    let signature = hex::encode(hmac(&key, &text));
    let expected = format!(
        "AWS4-HMAC-SHA256 Credential=AKID/{scope}, SignedHeaders={signed}, Signature={signature}"
    );
    assert_eq!(header("authorization"), expected);
    assert_eq!(header("x-amz-security-token"), "session-token");
}

#[tokio::test]
async fn an_answer_that_was_not_offered_is_no_opinion() {
    let block = |input: Value| call("choose_playbook", &input);
    let unlock = json!({"playbook_id": "account_unlock"});
    for reply in [
        chosen("leaver"),
        chosen(""),
        answer(
            "tool_use",
            &json!([block(json!({"playbook": "account_unlock"}))]),
        ),
        answer("tool_use", &json!([block(json!("account_unlock"))])),
        answer(
            "tool_use",
            &json!([block(unlock.clone()), block(unlock.clone())]),
        ),
        answer("tool_use", &json!([call("run_playbook", &unlock)])),
        answer("max_tokens", &json!([block(unlock.clone())])),
        answer("end_turn", &json!([{"text": "account_unlock"}])),
        answer("tool_use", &json!([])),
    ] {
        let (_there, opinion) = talk([reply]).await;
        assert!(matches!(opinion, Err(NoOpinion::Odd { .. })), "{opinion:?}");
    }
    let (_there, opinion) = talk([Reply::json(200, "{}")]).await;
    assert!(
        matches!(opinion, Err(NoOpinion::Call(CallError::Unavailable { .. }))),
        "{opinion:?}"
    );
}

#[tokio::test]
async fn what_may_have_been_heard_is_not_asked_again() {
    let broken = || Reply::json(500, r#"{"message":"internal"}"#);
    for reply in [broken(), Reply::Cut, Reply::Hang] {
        let (there, opinion) = talk([reply, chosen("account_unlock")]).await;
        let error = opinion.unwrap_err();
        assert!(
            matches!(error, NoOpinion::Call(CallError::Unavailable { .. })),
            "{error}"
        );
        assert_eq!(there.heard().len(), 1, "{error}");
    }
}

#[tokio::test]
async fn a_throttled_request_is_tried_again_within_its_time() {
    let throttled = || {
        Reply::json(429, r#"{"message":"Too many requests"}"#)
            .with("x-amzn-ErrorType", "ThrottlingException")
    };
    let (there, opinion) = talk([throttled(), chosen("account_unlock")]).await;
    assert!(opinion.is_ok(), "{opinion:?}");
    assert_eq!(there.heard().len(), 2);
    let (_there, opinion) = talk([throttled(), throttled(), throttled()]).await;
    assert!(
        matches!(opinion, Err(NoOpinion::Call(CallError::Unavailable { .. }))),
        "{opinion:?}"
    );
}

#[tokio::test]
async fn a_refusal_says_which_and_not_what_the_ticket_says() {
    let denied = Reply::json(403, r#"{"message":"no access to zebra portal"}"#).with(
        "x-amzn-ErrorType",
        "AccessDeniedException:http://internal.amazon.com/",
    );
    let (_there, opinion) = talk([denied]).await;
    let error = opinion.unwrap_err().to_string();
    assert!(error.contains("AccessDeniedException"), "{error}");
    assert!(!error.contains("zebra"), "{error}");
}
