//! One-time passes.

use super::{no, talk, user_id};
use domain::UserId;
use ports::{CallError, IssuedPass, ResetPassword, StandingPass};
use secrecy::{ExposeSecret, SecretString};
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

#[tokio::test]
async fn a_standing_pass_is_read_back_and_taken_away() {
    let path = "/graph/v1.0/users/abc-123/authentication/temporaryAccessPassMethods";
    let list = r#"{"value":[{"id":"method-1","temporaryAccessPass":null,"isUsable":true}]}"#;
    let used = r#"{"value":[{"id":"method-1","isUsable":false}]}"#;
    let (there, entra) = talk([
        Reply::json(200, list),
        Reply::json(200, used),
        Reply::json(200, r#"{"value":[]}"#),
        Reply::text(204, "text/plain", ""),
        no(
            404,
            "resourceNotFound",
            "The requested resource was not found.",
        ),
    ])
    .await;
    let standing = |usable| {
        Some(StandingPass {
            method_id: "method-1".into(),
            usable,
        })
    };
    let user = user_id();
    assert_eq!(entra.pass(&user).await, Ok(standing(true)));
    assert_eq!(entra.pass(&user).await, Ok(standing(false)));
    assert_eq!(entra.pass(&user).await, Ok(None));
    for _ in 0..2 {
        assert_eq!(entra.delete_pass(&user, "method-1", "req-9").await, Ok(()));
    }
    let heard = there.heard();
    assert_eq!(heard[1].line(), format!("GET {path}"));
    assert_eq!(heard[4].line(), format!("DELETE {path}/method-1"));
    assert_eq!(heard[4].header("client-request-id"), Some("req-9"));
}

#[tokio::test]
async fn no_id_makes_a_path_that_means_something_else() {
    let (there, entra) = talk([]).await;
    for id in ["", ".", "..", " "] {
        let error = entra.delete_pass(&user_id(), id, "r").await.unwrap_err();
        assert!(matches!(error, CallError::NotFound { .. }), "{error}");
    }
    let dots = UserId::parse("..").unwrap();
    assert!(entra.issue_pass(&dots, 60, "r").await.is_err());
    assert!(there.heard().is_empty());
}

#[tokio::test]
async fn a_password_is_set_to_be_changed_and_shown_nowhere() {
    let password = SecretString::from("Xk9!plant-me");
    let rule = "The specified password does not comply with password complexity requirements.";
    let (there, entra) = talk([
        Reply::text(204, "text/plain", ""),
        no(400, "Request_BadRequest", rule),
        Reply::Cut,
        no(
            403,
            "Authorization_RequestDenied",
            "Insufficient privileges",
        ),
    ])
    .await;
    let user = user_id();
    assert_eq!(entra.set_password(&user, &password, "req-2").await, Ok(()));
    let asked = &there.heard()[1];
    assert_eq!(asked.line(), "PATCH /graph/v1.0/users/abc-123");
    assert_eq!(
        asked.body,
        r#"{"passwordProfile":{"forceChangePasswordNextSignIn":true,"password":"Xk9!plant-me"}}"#
    );
    let refused = entra.set_password(&user, &password, "r").await.unwrap_err();
    assert!(matches!(refused, CallError::Refused { .. }), "{refused}");
    let lost = entra.set_password(&user, &password, "r").await.unwrap_err();
    assert!(matches!(lost, CallError::Unknown { .. }), "{lost}");
    let denied = entra.set_password(&user, &password, "r").await.unwrap_err();
    assert!(
        matches!(&denied, CallError::Misconfigured { message, .. }
            if message.contains("User-PasswordProfile.ReadWrite.All")),
        "{denied}"
    );
    assert!(!format!("{refused:?}{lost:?}{denied:?}").contains("plant-me"));
    assert_eq!(
        there.heard().len(),
        5,
        "a lost answer is not asked for again"
    );
}
