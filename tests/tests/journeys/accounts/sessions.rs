//! Signing in and out, with a name and a password.

use deskhand_local::SECOND_DOMAIN;
use deskhand_tests::{anonymous, answer};
use reqwest::Method;
use serde_json::{Value, json};

use super::assert_refused;
use super::office::{Office, PASSWORD};
use crate::desk::Desk;

#[tokio::test]
async fn logging_out_ends_the_access_token_at_once() {
    let office = Office::new("Accounts Logout").await;
    let jane = office.person("jane").await;
    let (_, tokens) = office.sign_in(&jane.name, PASSWORD).await;
    let second = jane.with(&tokens);
    for _ in 0..2 {
        let (status, done) = office
            .send(&jane, Method::POST, "/logout/", &json!({}))
            .await;
        let documented = json!({"message": "Successfully logged out"});
        assert_eq!((status, done), (200, documented));
    }
    assert_refused(&office.get(&jane, "/api/me").await, 401, "AUTH_FAILED");
    assert_refused(&office.refresh(&jane.refresh).await, 401, "TOKEN_EXPIRED");
    // Another session of theirs goes on.
    assert_eq!(office.get(&second, "/api/me").await.0, 200);
}

#[tokio::test]
async fn a_refresh_token_that_is_used_twice_ends_its_whole_family() {
    let office = Office::new("Accounts Refresh").await;
    let jane = office.person("jane").await;
    let (status, next) = office.refresh(&jane.refresh).await;
    assert_eq!(status, 200, "{next}");
    let next = jane.with(&next);
    assert_eq!(office.get(&next, "/api/me").await.0, 200);
    assert_refused(&office.refresh(&jane.refresh).await, 401, "TOKEN_EXPIRED");
    for token in [&jane, &next] {
        assert_refused(&office.get(token, "/api/me").await, 401, "AUTH_FAILED");
    }
    assert_refused(&office.refresh(&next.refresh).await, 401, "TOKEN_EXPIRED");
}

#[tokio::test]
async fn a_wrong_password_and_an_unknown_name_are_told_alike() {
    let office = Office::new("Accounts Uniform").await;
    let jane = office.person("jane").await;
    let idle = office.person("idle").await;
    let off = json!({"is_active": false});
    assert_eq!(
        office
            .send(&office.admin, Method::PATCH, &idle.path(), &off)
            .await
            .0,
        200
    );
    let mut told = Vec::new();
    for (name, password) in [
        (jane.name.as_str(), "not it at all"),
        (jane.email.as_str(), "not it at all"),
        ("nobody.at.all", PASSWORD),
        (idle.name.as_str(), PASSWORD),
        ("j\u{430}ne", PASSWORD),
        ("", ""),
    ] {
        let (status, mut problem) = office.sign_in(name, password).await;
        let members = problem.as_object_mut().unwrap();
        members.retain(|member, _| member != "timestamp" && member != "request_id");
        told.push((status, problem));
    }
    assert_eq!(told[0].0, 401);
    assert!(told.windows(2).all(|pair| pair[0] == pair[1]), "{told:#?}");
}

#[tokio::test]
async fn nobody_of_an_organization_that_an_operator_suspended_signs_in_or_joins() {
    let desk = Desk::shared().await;
    let invoke = async |operation: &str, ask: Value| {
        let told = desk.deployment.lambda_invoke(operation, &ask).await;
        told.unwrap()
    };
    let office = Office::with_domain("Accounts Suspended", SECOND_DOMAIN).await;
    let email = format!("jane.{}@{SECOND_DOMAIN}", office.tenant);
    let jane = office.person("jane").await;
    let (name, tenant) = (jane.name.as_str(), office.tenant.as_str());
    let post = |path: &str, body: Value| {
        answer(anonymous(desk.deployment, Method::POST, path).json(&body))
    };
    let register = || {
        let body = json!({"email": email, "password": PASSWORD, "full_name": "Jane Smith"});
        post("/api/register", body)
    };
    let login = || post("/api/login", json!({"email": name, "password": PASSWORD}));

    for _ in 0..2 {
        let ask = json!({"tenant": tenant, "reason": "The contract has ended"});
        let stands = invoke("suspend_tenant", ask).await;
        assert_eq!(stands["suspended_reason"], "The contract has ended");
    }
    let refused = [
        office.sign_in(name, PASSWORD).await,
        office.refresh(&jane.refresh).await,
        login().await,
        register().await,
        office.get(&jane, "/api/me").await,
        office.get(&office.admin, "/api/v1/users/").await,
    ];
    for told in &refused {
        assert_refused(told, 403, "ORGANIZATION_SUSPENDED");
    }
    // Whose password is wrong learns nothing of it.
    let wrong = office.sign_in(name, "not it at all").await;
    assert_refused(&wrong, 401, "AUTH_FAILED");

    let stands = invoke("resume_tenant", json!({"tenant": tenant})).await;
    assert_eq!(stands["suspended"], false);
    let (status, pair) = office.refresh(&jane.refresh).await;
    assert_eq!(status, 200, "the token was not used up: {pair}");
    assert_eq!(login().await.0, 200);
    assert_eq!(register().await.0, 200);
    let (_, verdict) = office
        .get(&office.admin, "/api/v1/audit/verify?account=organization")
        .await;
    assert_eq!(
        (&verdict["valid"], &verdict["chains"][0]["records"]),
        (&json!(true), &json!(3)),
        "made, suspended once, resumed: {verdict}"
    );
    let unknown = json!({"tenant": "no-such-tenant"});
    let unknown = desk.deployment.lambda_invoke("resume_tenant", &unknown);
    assert!(unknown.await.is_err());
}
