//! Twilio, against recorded conversations.

use crate::{Config, Twilio};
use domain::PhoneNumber;
use jiff::Timestamp;
use ports::{CallError, CarrierId, SendSms};
use secrecy::SecretString;
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;
use testkit::{Conversation, FixedClock, Reply};
use vendor_http::{Client, Limits};

const TEXT: &str = "Your one-time pass: +dr/kz&AD. It works once.";

fn number() -> PhoneNumber {
    PhoneNumber::parse("+441234567890").unwrap()
}

fn text() -> SecretString {
    SecretString::from(TEXT)
}

fn noon() -> Timestamp {
    "2026-11-02T12:00:00.700Z".parse().unwrap()
}

fn twilio_with(url: &str, more: &Value) -> Twilio {
    let mut config = json!({
        "base_url": url, "account_sid": "AC1", "key_sid": "SK1", "key_secret": "key-secret",
        "from": "+15005550006", "auth_token": "auth-token",
    });
    config
        .as_object_mut()
        .unwrap()
        .extend(more.as_object().unwrap().clone());
    let config: Config = serde_json::from_value(config).unwrap();
    let limits = Limits {
        read: Duration::from_secs(1),
        write: Duration::from_secs(1),
        ..Limits::default()
    };
    Twilio::new(
        config,
        Client::with_limits(Arc::new(FixedClock::at(noon())), limits),
    )
}

async fn talk(replies: impl IntoIterator<Item = Reply>) -> (Conversation, Twilio) {
    let there = Conversation::start(replies).await;
    let twilio = twilio_with(&there.url(), &json!({}));
    (there, twilio)
}

fn accepted() -> Reply {
    Reply::json(
        201,
        r#"{"sid":"SM1","status":"queued","error_code":null,"num_segments":"1"}"#,
    )
}

fn error(status: u16, code: u32, message: &str) -> Reply {
    let body = json!({"code": code, "message": message, "more_info": "…", "status": status});
    Reply::json(status, body.to_string())
}

#[tokio::test]
async fn a_message_is_a_form_with_basic_credentials() {
    let (there, twilio) = talk([accepted()]).await;
    assert_eq!(
        twilio.send(&number(), &text()).await,
        Ok(CarrierId("SM1".into()))
    );
    let asked = &there.heard()[0];
    assert_eq!(asked.line(), "POST /2010-04-01/Accounts/AC1/Messages.json");
    assert_eq!(
        asked.header("authorization"),
        Some("Basic U0sxOmtleS1zZWNyZXQ=")
    );
    assert_eq!(
        asked.header("content-type"),
        Some("application/x-www-form-urlencoded")
    );
    assert_eq!(
        asked.body,
        "To=%2B441234567890&From=%2B15005550006&Body=Your+one-time+pass%3A+%2Bdr%2Fkz%26AD.+It+works+once."
    );
}

#[tokio::test]
async fn a_messaging_service_sends_in_place_of_a_number() {
    let there = Conversation::start([accepted()]).await;
    let twilio = twilio_with(&there.url(), &json!({"messaging_service_sid": "MG1"}));
    twilio.send(&number(), &text()).await.unwrap();
    assert!(there.heard()[0].body.contains("&MessagingServiceSid=MG1&"));
    assert!(!there.heard()[0].body.contains("From="));
}

#[tokio::test]
async fn the_account_asks_where_there_is_no_key() {
    let there = Conversation::start([accepted()]).await;
    let twilio = twilio_with(&there.url(), &json!({"key_sid": null}));
    twilio.send(&number(), &text()).await.unwrap();
    // AC1:auth-token
    assert_eq!(
        there.heard()[0].header("authorization"),
        Some("Basic QUMxOmF1dGgtdG9rZW4=")
    );
}

#[tokio::test]
async fn a_secret_without_credential_or_sender_is_misconfigured_and_asks_nobody() {
    let there = Conversation::start([accepted()]).await;
    for gap in [
        json!({"key_sid": null, "auth_token": null}),
        json!({"from": null}),
    ] {
        let twilio = twilio_with(&there.url(), &gap);
        let error = twilio.send(&number(), &text()).await.unwrap_err();
        assert!(matches!(error, CallError::Misconfigured { .. }), "{error}");
    }
    assert!(there.heard().is_empty());
}

#[tokio::test]
async fn a_number_the_carrier_will_never_take_is_refused_without_showing_it() {
    for refused in [21211, 21408, 21610, 21614] {
        let message = format!("Invalid 'To' Phone Number: +441234567890 for {TEXT}");
        let (there, twilio) = talk([error(400, refused, &message)]).await;
        let error = twilio.send(&number(), &text()).await.unwrap_err();
        let shown = format!("{error} {error:?}");
        assert!(
            !shown.contains("1234567") && !shown.contains("+dr/kz&AD"),
            "{shown}"
        );
        let CallError::Refused { code, .. } = error else {
            panic!("{shown}");
        };
        assert_eq!(code, refused.to_string());
        assert_eq!(there.heard().len(), 1);
    }
}

#[tokio::test]
async fn too_many_requests_are_unavailable() {
    let busy = || error(429, 20429, "Too Many Requests").with("retry-after", "60");
    let (_there, twilio) = talk([busy()]).await;
    let error_seen = twilio.send(&number(), &text()).await.unwrap_err();
    assert!(error_seen.is_retryable(), "{error_seen}");

    let (_there, twilio) = talk([error(400, 21611, "queue full")]).await;
    let error_seen = twilio.send(&number(), &text()).await.unwrap_err();
    assert!(error_seen.is_retryable(), "{error_seen}");
}

#[tokio::test]
async fn a_lost_answer_is_unknown_and_the_message_is_not_sent_again() {
    for lost in [
        Reply::Cut,
        Reply::Hang,
        error(500, 20500, "oops"),
        error(503, 20503, "oops"),
        Reply::json(201, "not json"),
    ] {
        let (there, twilio) = talk([lost, accepted()]).await;
        let error = twilio.send(&number(), &text()).await.unwrap_err();
        assert!(matches!(error, CallError::Unknown { .. }), "{error}");
        assert_eq!(there.heard().len(), 1);
    }
}

#[tokio::test]
async fn a_rejected_credential_or_account_is_misconfigured() {
    for reply in [
        error(401, 20003, "Authenticate"),
        error(403, 20403, "Forbidden"),
        error(404, 20404, "The requested resource was not found"),
    ] {
        let (_there, twilio) = talk([reply]).await;
        let error = twilio.send(&number(), &text()).await.unwrap_err();
        assert!(matches!(error, CallError::Misconfigured { .. }), "{error}");
    }
}

fn message(sid: &str, body: &str, status: &str, created: &str) -> Value {
    json!({"sid": sid, "body": body, "status": status, "date_created": created, "date_sent": null})
}

#[tokio::test]
async fn only_the_newest_message_with_the_same_text_since_then_is_found() {
    let page = json!({"messages": [
        message("SMother", "Your one-time pass: x", "sent", "Mon, 02 Nov 2026 12:00:09 +0000"),
        message("SMfailed", TEXT, "failed", "Mon, 02 Nov 2026 12:00:08 +0000"),
        message("SMnewest", TEXT, "queued", "Mon, 02 Nov 2026 12:00:07 +0000"),
        message("SMfirst", TEXT, "delivered", "Mon, 02 Nov 2026 12:00:00 +0000"),
        message("SMbefore", TEXT, "delivered", "Mon, 02 Nov 2026 11:59:59 +0000"),
    ], "next_page_uri": null});
    let (there, twilio) = talk([Reply::json(200, page.to_string())]).await;
    assert_eq!(
        twilio.find(&number(), &text(), noon()).await,
        Ok(Some(CarrierId("SMnewest".into())))
    );
    assert_eq!(
        there.lines(),
        [
            "GET /2010-04-01/Accounts/AC1/Messages.json?To=%2B441234567890&DateSent%3E=2026-11-02&PageSize=100"
        ]
    );

    let old =
        json!({"messages": [message("SMbefore", TEXT, "sent", "Mon, 02 Nov 2026 11:59:59 +0000")]});
    let (_there, twilio) = talk([Reply::json(200, old.to_string())]).await;
    assert_eq!(twilio.find(&number(), &text(), noon()).await, Ok(None));
}

#[tokio::test]
async fn looking_a_message_up_is_never_unknown() {
    let (there, twilio) = talk([Reply::Cut, Reply::json(500, ""), Reply::Cut]).await;
    let error = twilio.find(&number(), &text(), noon()).await.unwrap_err();
    assert!(error.is_retryable(), "{error}");
    assert_eq!(there.heard().len(), 3);
}

#[test]
fn a_config_shows_no_secret() {
    let config: Config = serde_json::from_value(json!({
        "account_sid": "AC1", "key_sid": "SK1", "key_secret": "key-secret", "auth_token": "auth-token",
    }))
    .unwrap();
    let shown = format!("{config:?}");
    assert!(
        !shown.contains("key-secret") && !shown.contains("auth-token"),
        "{shown}"
    );
    assert_eq!(config.base_url, "https://api.twilio.com");
}
