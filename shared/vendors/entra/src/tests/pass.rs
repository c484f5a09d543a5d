//! One-time passes.

use super::talk;
use domain::UserId;
use ports::{CallError, IssuedPass, ResetPassword};
use secrecy::ExposeSecret;
use testkit::Reply;

const MADE: &str = r#"{"id":"method-1","temporaryAccessPass":"+drkz/q&AD","createdDateTime":"2026-11-02T12:00:01.123Z",
    "startDateTime":"2026-11-02T12:00:01.1234567Z","lifetimeInMinutes":60,"isUsableOnce":true,"isUsable":true,
    "methodUsabilityReason":"EnabledByPolicy"}"#;

async fn issue(reply: Reply) -> (testkit::Conversation, Result<IssuedPass, CallError>) {
    let (there, entra) = talk([reply]).await;
    let john = UserId::parse("abc-123").unwrap();
    let result = entra.issue_pass(&john, 60, "req-1").await;
    (there, result)
}

#[expect(clippy::disallowed_methods, reason = "compared in a test")]
#[tokio::test]
async fn a_pass_is_made_once_usable_and_named_for_support() {
    let (there, made) = issue(Reply::json(201, MADE)).await;
    let made = made.unwrap();
    assert_eq!(made.pass.expose_secret(), "+drkz/q&AD");
    assert_eq!(made.method_id, "method-1");
    assert_eq!(made.expires_at.to_string(), "2026-11-02T13:00:01.1234567Z");
    assert!(!format!("{made:?}").contains("drkz"));
    let asked = &there.heard()[1];
    assert_eq!(
        asked.line(),
        "POST /graph/v1.0/users/abc-123/authentication/temporaryAccessPassMethods"
    );
    assert_eq!(
        asked.body,
        r#"{"lifetimeInMinutes":60,"isUsableOnce":true}"#
    );
    assert_eq!(asked.header("client-request-id"), Some("req-1"));
}

#[tokio::test]
async fn a_lost_answer_is_unknown_and_no_second_pass_is_made() {
    for lost in [
        Reply::Cut,
        Reply::Hang,
        Reply::json(500, "{}"),
        Reply::json(504, "{}"),
        Reply::json(
            201,
            r#"{"id":"method-1","temporaryAccessPass":"+drkz/q&AD","#,
        ),
    ] {
        let (there, result) = issue(lost).await;
        let error = result.unwrap_err();
        assert!(matches!(error, CallError::Unknown { .. }), "{error}");
        assert!(!format!("{error} {error:?}").contains("drkz"));
        assert_eq!(there.heard().len(), 2);
    }
}

#[tokio::test]
async fn a_policy_that_says_no_is_a_refusal_with_graphs_words() {
    let body = r#"{"error":{"code":"badRequest","message":"Invalid LifetimeInMinutes specified. The valid range between 60 and 480."}}"#;
    let (_there, result) = issue(Reply::json(400, body)).await;
    assert_eq!(
        result.unwrap_err(),
        CallError::Refused {
            vendor: "Microsoft Graph",
            code: "badRequest".into(),
            message: "Invalid LifetimeInMinutes specified. The valid range between 60 and 480."
                .into(),
        }
    );
}

#[tokio::test]
async fn a_missing_permission_is_misconfigured_and_a_missing_user_not_found() {
    let (_there, result) = issue(Reply::json(
        403,
        r#"{"error":{"code":"Authorization_RequestDenied","message":"no"}}"#,
    ))
    .await;
    let error = result.unwrap_err();
    assert!(matches!(error, CallError::Misconfigured { .. }), "{error}");
    let (_there, result) = issue(Reply::json(404, "{}")).await;
    let error = result.unwrap_err();
    assert!(matches!(error, CallError::NotFound { .. }), "{error}");
}

#[tokio::test]
async fn throttling_is_unavailable_with_graphs_own_time() {
    let (_there, result) = issue(Reply::json(429, "{}").with("retry-after", "17")).await;
    let CallError::Unavailable { retry_after, .. } = result.unwrap_err() else {
        panic!("throttling is not final");
    };
    assert_eq!(retry_after.map(|wait| wait.as_secs()), Some(17));
}

#[tokio::test]
async fn a_token_that_ended_early_is_replaced_and_one_pass_made() {
    let (there, entra) = talk([
        Reply::json(401, "{}"),
        Reply::token("bearer-2"),
        Reply::json(201, MADE),
    ])
    .await;
    let john = UserId::parse("abc-123").unwrap();
    entra.issue_pass(&john, 60, "req-1").await.unwrap();
    assert_eq!(
        there.heard()[3].header("authorization"),
        Some("Bearer bearer-2")
    );
    assert_eq!(there.unsaid(), 0);
}
