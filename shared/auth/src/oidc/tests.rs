//! Tokens as an issuer makes them, and as nobody may.

use super::*;
use aws_lc_rs::hmac;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeyPair, KeySize};
use aws_lc_rs::signature::{KeyPair as _, RSA_PKCS1_SHA256};
use serde_json::json;
use std::sync::OnceLock;

const ISSUER: &str = "https://login.microsoftonline.com/5a4d0000-0000-4000-8000-000000000001/v2.0";
const NOW: i64 = 1_800_000_000;

fn pair() -> &'static KeyPair {
    static PAIR: OnceLock<KeyPair> = OnceLock::new();
    PAIR.get_or_init(|| KeyPair::generate(KeySize::Rsa2048).unwrap())
}

fn modulus() -> Vec<u8> {
    let n = pair().public_key().modulus();
    n.big_endian_without_leading_zero().to_vec()
}

fn jwk(kid: &str) -> Value {
    let e = pair().public_key().exponent();
    json!({"kty": "RSA", "use": "sig", "kid": kid, "x5t": "x", "n": URL_SAFE_NO_PAD.encode(modulus()),
        "e": URL_SAFE_NO_PAD.encode(e.big_endian_without_leading_zero())})
}

fn keys() -> Keys {
    let other = json!({"kty": "EC", "kid": "curve", "crv": "P-256", "x": "AA", "y": "AA"});
    Keys::read(&json!({"keys": [other, jwk("one")]}).to_string()).unwrap()
}

fn claims() -> Value {
    json!({
        "iss": ISSUER, "aud": "client", "sub": "pairwise", "oid": "object",
        "tid": "5a4d0000-0000-4000-8000-000000000001", "nonce": "n-1", "iat": NOW, "nbf": NOW, "exp": NOW + 3600,
        "name": "Jane Smith", "email": "jane.smith@company.com", "email_verified": true, "groups": ["g-1"],
    })
}

fn text(head: &Value, claims: &Value) -> String {
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    format!("{}.{}", part(head), part(claims))
}

fn signed_as(head: &Value, claims: &Value) -> String {
    let unsigned = text(head, claims);
    let mut signature = vec![0; pair().public_modulus_len()];
    let rng = SystemRandom::new();
    pair()
        .sign(&RSA_PKCS1_SHA256, &rng, unsigned.as_bytes(), &mut signature)
        .unwrap();
    format!("{unsigned}.{}", URL_SAFE_NO_PAD.encode(signature))
}

fn signed(claims: &Value) -> String {
    signed_as(&json!({"alg": "RS256", "kid": "one"}), claims)
}

fn with(name: &str, value: Value) -> Value {
    let mut claims = claims();
    claims[name] = value;
    claims
}

fn read(token: &str) -> Result<IdClaims, IdTokenError> {
    let expected = Expected {
        issuer: ISSUER,
        audience: "client",
        nonce: "n-1",
        now: Timestamp::from_second(NOW).unwrap(),
    };
    verify(&keys(), token, expected)
}

#[test]
fn a_token_for_us_says_who_it_is() {
    let told = read(&signed(&claims())).unwrap();
    assert_eq!(told.subject, "object");
    assert_eq!(told.email.as_deref(), Some("jane.smith@company.com"));
    assert_eq!(
        (told.first_name.as_str(), told.last_name.as_str()),
        ("Jane", "Smith")
    );
    assert!(told.email_verified);
    assert_eq!(told.groups, Groups::Listed(vec!["g-1".to_owned()]));
    assert_eq!(key_id(&signed(&claims())).as_deref(), Some("one"));
    let several = with("aud", json!(["client"]));
    assert!(read(&signed(&several)).is_ok());
}

#[test]
fn a_token_without_a_signature_or_by_another_algorithm_is_refused() {
    let none = text(&json!({"alg": "none", "kid": "one"}), &claims());
    for token in [
        format!("{none}."),
        none.clone(),
        "a.b.c".to_owned(),
        String::new(),
    ] {
        assert!(
            matches!(read(&token), Err(IdTokenError::Invalid(_))),
            "{token}"
        );
    }
    // The public key as the secret of an HMAC, in the forms somebody may try.
    let unsigned = text(&json!({"alg": "HS256", "kid": "one"}), &claims());
    for secret in [modulus(), jwk("one").to_string().into_bytes()] {
        let key = hmac::Key::new(hmac::HMAC_SHA256, &secret);
        let tag = URL_SAFE_NO_PAD.encode(hmac::sign(&key, unsigned.as_bytes()));
        assert_eq!(
            read(&format!("{unsigned}.{tag}")),
            Err(IdTokenError::Invalid("algorithm"))
        );
    }
    let head = json!({"alg": "RS256", "kid": "one", "crit": ["exp"]});
    assert!(read(&signed_as(&head, &claims())).is_err());
}

#[test]
fn an_altered_token_is_refused() {
    let (good, other) = (signed(&claims()), signed(&with("oid", json!("else"))));
    let parts = |token: &str| token.split('.').map(str::to_owned).collect::<Vec<_>>();
    let (good, other) = (parts(&good), parts(&other));
    let mixed = format!("{}.{}.{}", good[0], other[1], good[2]);
    assert_eq!(
        read(&mixed),
        Err(IdTokenError::Invalid("signature or form"))
    );
}

#[test]
fn a_key_nobody_published_is_told_apart() {
    let unknown = signed_as(&json!({"alg": "RS256", "kid": "two"}), &claims());
    assert_eq!(read(&unknown), Err(IdTokenError::UnknownKey));
    let nameless = signed_as(&json!({"alg": "RS256"}), &claims());
    assert_eq!(read(&nameless), Err(IdTokenError::Invalid("key id")));
}

#[test]
fn a_token_of_somebody_else_for_somebody_else_or_of_another_sign_in_is_refused() {
    let elsewhere = "https://login.microsoftonline.com/5a4d0000-0000-4000-8000-000000000002/v2.0";
    for (name, value, word) in [
        ("iss", json!(elsewhere), "issuer"),
        ("iss", json!(format!("{ISSUER}/")), "issuer"),
        ("aud", json!("other"), "audience"),
        ("aud", json!(["client", "other"]), "audience"),
        ("azp", json!("other"), "authorized party"),
        ("nonce", json!("n-2"), "nonce"),
        ("nonce", Value::Null, "nonce"),
        ("exp", json!(NOW - 300), "expiry"),
        ("nbf", json!(NOW + 301), "begin"),
        ("iat", json!(NOW + 301), "begin"),
        ("sub", json!(""), "subject"),
        (
            "tid",
            json!("5a4d0000-0000-4000-8000-000000000002"),
            "directory",
        ),
        ("tid", Value::Null, "directory"),
    ] {
        let refused = read(&signed(&with(name, value.clone())));
        assert_eq!(refused, Err(IdTokenError::Invalid(word)), "{name} {value}");
    }
    // Five minutes are forgiven.
    assert!(read(&signed(&with("exp", json!(NOW - 299)))).is_ok());
    assert!(read(&signed(&with("nbf", json!(NOW + 300)))).is_ok());
}

#[test]
fn an_address_is_verified_only_when_the_issuer_says_so_of_it() {
    let mut told = claims();
    told["email"] = Value::Null;
    told["preferred_username"] = json!("jane@company.com");
    let told = read(&signed(&told)).unwrap();
    assert_eq!(
        (told.email.as_deref(), told.email_verified),
        (Some("jane@company.com"), false)
    );
    let told = read(&signed(&with("email_verified", json!("false")))).unwrap();
    assert!(!told.email_verified);
}

#[test]
fn groups_that_did_not_fit_are_not_taken_for_none() {
    let mut told = with("_claim_names", json!({"groups": "src1"}));
    told["groups"] = Value::Null;
    assert_eq!(read(&signed(&told)).unwrap().groups, Groups::TooMany);
}

#[test]
fn an_object_id_counts_only_in_a_directorys_token() {
    let issuer = "https://id.example.com";
    let mut told = with("iss", json!(issuer));
    told["tid"] = Value::Null;
    let expected = Expected {
        issuer,
        audience: "client",
        nonce: "n-1",
        now: Timestamp::from_second(NOW).unwrap(),
    };
    let told = verify(&keys(), &signed(&told), expected).unwrap();
    assert_eq!(told.subject, "pairwise");
}

#[test]
fn short_keys_and_keys_for_something_else_are_left_out() {
    let mut short = jwk("short");
    short["n"] = json!(URL_SAFE_NO_PAD.encode(&modulus()[..128]));
    let mut seals = jwk("seals");
    seals["use"] = json!("enc");
    let set = json!({"keys": [short, seals, {"kty": "oct", "kid": "o", "k": "AA"}, 7]});
    let read = Keys::read(&set.to_string()).unwrap();
    assert!(read.0.is_empty());
    assert!(Keys::read("{}").is_none());
}

#[test]
fn two_people_never_have_one_sign_in_name() {
    assert_ne!(login_name("https://a", "bc"), login_name("https://ab", "c"));
    assert_eq!(login_name(ISSUER, "x").len(), 69);
}

#[test]
fn the_challenge_is_rfc_7636s() {
    let verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
    assert_eq!(
        challenge(verifier),
        "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
    );
}
