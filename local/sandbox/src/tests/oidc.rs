use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::signature::{RSA_PKCS1_2048_8192_SHA256, RsaPublicKeyComponents};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use reqwest::{Client, Method, Url, redirect::Policy};
use serde_json::{Value, json};

use super::{Sandbox, read};
use crate::credentials;

const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const BACK: &str = "http://localhost:8080/oidc/callback";

fn challenge() -> String {
    URL_SAFE_NO_PAD.encode(digest(&SHA256, VERIFIER.as_bytes()))
}

async fn metadata(sandbox: &Sandbox) -> Value {
    let credentials = credentials(&sandbox.base);
    let issuer = credentials["oidc"]["issuer"].as_str().unwrap();
    let path = issuer.strip_prefix(&sandbox.base).unwrap();
    let metadata = sandbox
        .look(&format!("{path}/.well-known/openid-configuration"))
        .await;
    assert_eq!(metadata["issuer"], issuer);
    metadata
}

/// The address that Deskhand sends somebody to, with `more` in it.
async fn asked(sandbox: &Sandbox, more: &[(&str, &str)]) -> Url {
    let metadata = metadata(sandbox).await;
    let mut url = Url::parse(metadata["authorization_endpoint"].as_str().unwrap()).unwrap();
    let challenge = challenge();
    let fields = [
        ("response_type", "code"),
        ("client_id", "deskhand-web"),
        ("redirect_uri", BACK),
        ("scope", "openid profile email"),
        ("state", "s-1"),
        ("nonce", "n-1"),
        ("code_challenge", challenge.as_str()),
        ("code_challenge_method", "S256"),
    ];
    let kept = fields
        .iter()
        .filter(|(name, _)| !more.iter().any(|(other, _)| other == name));
    url.query_pairs_mut().extend_pairs(kept).extend_pairs(more);
    url
}

/// Where somebody who signs in at once is sent back to.
async fn back(sandbox: &Sandbox, person: &str) -> Url {
    let url = asked(sandbox, &[("login_hint", person), ("auto", "1")]).await;
    let client = Client::builder()
        .no_proxy()
        .redirect(Policy::none())
        .build()
        .unwrap();
    let answer = client.get(url).send().await.unwrap();
    assert_eq!(answer.status(), 302);
    Url::parse(answer.headers()["location"].to_str().unwrap()).unwrap()
}

fn field(url: &Url, name: &str) -> Option<String> {
    let mut pairs = url.query_pairs();
    pairs
        .find(|(key, _)| key == name)
        .map(|(_, value)| value.into_owned())
}

async fn redeemed(sandbox: &Sandbox, code: &str, more: &[(&str, &str)]) -> (u16, Value) {
    let metadata = metadata(sandbox).await;
    let url = metadata["token_endpoint"].as_str().unwrap().to_owned();
    let fields = [
        ("grant_type", "authorization_code"),
        ("code", code),
        ("redirect_uri", BACK),
        ("client_id", "deskhand-web"),
        ("client_secret", "sandbox-oidc-secret"),
        ("code_verifier", VERIFIER),
    ];
    let kept = fields
        .iter()
        .filter(|(name, _)| !more.iter().any(|(other, _)| other == name));
    let form: Vec<(&str, &str)> = kept.chain(more).copied().collect();
    read(sandbox.client.post(url).form(&form).send().await.unwrap()).await
}

/// The head and claims of a token whose signature one of the published keys confirms.
async fn confirmed(sandbox: &Sandbox, token: &str) -> (Value, Value) {
    let (unsigned, signature) = token.rsplit_once('.').unwrap();
    let (head, claims) = unsigned.split_once('.').unwrap();
    let part = |text: &str| URL_SAFE_NO_PAD.decode(text).unwrap();
    let head: Value = serde_json::from_slice(&part(head)).unwrap();
    let metadata = metadata(sandbox).await;
    let path = metadata["jwks_uri"]
        .as_str()
        .unwrap()
        .strip_prefix(&sandbox.base)
        .unwrap();
    let set = sandbox.look(path).await;
    let key = set["keys"]
        .as_array()
        .unwrap()
        .iter()
        .find(|key| key["kid"] == head["kid"])
        .unwrap();
    let number = |name: &str| part(key[name].as_str().unwrap());
    let key = RsaPublicKeyComponents {
        n: number("n"),
        e: number("e"),
    };
    key.verify(
        &RSA_PKCS1_2048_8192_SHA256,
        unsigned.as_bytes(),
        &part(signature),
    )
    .unwrap();
    (head, serde_json::from_slice(&part(claims)).unwrap())
}

#[tokio::test]
async fn a_code_becomes_a_signed_token_about_the_person_once() {
    let sandbox = Sandbox::start().await;
    sandbox
        .put_user("john.doe@company.com", json!({"groups": ["g-1", "g-2"]}))
        .await;
    let back = back(&sandbox, "john.doe@company.com").await;
    assert!(back.as_str().starts_with(BACK), "{back}");
    assert_eq!(field(&back, "state").as_deref(), Some("s-1"));
    let code = field(&back, "code").unwrap();
    let (status, given) = redeemed(&sandbox, &code, &[]).await;
    assert_eq!(status, 200, "{given}");
    let (_, claims) = confirmed(&sandbox, given["id_token"].as_str().unwrap()).await;
    for (name, value) in [
        ("aud", json!("deskhand-web")),
        ("oid", json!("abc-123")),
        ("nonce", json!("n-1")),
        ("tid", json!(crate::ENTRA_TENANT_ID)),
        ("email", json!("john.doe@company.com")),
        ("groups", json!(["g-1", "g-2"])),
    ] {
        assert_eq!(claims[name], value, "{claims}");
    }
    let (status, refused) = redeemed(&sandbox, &code, &[]).await;
    assert_eq!((status, &refused["error"]), (400, &json!("invalid_grant")));
}

#[tokio::test]
async fn a_code_needs_its_verifier_its_address_and_the_clients_secret() {
    let sandbox = Sandbox::start().await;
    for (more, status) in [
        (("code_verifier", "other"), 400),
        (("redirect_uri", "http://localhost:8080/other"), 400),
        (("client_secret", "other"), 401),
        (("grant_type", "client_credentials"), 400),
    ] {
        let back = back(&sandbox, "jane.smith@company.com").await;
        let code = field(&back, "code").unwrap();
        assert_eq!(
            redeemed(&sandbox, &code, &[more]).await.0,
            status,
            "{more:?}"
        );
    }
    let calls = sandbox
        .look("/_sandbox/calls?vendor=oidc")
        .await
        .to_string();
    assert!(!calls.contains(VERIFIER) && !calls.contains("sandbox-oidc-secret"));
}

#[tokio::test]
async fn the_page_lists_everybody_and_an_incomplete_request_is_refused() {
    let sandbox = Sandbox::start().await;
    let page = sandbox
        .client
        .get(asked(&sandbox, &[]).await)
        .send()
        .await
        .unwrap();
    let page = page.text().await.unwrap();
    assert!(
        page.contains(">Jane Smith</a> deskhand-approvers"),
        "{page}"
    );
    assert!(
        page.contains("&amp;login_hint=jane.smith%40company.com&amp;auto=1"),
        "{page}"
    );
    for more in [
        ("client_id", "other"),
        ("response_type", "token"),
        ("scope", "profile"),
        ("code_challenge_method", "plain"),
        ("nonce", ""),
        ("redirect_uri", "https://evil.example.com/"),
    ] {
        let answer = sandbox
            .client
            .get(asked(&sandbox, &[more]).await)
            .send()
            .await
            .unwrap();
        assert_eq!(answer.status(), 400, "{more:?}");
    }
    let nobody = back(&sandbox, "nobody@company.com").await;
    assert_eq!(field(&nobody, "error").as_deref(), Some("access_denied"));
    assert_eq!(field(&nobody, "code"), None);
}

#[tokio::test]
async fn a_new_key_signs_and_the_old_one_stays_published() {
    let sandbox = Sandbox::start().await;
    let token = || async {
        let back = back(&sandbox, "admin@company.com").await;
        let (_, given) = redeemed(&sandbox, &field(&back, "code").unwrap(), &[]).await;
        given["id_token"].as_str().unwrap().to_owned()
    };
    let old = token().await;
    let (status, rotated) = sandbox
        .tell("/_sandbox/oidc", json!({"rotate": true}))
        .await;
    assert_eq!(status, 200, "{rotated}");
    let new = token().await;
    let (old_head, _) = confirmed(&sandbox, &old).await;
    let (new_head, _) = confirmed(&sandbox, &new).await;
    assert_ne!(old_head["kid"], new_head["kid"]);
    assert_eq!(new_head["kid"], rotated["kid"]);
    let graph = sandbox
        .call(Method::POST, "/_sandbox/reset")
        .send()
        .await
        .unwrap();
    assert_eq!(graph.status(), 200);
    confirmed(&sandbox, &new).await;
}
