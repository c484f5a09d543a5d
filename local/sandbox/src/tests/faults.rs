use std::time::Duration;

use reqwest::{Method, RequestBuilder};
use serde_json::json;

use super::{Sandbox, read};

const PASSES: &str = "/graph/v1.0/users/abc-123/authentication/temporaryAccessPassMethods";

fn make_pass(sandbox: &Sandbox, token: &str) -> RequestBuilder {
    let body = json!({"lifetimeInMinutes": 60, "isUsableOnce": true});
    sandbox
        .call(Method::POST, PASSES)
        .bearer_auth(token)
        .json(&body)
}

async fn passes(sandbox: &Sandbox) -> u64 {
    sandbox.look("/_sandbox/passes?user=abc-123").await["count"]
        .as_u64()
        .unwrap()
}

#[tokio::test]
async fn a_throttled_call_does_nothing_and_says_when_to_come_back() {
    let sandbox = Sandbox::start().await;
    let token = sandbox.graph_token().await;
    sandbox
        .fault(json!({"vendor": "graph", "path": "PassMethods", "times": 1, "fault": 429, "retry_after": 3}))
        .await;
    let throttled = make_pass(&sandbox, &token).send().await.unwrap();
    assert_eq!(throttled.headers()["retry-after"], "3");
    let (status, body) = read(throttled).await;
    assert_eq!(
        (status, body["error"]["code"].as_str()),
        (429, Some("TooManyRequests"))
    );
    assert_eq!(passes(&sandbox).await, 0);
    assert_eq!(
        make_pass(&sandbox, &token).send().await.unwrap().status(),
        201
    );
    let calls = sandbox.look("/_sandbox/calls?vendor=graph").await;
    assert_eq!(
        (calls[1]["status"].as_u64(), calls[1]["fault"].as_str()),
        (Some(429), Some("429"))
    );
    assert_eq!(calls[2]["status"], 201);
}

#[tokio::test]
async fn a_fault_spoils_only_the_calls_it_names() {
    let sandbox = Sandbox::start().await;
    let token = sandbox.graph_token().await;
    sandbox
        .fault(json!({"vendor": "graph", "path": "PassMethods", "method": "POST", "times": 2, "fault": "500"}))
        .await;
    let list = sandbox
        .call(Method::GET, PASSES)
        .bearer_auth(&token)
        .send()
        .await
        .unwrap();
    assert_eq!(list.status(), 200);
    for expected in [500, 500, 201] {
        let answer = make_pass(&sandbox, &token).send().await.unwrap();
        assert!(!answer.headers().contains_key("retry-after"));
        assert_eq!(answer.status(), expected);
    }
    assert_eq!(sandbox.look("/_sandbox/faults").await, json!([]));
}

#[tokio::test]
async fn an_ignored_call_is_answered_and_not_done() {
    let sandbox = Sandbox::start().await;
    let token = sandbox.graph_token().await;
    let before = sandbox.look("/_sandbox/users/john.doe@company.com").await;
    for path in ["PassMethods", "revokeSignInSessions", "users/abc-123"] {
        sandbox
            .fault(json!({"vendor": "graph", "path": path, "fault": "ignored"}))
            .await;
    }
    assert_eq!(
        make_pass(&sandbox, &token).send().await.unwrap().status(),
        201
    );
    let revoke = "users/abc-123/revokeSignInSessions";
    let (status, body) = sandbox.graph(Method::POST, revoke, json!(null)).await;
    assert_eq!((status, &body["value"]), (200, &json!(true)));
    let change = json!({"accountEnabled": false});
    let changed = sandbox.graph(Method::PATCH, "users/abc-123", change.clone());
    assert_eq!(changed.await.0, 204);
    assert_eq!(passes(&sandbox).await, 0);
    let john = || sandbox.look("/_sandbox/users/john.doe@company.com");
    assert_eq!(john().await, before);
    // A refusal stays one, and what comes after is done.
    sandbox
        .fault(json!({"vendor": "graph", "path": "users/nobody", "fault": "ignored"}))
        .await;
    let nobody = sandbox.graph(Method::PATCH, "users/nobody", change.clone());
    assert_eq!(nobody.await.0, 404);
    sandbox.graph(Method::PATCH, "users/abc-123", change).await;
    assert_eq!(john().await["accountEnabled"], false);
    let other = json!({"vendor": "twilio", "path": "", "fault": "ignored"});
    assert_eq!(sandbox.tell("/_sandbox/faults", other).await.0, 422);
}

#[tokio::test]
async fn a_missing_right_can_be_ordered() {
    let sandbox = Sandbox::start().await;
    sandbox
        .fault(json!({"vendor": "graph", "path": "users/abc-123", "fault": 403}))
        .await;
    let (status, body) = sandbox
        .graph(Method::GET, "users/abc-123", json!(null))
        .await;
    assert_eq!(
        (status, body["error"]["code"].as_str()),
        (403, Some("Authorization_RequestDenied"))
    );
}

#[tokio::test]
async fn each_vendor_fails_in_its_own_words() {
    let sandbox = Sandbox::start().await;
    for (vendor, path, key) in [
        ("halopsa", "/halopsa/api/Tickets", "Message"),
        (
            "twilio",
            "/twilio/2010-04-01/Accounts/ACsandbox/Messages.json",
            "code",
        ),
    ] {
        sandbox
            .fault(json!({"vendor": vendor, "path": "", "fault": "429"}))
            .await;
        let answer = sandbox.call(Method::GET, path).send().await.unwrap();
        assert!(!answer.headers().contains_key("retry-after"), "{vendor}");
        let (status, body) = read(answer).await;
        assert_eq!(status, 429);
        assert!(body.get(key).is_some(), "{vendor}: {body}");
    }
}

#[tokio::test]
async fn a_lost_answer_does_the_deed_and_breaks_the_connection() {
    let sandbox = Sandbox::start().await;
    let token = sandbox.graph_token().await;
    sandbox
        .fault(
            json!({"vendor": "graph", "path": "PassMethods", "times": 1, "fault": "lost_answer"}),
        )
        .await;
    let lost = make_pass(&sandbox, &token).send().await.unwrap_err();
    assert!(
        !lost.is_connect() && !lost.is_timeout() && !lost.is_status(),
        "{lost:?}"
    );
    assert_eq!(passes(&sandbox).await, 1);
    let calls = sandbox.look("/_sandbox/calls?vendor=graph").await;
    assert_eq!(
        (calls[1]["status"].as_u64(), calls[1]["fault"].as_str()),
        (Some(201), Some("lost_answer"))
    );
}

#[tokio::test]
async fn a_reset_connection_does_nothing() {
    let sandbox = Sandbox::start().await;
    let token = sandbox.graph_token().await;
    sandbox
        .fault(json!({"vendor": "graph", "path": "PassMethods", "fault": "connection_reset"}))
        .await;
    assert!(
        make_pass(&sandbox, &token)
            .send()
            .await
            .unwrap_err()
            .is_request()
    );
    assert_eq!(passes(&sandbox).await, 0);
    let calls = sandbox.look("/_sandbox/calls?vendor=graph").await;
    assert!(calls[1]["status"].is_null());
    assert_eq!(
        make_pass(&sandbox, &token).send().await.unwrap().status(),
        201
    );
}

#[tokio::test]
async fn silence_hangs_before_or_after_the_deed() {
    let sandbox = Sandbox::start().await;
    let token = sandbox.graph_token().await;
    for (after, made) in [(false, 0), (true, 1)] {
        sandbox.fault(json!({"vendor": "graph", "path": "PassMethods", "fault": "timeout", "after": after})).await;
        let call = make_pass(&sandbox, &token).timeout(Duration::from_millis(400));
        assert!(call.send().await.unwrap_err().is_timeout());
        assert_eq!(passes(&sandbox).await, made);
    }
}

#[tokio::test]
async fn an_order_that_makes_no_sense_is_refused() {
    let sandbox = Sandbox::start().await;
    let wrong = [
        json!({"vendor": "slack", "path": "", "fault": "500"}),
        json!({"vendor": "graph", "path": "", "fault": "418"}),
        json!({"vendor": "graph", "path": "", "fault": "500", "tims": 3}),
    ];
    for order in wrong {
        let (status, body) = sandbox.tell("/_sandbox/faults", order).await;
        assert_eq!(status, 422);
        assert!(body["error"].is_string());
    }
    sandbox
        .fault(json!({"vendor": "graph", "path": "", "fault": "500"}))
        .await;
    let cleared = sandbox
        .call(Method::DELETE, "/_sandbox/faults")
        .send()
        .await
        .unwrap();
    assert_eq!(cleared.status(), 204);
    sandbox.graph_token().await;
}
