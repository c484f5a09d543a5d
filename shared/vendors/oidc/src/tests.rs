//! An issuer, against recorded conversations.

use crate::{Begin, Config, Oidc};
use jiff::{SignedDuration, Timestamp};
use ports::CallError;
use secrecy::ExposeSecret;
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;
use testkit::{Conversation, FixedClock, Reply};
use vendor_http::{Client, Limits};

const BEGIN: Begin<'_> = Begin {
    redirect_uri: "https://desk.example.com/oidc/callback",
    state: "s-1",
    nonce: "n-1",
    verifier: "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk",
};

fn noon() -> FixedClock {
    let noon: Timestamp = "2026-11-02T12:00:00Z".parse().unwrap();
    FixedClock::at(noon)
}

fn issuer(url: &str, clock: &FixedClock) -> Oidc {
    let config = json!({"issuer": url, "client_id": "deskhand", "client_secret": "client-secret"});
    let config: Config = serde_json::from_value(config).unwrap();
    let limits = Limits {
        read: Duration::from_secs(1),
        write: Duration::from_secs(1),
        ..Limits::default()
    };
    Oidc::new(config, Client::with_limits(Arc::new(clock.clone()), limits))
}

fn metadata(url: &str) -> Value {
    json!({
        "issuer": url,
        "authorization_endpoint": format!("{url}/authorize?p=1"),
        "token_endpoint": format!("{url}/token"),
        "jwks_uri": format!("{url}/keys"),
    })
}

fn key_set(kids: &[&str]) -> Reply {
    // 2048 bits; nobody signs with it.
    let n = "g".repeat(342);
    let key = |kid: &&str| json!({"kty": "RSA", "kid": kid, "n": n, "e": "AQAB"});
    let keys: Vec<Value> = kids.iter().map(key).collect();
    Reply::json(200, json!({"keys": keys}).to_string())
}

async fn started(replies: impl IntoIterator<Item = Reply>) -> Conversation {
    let server = Conversation::start([]).await;
    server.say([Reply::json(200, metadata(&server.url()).to_string())]);
    server.say(replies);
    server
}

#[tokio::test]
async fn a_person_is_sent_to_the_issuer_with_a_challenge_and_never_the_verifier() {
    let server = started([]).await;
    let url = issuer(&server.url(), &noon())
        .authorization(BEGIN)
        .await
        .unwrap();
    assert!(
        url.starts_with(&format!(
            "{}/authorize?p=1&response_type=code",
            server.url()
        )),
        "{url}"
    );
    for part in [
        "client_id=deskhand",
        "redirect_uri=https%3A%2F%2Fdesk.example.com%2Foidc%2Fcallback",
        "scope=openid+profile+email",
        "state=s-1",
        "nonce=n-1",
        "code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM",
        "code_challenge_method=S256",
    ] {
        assert!(url.contains(part), "{part}: {url}");
    }
    assert!(!url.contains(BEGIN.verifier) && !url.contains("client-secret"));
}

#[tokio::test]
async fn a_code_becomes_a_token_once() {
    let server = started([Reply::json(
        200,
        r#"{"token_type":"Bearer","id_token":"a.b.c"}"#,
    )])
    .await;
    let token = issuer(&server.url(), &noon())
        .exchange("code-1", BEGIN.verifier, BEGIN.redirect_uri)
        .await
        .unwrap();
    #[expect(clippy::disallowed_methods, reason = "a test's own token")]
    let text = token.expose_secret();
    assert_eq!(text, "a.b.c");
    let heard = server.heard();
    let body = &heard[1].body;
    for part in [
        "grant_type=authorization_code",
        "code=code-1",
        "client_secret=client-secret",
        "code_verifier=",
    ] {
        assert!(body.contains(part), "{part}");
    }
}

#[tokio::test]
async fn a_lost_answer_is_not_asked_for_again_and_a_refusal_shows_no_secret() {
    let server = started([Reply::Cut]).await;
    let lost = issuer(&server.url(), &noon())
        .exchange("code-1", "v", "r")
        .await;
    assert!(matches!(lost, Err(CallError::Unknown { .. })), "{lost:?}");
    assert_eq!(server.heard().len(), 2);

    let refusal =
        r#"{"error":"invalid_grant","error_description":"code-1 was redeemed with client-secret"}"#;
    let server = started([Reply::json(400, refusal)]).await;
    let refused = issuer(&server.url(), &noon())
        .exchange("code-1", "v", "r")
        .await;
    let Err(CallError::Refused { code, message, .. }) = refused else {
        panic!("{refused:?}")
    };
    assert_eq!(code, "invalid_grant");
    assert!(
        !message.contains("code-1") && !message.contains("client-secret"),
        "{message}"
    );
}

#[tokio::test]
async fn an_endpoint_on_another_host_is_not_asked() {
    let server = Conversation::start([]).await;
    let mut said = metadata(&server.url());
    said["token_endpoint"] = json!("http://localhost:9001/2018-06-01/runtime");
    server.say([Reply::json(200, said.to_string())]);
    let refused = issuer(&server.url(), &noon()).exchange("c", "v", "r").await;
    let Err(CallError::Misconfigured { message, .. }) = refused else {
        panic!("{refused:?}")
    };
    assert!(message.contains("hosts in the secret oidc"), "{message}");
    assert_eq!(server.heard().len(), 1);
}

#[tokio::test]
async fn metadata_of_another_issuer_is_refused() {
    let server = Conversation::start([Reply::json(
        200,
        metadata("https://id.example.com").to_string(),
    )])
    .await;
    let refused = issuer(&server.url(), &noon()).authorization(BEGIN).await;
    assert!(
        matches!(refused, Err(CallError::Misconfigured { .. })),
        "{refused:?}"
    );
}

#[tokio::test]
async fn an_unknown_key_has_the_set_read_again_every_five_minutes_at_most() {
    let clock = noon();
    let server = started([
        key_set(&["one"]),
        key_set(&["one", "two"]),
        key_set(&["three"]),
    ])
    .await;
    let issuer = issuer(&server.url(), &clock);
    assert!(issuer.keys("one").await.unwrap().has("one"));
    assert!(issuer.keys("one").await.unwrap().has("one"));
    assert_eq!(server.heard().len(), 2, "metadata, keys");
    assert!(issuer.keys("two").await.unwrap().has("two"));
    assert!(!issuer.keys("three").await.unwrap().has("three"));
    assert_eq!(server.heard().len(), 3);
    clock.advance(SignedDuration::from_mins(5));
    assert!(issuer.keys("three").await.unwrap().has("three"));
    assert_eq!(server.heard().len(), 4);
}

#[tokio::test]
async fn keys_are_read_again_after_a_day_and_stay_when_they_cannot_be() {
    let clock = noon();
    let server = started([key_set(&["one"])]).await;
    let issuer = issuer(&server.url(), &clock);
    assert!(issuer.keys("one").await.unwrap().has("one"));
    clock.advance(SignedDuration::from_hours(24));
    // The server has nothing more to say: 599.
    assert!(issuer.keys("one").await.unwrap().has("one"));
    assert!(server.heard().len() > 2);
}
