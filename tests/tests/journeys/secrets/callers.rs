//! What callers prove themselves with: each is made, used, and wanted to be kept nowhere.

use std::fs;

use deskhand_tests::{anonymous, answer};
use reqwest::Method;
use serde_json::{Value, json};

use crate::desk::Desk;
use crate::oidc::browser::{Browser, field};

/// A password as nobody else has it; with a plus, a slash and an ampersand, which each encoding writes its own way.
const PASSWORD: &str = "Purple+Kite/Sails&94";
/// The password of whoever is invited.
const INVITED: &str = "Yellow+Barge/Turns&95";
/// One that is wrong.
const WRONG: &str = "Silver+Canoe/Drifts&96";

/// A secret with its name, and whether the mailbox may hold it: the link that brings it.
pub(super) struct Shown {
    pub(super) name: &'static str,
    pub(super) secret: String,
    pub(super) is_mailed: bool,
}

/// Everything a caller shows, each used once at least.
pub(super) async fn shown(desk: &Desk<'_>) -> Vec<Shown> {
    let mut shown = Vec::new();
    let mut note = |name, secret: &str, is_mailed| {
        shown.push(Shown {
            name,
            secret: secret.to_owned(),
            is_mailed,
        });
    };
    let admin = admins_token(desk).await;
    let john = "john.secret";
    let body = json!({"username": john, "email": "john.secret@example.com", "first_name": "John",
        "last_name": "Doe", "password": PASSWORD, "is_active": true});
    let (status, made) = send(desk, &admin, "/api/v1/users/", &body).await;
    assert_eq!(status, 201, "{made}");
    note("the password", PASSWORD, false);

    let wrong = json!({"username": john, "password": WRONG});
    assert_eq!(post(desk, "/token/", &wrong).await.0, 401);
    note("a wrong password", WRONG, false);
    let right = json!({"username": john, "password": PASSWORD});
    let (status, pair) = post(desk, "/token/", &right).await;
    assert_eq!(status, 200, "{pair}");
    let (status, next) = post(
        desk,
        "/token/refresh/",
        &json!({"refresh": pair["refresh"]}),
    )
    .await;
    assert_eq!(status, 200, "{next}");
    for (name, pair) in [("the first", &pair), ("the next", &next)] {
        let access = pair["access"].as_str().unwrap();
        let call = anonymous(desk.deployment, Method::GET, "/api/me").bearer_auth(access);
        assert_eq!(answer(call).await.0, 200, "{name}");
        note("an access token", signature(access), false);
        note(
            "a refresh token",
            signature(pair["refresh"].as_str().unwrap()),
            false,
        );
    }

    let (status, made) = send(
        desk,
        &admin,
        "/api/v1/keys",
        &json!({"name": "a key", "scopes": ["read"], "expires_days": 1}),
    )
    .await;
    assert_eq!(status, 201, "{made}");
    let key = made["key"].as_str().unwrap();
    for call in [
        anonymous(desk.deployment, Method::GET, "/api/v1/keys").header("x-api-key", key),
        anonymous(desk.deployment, Method::GET, "/api/v1/keys").bearer_auth(key),
    ] {
        assert_eq!(answer(call).await.0, 200);
    }
    note("an API key", key.trim_start_matches("vetrai_"), false);

    let link = desk
        .token_mailed_to("john.secret@example.com", "/verify-email")
        .await;
    follow(desk, "/verify-email", &link, &[]).await;
    note("a confirmation", &link, true);
    let members = format!(
        "/api/v1/organizations/{}/members",
        desk.deployment.endpoints().tenant()
    );
    let body = json!({"email": "jane.secret@example.com", "role": "agent"});
    let (status, told) = send(desk, &admin, &members, &body).await;
    assert_eq!(status, 202, "{told}");
    let link = desk
        .token_mailed_to("jane.secret@example.com", "/invitations")
        .await;
    let fields = [("username", "jane.secret"), ("password", INVITED)];
    follow(desk, "/invitations", &link, &fields).await;
    note("an invitation", &link, true);
    note("the password of whoever was invited", INVITED, false);

    let mut browser = Browser::before(desk.clone());
    let page = browser.get("/login").await.page;
    let form = [
        ("csrf", field(&page, "csrf")),
        ("email", "john.secret@example.com"),
        ("password", PASSWORD),
    ];
    assert_eq!(browser.post("/login", &form).await.status, 303);
    assert_eq!(browser.get("/account").await.status, 200);
    note("a session's cookie", signature(browser.token()), false);

    let groups = json!({"groups": ["deskhand-viewers"]});
    let olive = desk.person_with("olive.secret", groups).await;
    let mut browser = Browser::before(desk.clone());
    let back = browser.way_back(&olive.email).await;
    assert_eq!(browser.get(&back).await.status, 303);
    for (name, member) in [
        ("a code of the company's", "code="),
        ("its state", "state="),
    ] {
        let (_, rest) = back.split_once(member).unwrap();
        note(name, rest.split('&').next().unwrap(), false);
    }
    note("a session's cookie", signature(browser.token()), false);
    shown
}

/// The part of a token that nobody else can make.
fn signature(token: &str) -> &str {
    token.rsplit('.').next().unwrap()
}

/// The page behind a link, and its form.
async fn follow(desk: &Desk<'_>, path: &str, token: &str, fields: &[(&str, &str)]) {
    let page = anonymous(
        desk.deployment,
        Method::GET,
        &format!("{path}?token={token}"),
    );
    assert_eq!(page.send().await.unwrap().status(), 200);
    let form = [&[("token", token)], fields].concat();
    let sent = anonymous(desk.deployment, Method::POST, path).form(&form);
    let sent = sent.send().await.unwrap();
    assert!(sent.status().is_success(), "{}", sent.status());
}

async fn post(desk: &Desk<'_>, path: &str, body: &Value) -> (u16, Value) {
    answer(anonymous(desk.deployment, Method::POST, path).json(body)).await
}

async fn send(desk: &Desk<'_>, token: &str, path: &str, body: &Value) -> (u16, Value) {
    let call = anonymous(desk.deployment, Method::POST, path).bearer_auth(token);
    answer(call.json(body)).await
}

/// The administrator, signed in by what the launcher wrote down.
async fn admins_token(desk: &Desk<'_>) -> String {
    let endpoints = fs::read_to_string(desk.deployment.place().endpoints()).unwrap();
    let endpoints: Value = serde_json::from_str(&endpoints).unwrap();
    let admin = &endpoints["admin"];
    let body = json!({"username": admin["username"], "password": admin["password"]});
    let (status, pair) = post(desk, "/token/", &body).await;
    assert_eq!(status, 200, "{pair}");
    pair["access"].as_str().unwrap().to_owned()
}
