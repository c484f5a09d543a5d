//! Accounts and sessions.

use super::{no, talk, user_id};
use ports::{Accounts, CallError, DisabledBy};
use serde_json::json;
use std::time::Duration;
use testkit::Reply;

fn empty(status: u16) -> Reply {
    Reply::text(status, "text/plain", "")
}

#[tokio::test]
async fn an_account_is_read_with_everything_it_is_judged_by() {
    let body = json!({
        "id": "abc-123", "accountEnabled": false, "onPremisesSyncEnabled": true, "userType": "Guest",
        "usageLocation": "GB", "signInSessionsValidFromDateTime": "2026-11-02T11:00:00Z",
        "lastPasswordChangeDateTime": "2026-10-01T08:00:00Z",
    });
    let bare = json!({"id": "abc-123", "accountEnabled": true, "usageLocation": ""});
    let (there, entra) = talk([
        Reply::json(200, body.to_string()),
        Reply::json(200, bare.to_string()),
        no(404, "Request_ResourceNotFound", "does not exist"),
    ])
    .await;
    let user = user_id();
    let account = entra.account(&user).await.unwrap();
    assert!(!account.enabled && account.synced && account.guest);
    assert_eq!(account.usage_location.as_deref(), Some("GB"));
    assert_eq!(
        account.sessions_valid_from,
        "2026-11-02T11:00:00Z".parse().ok()
    );
    assert_eq!(
        account.password_changed_at,
        "2026-10-01T08:00:00Z".parse().ok()
    );
    let account = entra.account(&user).await.unwrap();
    assert!(account.enabled && !account.synced && !account.guest);
    assert_eq!(account.usage_location, None);
    let error = entra.account(&user).await.unwrap_err();
    assert!(
        matches!(error, CallError::NotFound { what: "user", .. }),
        "{error}"
    );
    assert_eq!(
        there.lines()[1],
        "GET /graph/v1.0/users/abc-123?$select=id,accountEnabled,onPremisesSyncEnabled,userType,usageLocation,\
         signInSessionsValidFromDateTime,lastPasswordChangeDateTime"
    );
}

#[tokio::test]
async fn who_switched_an_account_off_stands_in_the_log() {
    let entry = |by: serde_json::Value| {
        Reply::json(200, json!({"value": [{"initiatedBy": by}]}).to_string())
    };
    let (there, entra) = talk([
        entry(json!({"user": {"id": "a", "displayName": null, "userPrincipalName": "admin@company.com"}, "app": null})),
        entry(json!({"user": null, "app": {"displayName": "Lock-out rule", "servicePrincipalName": null}})),
        entry(json!({"user": {"userPrincipalName": ""}, "app": null})),
        Reply::json(200, r#"{"value":[]}"#),
        no(403, "Authentication_RequestFromNonPremiumTenantOrB2CTenant", "Neither tenant is B2C or tenant doesn't have premium"),
        no(403, "Authentication_MSGraphPermissionMissing", "Missing scopes: AuditLog.Read.All"),
    ])
    .await;
    for expected in [
        DisabledBy::Person("admin@company.com".into()),
        DisabledBy::Application("Lock-out rule".into()),
        DisabledBy::Unknown,
        DisabledBy::Unknown,
        DisabledBy::Unknown,
    ] {
        assert_eq!(entra.disabled_by(&user_id()).await, Ok(expected));
    }
    let error = entra.disabled_by(&user_id()).await.unwrap_err();
    assert!(matches!(error, CallError::Misconfigured { .. }), "{error}");
    assert!(
        error
            .to_string()
            .contains("application permission AuditLog.Read.All"),
        "{error}"
    );
    assert_eq!(
        there.lines()[1],
        "GET /graph/v1.0/auditLogs/directoryAudits?$filter=activityDisplayName%20eq%20%27Disable%20account%27%20and%20\
         targetResources/any(t:t/id%20eq%20%27abc-123%27)&$orderby=activityDateTime%20desc&$top=1"
    );
}

#[tokio::test]
async fn a_risk_is_told_where_there_is_one_and_where_it_is_looked_for() {
    let risky = |state| {
        Reply::json(
            200,
            json!({"id": "abc-123", "riskState": state}).to_string(),
        )
    };
    let (_there, entra) = talk([
        risky("atRisk"),
        risky("confirmedCompromised"),
        risky("somethingNew"),
        risky("remediated"),
        risky("dismissed"),
        risky("confirmedSafe"),
        risky("none"),
        no(404, "ResourceNotFound", "does not exist"),
        no(
            403,
            "Forbidden",
            "Your tenant is not licensed for this feature.",
        ),
    ])
    .await;
    let mut risks = Vec::new();
    for _ in 0..9 {
        risks.push(entra.risk(&user_id()).await.unwrap());
    }
    let risks: Vec<_> = risks.iter().map(Option::as_deref).collect();
    assert_eq!(
        risks[..3],
        [
            Some("atRisk"),
            Some("confirmedCompromised"),
            Some("somethingNew")
        ]
    );
    assert_eq!(risks[3..], [None; 6]);
    let missing =
        "You cannot perform the requested operation, required scopes are missing in the token.";
    let (_there, entra) = talk([no(403, "Forbidden", missing)]).await;
    let error = entra.risk(&user_id()).await.unwrap_err();
    assert!(
        matches!(&error, CallError::Misconfigured { message, .. } if message.contains("IdentityRiskyUser.Read.All")),
        "{error}"
    );
}

#[tokio::test]
async fn an_account_is_opened_and_closed() {
    let (there, entra) = talk([empty(204), empty(204)]).await;
    for enabled in [true, false] {
        assert_eq!(
            entra.set_enabled(&user_id(), enabled, "req-1").await,
            Ok(())
        );
    }
    let heard = there.heard();
    assert_eq!(heard[1].line(), "PATCH /graph/v1.0/users/abc-123");
    assert_eq!(heard[1].body, r#"{"accountEnabled":true}"#);
    assert_eq!(heard[2].body, r#"{"accountEnabled":false}"#);
    assert_eq!(heard[1].header("client-request-id"), Some("req-1"));
}

#[tokio::test]
async fn sessions_are_voided_without_a_body() {
    let (there, entra) = talk([Reply::json(200, r#"{"value":true}"#), empty(204)]).await;
    for _ in 0..2 {
        assert_eq!(entra.revoke_sessions(&user_id(), "req-1").await, Ok(()));
    }
    let asked = &there.heard()[1];
    assert_eq!(
        asked.line(),
        "POST /graph/v1.0/users/abc-123/revokeSignInSessions"
    );
    assert_eq!(asked.body, "");
    assert_eq!(asked.header("content-length"), Some("0"));
}

#[tokio::test]
async fn a_write_whose_answer_is_lost_is_unknown_and_done_once() {
    for lost in [Reply::Cut, Reply::json(500, "{}"), Reply::json(503, "{}")] {
        let (there, entra) = talk([lost]).await;
        let error = entra.set_enabled(&user_id(), true, "r").await.unwrap_err();
        assert!(matches!(error, CallError::Unknown { .. }), "{error}");
        assert_eq!(there.heard().len(), 2);
    }
}

#[tokio::test]
async fn a_throttled_write_did_nothing_and_comes_back_when_told() {
    let busy = || no(429, "TooManyRequests", "Too many requests");
    // Without a time it is tried again a little later, and not for ever.
    let (there, entra) = talk([busy(), busy(), Reply::json(200, r#"{"value":true}"#)]).await;
    assert_eq!(entra.revoke_sessions(&user_id(), "r").await, Ok(()));
    assert_eq!(there.heard().len(), 4);
    let (_there, entra) = talk([busy(), busy(), busy()]).await;
    let error = entra.revoke_sessions(&user_id(), "r").await.unwrap_err();
    assert!(error.is_retryable(), "{error}");
    // A long wait is the caller's.
    let (there, entra) = talk([busy().with("retry-after", "30")]).await;
    let error = entra.revoke_sessions(&user_id(), "r").await.unwrap_err();
    assert!(
        matches!(error, CallError::Unavailable { retry_after: Some(wait), .. } if wait == Duration::from_secs(30)),
        "{error}"
    );
    assert_eq!(there.heard().len(), 2);
}

#[tokio::test]
async fn a_right_that_is_missing_is_named() {
    let denied = || {
        no(
            403,
            "Authorization_RequestDenied",
            "Insufficient privileges to complete the operation.",
        )
    };
    let (_there, entra) = talk([denied(), denied(), denied()]).await;
    let user = user_id();
    let errors = [
        entra.account(&user).await.unwrap_err(),
        entra.set_enabled(&user, true, "r").await.unwrap_err(),
        entra.revoke_sessions(&user, "r").await.unwrap_err(),
    ];
    for (error, right) in errors.iter().zip([
        "User.Read.All",
        "User.EnableDisableAccount.All",
        "User.RevokeSessions.All",
    ]) {
        assert!(
            matches!(error, CallError::Misconfigured { message, .. } if message.contains(right)),
            "{error}"
        );
    }
}
