use reqwest::Method;
use serde_json::{Value, json};

use super::Sandbox;

const ACCOUNT: &str =
    "$select=accountEnabled,signInSessionsValidFromDateTime,lastPasswordChangeDateTime";

async fn account(sandbox: &Sandbox, id: &str) -> Value {
    let path = format!("users/{id}?{ACCOUNT}");
    let (status, body) = sandbox.graph(Method::GET, &path, Value::Null).await;
    assert_eq!(status, 200, "{body}");
    body
}

async fn log(sandbox: &Sandbox, activity: &str, id: &str) -> Value {
    let path = format!(
        "auditLogs/directoryAudits?$filter=activityDisplayName eq '{activity}' and \
         targetResources/any(t:t/id eq '{id}')&$orderby=activityDateTime desc&$top=1"
    );
    sandbox.graph(Method::GET, &path, Value::Null).await.1["value"].clone()
}

#[tokio::test]
async fn an_account_is_switched_and_the_log_tells_by_whom() {
    let sandbox = Sandbox::start().await;
    let off = "Disable account";
    assert_eq!(log(&sandbox, off, "abc-123").await, json!([]));
    for by in ["admin@company.com", "Lock-out rule"] {
        let change = json!({"account_enabled": false, "by": by});
        let (status, _) = sandbox.put_user("john.doe@company.com", change).await;
        assert_eq!(status, 200);
        assert_eq!(account(&sandbox, "abc-123").await["accountEnabled"], false);
        let by_whom = &log(&sandbox, off, "abc-123").await[0]["initiatedBy"];
        let (user, app) = (&by_whom["user"], &by_whom["app"]);
        let names = [&user["userPrincipalName"], &app["displayName"]];
        assert!(names.contains(&&json!(by)), "{by_whom}");
        assert!(user.is_null() != app.is_null());
        let on = json!({"accountEnabled": true});
        assert_eq!(
            sandbox.graph(Method::PATCH, "users/abc-123", on).await.0,
            204
        );
        assert_eq!(account(&sandbox, "abc-123").await["accountEnabled"], true);
        let on = &log(&sandbox, "Enable account", "abc-123").await[0];
        assert_eq!(on["initiatedBy"]["app"]["displayName"], "Deskhand");
    }
    assert_eq!(log(&sandbox, off, "def-456").await, json!([]));
}

#[tokio::test]
async fn a_password_is_set_where_graph_sets_one_and_kept_nowhere() {
    let sandbox = Sandbox::start().await;
    let set = async |id: &str, password: &str| {
        let profile = json!({"forceChangePasswordNextSignIn": true, "password": password});
        let body = json!({"passwordProfile": profile});
        let (status, body) = sandbox
            .graph(Method::PATCH, &format!("users/{id}"), body)
            .await;
        (status, body["error"]["code"].as_str().map(str::to_owned))
    };
    let before = account(&sandbox, "abc-123").await;
    assert_eq!(set("abc-123", "Planted!Word7").await, (204, None));
    let after = account(&sandbox, "abc-123").await;
    assert_ne!(
        before["lastPasswordChangeDateTime"],
        after["lastPasswordChangeDateTime"]
    );
    let person = sandbox.look("/_sandbox/users/john.doe@company.com").await;
    assert_eq!(person["forceChangePassword"], true);
    let bad = Some("Request_BadRequest".to_owned());
    assert_eq!(set("abc-123", "weak").await, (400, bad.clone()));
    assert_eq!(set("syn-001", "Planted!Word7").await, (400, bad));
    let denied = Some("Authorization_RequestDenied".to_owned());
    assert_eq!(set("adm-001", "Planted!Word7").await, (403, denied));
    assert_eq!(set("nobody", "Planted!Word7").await.0, 404);
    let everywhere = format!("{person}{}", sandbox.look("/_sandbox/calls").await);
    assert!(!everywhere.contains("Planted"), "{everywhere}");
}

#[tokio::test]
async fn sessions_are_voided_to_the_second_and_not_for_guests() {
    let sandbox = Sandbox::start().await;
    for (id, voided) in [("abc-123", true), ("gst-001", false)] {
        let before = account(&sandbox, id).await;
        let path = format!("users/{id}/revokeSignInSessions");
        let (status, body) = sandbox.graph(Method::POST, &path, Value::Null).await;
        assert_eq!((status, &body["value"]), (200, &json!(true)));
        let key = "signInSessionsValidFromDateTime";
        let after = account(&sandbox, id).await;
        assert_eq!(before[key] != after[key], voided, "{id}");
        assert!(!after[key].as_str().unwrap().contains('.'), "{after}");
    }
    let token = sandbox.graph_token().await;
    let path = "/graph/v1.0/users/abc-123/revokeSignInSessions";
    let call = sandbox.call(Method::POST, path).bearer_auth(token);
    assert_eq!(call.send().await.unwrap().status(), 411, "says no length");
}

#[tokio::test]
async fn risk_is_told_of_those_who_were_at_risk_where_it_was_bought() {
    let sandbox = Sandbox::start().await;
    let risk = || {
        sandbox.graph(
            Method::GET,
            "identityProtection/riskyUsers/abc-123",
            Value::Null,
        )
    };
    assert_eq!(risk().await.0, 404);
    sandbox
        .put_user("john.doe@company.com", json!({"risk_state": "atRisk"}))
        .await;
    let (status, body) = risk().await;
    assert_eq!((status, body["riskState"].as_str()), (200, Some("atRisk")));
    let without = json!({"risk_detection": false});
    let (_, shown) = sandbox.tell("/_sandbox/graph", without).await;
    assert_eq!(
        shown,
        json!({"lag_ms": 0, "risk_detection": false, "withheld": []})
    );
    let (status, body) = risk().await;
    assert_eq!(
        (status, body["error"]["code"].as_str()),
        (403, Some("Forbidden"))
    );
    sandbox.tell("/_sandbox/reset", json!({})).await;
    assert_eq!(risk().await.0, 404);
}

#[tokio::test]
async fn a_pass_is_deleted_once() {
    let sandbox = Sandbox::start().await;
    let path = "users/abc-123/authentication/temporaryAccessPassMethods";
    let wish = json!({"lifetimeInMinutes": 60, "isUsableOnce": true});
    let (_, made) = sandbox.graph(Method::POST, path, wish).await;
    let one = format!("{path}/{}", made["id"].as_str().unwrap());
    for status in [204, 404] {
        let deleted = sandbox.graph(Method::DELETE, &one, Value::Null);
        assert_eq!(deleted.await.0, status);
        let list = sandbox.graph(Method::GET, path, Value::Null).await.1;
        assert_eq!(list["value"], json!([]));
    }
    let made = sandbox.look("/_sandbox/passes?user=abc-123").await;
    assert_eq!(
        (&made["count"], &made["passes"][0]["current"]),
        (&json!(1), &json!(false))
    );
}

#[tokio::test]
async fn calls_can_be_counted() {
    let sandbox = Sandbox::start().await;
    for id in ["abc-123", "abc-123", "def-456"] {
        account(&sandbox, id).await;
    }
    let count = async |query: &str| {
        let calls = sandbox.look(&format!("/_sandbox/calls?{query}")).await;
        calls.as_array().unwrap().len()
    };
    assert_eq!(count("vendor=graph&method=get").await, 3);
    assert_eq!(count("path=users/abc-123").await, 2);
    assert_eq!(count("path=users/abc-123&method=POST").await, 0);
}
