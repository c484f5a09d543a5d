//! The model at Bedrock.

use reqwest::Method;
use serde_json::{Value, json};

use super::Sandbox;
use crate::BEDROCK_MODEL;

const SIGNATURE: &str = "AWS4-HMAC-SHA256 Credential=AKID/20261102/us-east-1/bedrock/aws4_request, SignedHeaders=host;x-amz-date, Signature=00";

async fn converse(sandbox: &Sandbox, text: &str) -> (u16, Value) {
    let ask = json!({
        "messages": [{"role": "user", "content": [{"text": text}]}],
        "toolConfig": {
            "tools": [{"toolSpec": {"name": "choose", "inputSchema": {"json": {"type": "object",
                "properties": {"playbook_id": {"type": "string", "enum": ["password_reset", "account_unlock", "none"]}}}}}}],
            "toolChoice": {"tool": {"name": "choose"}},
        },
    });
    let path = format!("/bedrock/model/{BEDROCK_MODEL}/converse");
    let call = sandbox.call(Method::POST, &path).json(&ask);
    let call = call
        .header("authorization", SIGNATURE)
        .header("x-amz-date", "20261102T120000Z");
    let answer = call.send().await.unwrap();
    (answer.status().as_u16(), answer.json().await.unwrap())
}

fn chosen(answer: &Value) -> &Value {
    &answer["output"]["message"]["content"][0]["toolUse"]["input"]
}

#[tokio::test]
async fn the_model_calls_the_tool_with_what_it_hears_or_was_told() {
    let sandbox = Sandbox::start().await;
    let (status, answer) = converse(&sandbox, "unlock my account").await;
    assert_eq!(
        (status, &answer["stopReason"]),
        (200, &json!("tool_use")),
        "{answer}"
    );
    assert_eq!(*chosen(&answer), json!({"playbook_id": "account_unlock"}));
    let (_, answer) = converse(&sandbox, "a slow printer").await;
    assert_eq!(*chosen(&answer), json!({"playbook_id": "none"}));
    for order in [
        json!({"about": "zebra", "input": {"playbook_id": "leaver"}}),
        json!({"about": "zebra"}),
    ] {
        assert_eq!(sandbox.tell("/_sandbox/bedrock", order).await.0, 201);
    }
    let (_, answer) = converse(&sandbox, "my account").await;
    assert_eq!(*chosen(&answer), json!({"playbook_id": "none"}));
    let (_, answer) = converse(&sandbox, "a zebra").await;
    assert_eq!(*chosen(&answer), json!({"playbook_id": "leaver"}));
    let (_, answer) = converse(&sandbox, "a zebra").await;
    assert_eq!(answer["stopReason"], "end_turn");
}

#[tokio::test]
async fn an_unsigned_call_is_refused_and_a_fault_is_bedrocks_own() {
    let sandbox = Sandbox::start().await;
    let path = format!("/bedrock/model/{BEDROCK_MODEL}/converse");
    let answer = sandbox
        .call(Method::POST, &path)
        .json(&json!({}))
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), 403);
    let kind = answer.headers()["x-amzn-errortype"].to_str().unwrap();
    assert_eq!(kind, "MissingAuthenticationTokenException");
    let fault = json!({"vendor": "bedrock", "fault": 429});
    assert_eq!(sandbox.tell("/_sandbox/faults", fault).await.0, 201);
    assert_eq!(converse(&sandbox, "hello").await.0, 429);
    let calls = sandbox.look("/_sandbox/calls?vendor=bedrock").await;
    assert_eq!(calls.as_array().unwrap().len(), 2, "{calls}");
}
