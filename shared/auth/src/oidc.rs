//! ID tokens of a company's own sign-in (OIDC): keys in, claims out. Fetching them is somebody else's.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use constant_time_eq::constant_time_eq;
use jiff::Timestamp;
use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;

/// By how much an issuer's clock may differ from ours, in seconds.
const LEEWAY_S: i64 = 300;
/// The longest token we look at, in bytes: 200 groups fit.
const MAX_TOKEN: usize = 16 * 1024;
/// Keys of one issuer that are kept.
const MAX_KEYS: usize = 100;
/// Lengths of an RSA modulus that we take, in bytes: 2048 to 8192 bits.
const MODULUS: std::ops::RangeInclusive<usize> = 256..=1024;
/// Where Entra issues tokens.
const ENTRA: [&str; 3] = [
    "https://login.microsoftonline.com/",
    "https://login.microsoftonline.us/",
    "https://login.partner.microsoftonline.cn/",
];

/// An issuer's public keys by their ids: those of its key set that can sign RS256.
#[derive(Clone, Default)]
pub struct Keys(BTreeMap<String, DecodingKey>);

/// What a token has to be.
#[derive(Debug, Clone, Copy)]
pub struct Expected<'a> {
    /// Who makes it.
    pub issuer: &'a str,
    /// Whom it is for: our client id there.
    pub audience: &'a str,
    /// What we asked to be said in it.
    pub nonce: &'a str,
    /// Now.
    pub now: Timestamp,
}

/// What a token says of somebody.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IdClaims {
    /// Who it is, for good: Entra's object id, else the subject.
    pub subject: String,
    /// Their address, as the issuer has it.
    pub email: Option<String>,
    /// Whether the issuer says that it is theirs.
    pub email_verified: bool,
    /// Their given name.
    pub first_name: String,
    /// Their family name.
    pub last_name: String,
    /// Their groups.
    pub groups: Groups,
}

/// Somebody's groups.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Groups {
    /// These.
    Listed(Vec<String>),
    /// More than the token has room for, so it names none.
    TooMany,
}

/// Why a token is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum IdTokenError {
    /// No key of this id is among the issuer's.
    #[error("the ID token is signed with an unknown key")]
    UnknownKey,
    /// Anything else; the word is for the log.
    #[error("the ID token is not one for us: {0}")]
    Invalid(&'static str),
}

#[derive(Deserialize)]
struct KeySet {
    keys: Vec<Value>,
}

#[derive(Deserialize)]
struct Key {
    kty: String,
    kid: String,
    n: String,
    e: String,
    #[serde(default, rename = "use")]
    usage: Option<String>,
    #[serde(default)]
    alg: Option<String>,
}

impl Keys {
    /// Reads a key set (RFC 7517). Keys for something else are left out.
    #[must_use]
    pub fn read(set: &str) -> Option<Self> {
        let set: KeySet = serde_json::from_str(set).ok()?;
        let keys = set.keys.into_iter().filter_map(|key| {
            let key: Key = serde_json::from_value(key).ok()?;
            let signs = key.kty == "RSA"
                && key.usage.as_deref().is_none_or(|usage| usage == "sig")
                && key.alg.as_deref().is_none_or(|alg| alg == "RS256");
            let modulus = URL_SAFE_NO_PAD.decode(key.n.as_bytes()).ok()?;
            if !signs || !MODULUS.contains(&modulus.len()) {
                return None;
            }
            let read = DecodingKey::from_rsa_components(&key.n, &key.e).ok()?;
            Some((key.kid, read))
        });
        Some(Self(keys.take(MAX_KEYS).collect()))
    }

    /// Whether a key of this id is among them.
    #[must_use]
    pub fn has(&self, kid: &str) -> bool {
        self.0.contains_key(kid)
    }
}

#[derive(Deserialize)]
struct Head {
    alg: String,
    #[serde(default)]
    kid: Option<String>,
    #[serde(default)]
    crit: Option<Value>,
}

#[derive(Deserialize)]
struct Raw {
    iss: String,
    sub: String,
    aud: Audience,
    exp: i64,
    #[serde(default)]
    nbf: Option<i64>,
    #[serde(default)]
    iat: Option<i64>,
    #[serde(default)]
    nonce: Option<String>,
    #[serde(default)]
    azp: Option<String>,
    #[serde(default)]
    tid: Option<String>,
    #[serde(default)]
    oid: Option<String>,
    #[serde(default)]
    email: Option<String>,
    #[serde(default)]
    email_verified: Option<Value>,
    #[serde(default)]
    preferred_username: Option<String>,
    #[serde(default)]
    name: Option<String>,
    #[serde(default)]
    given_name: Option<String>,
    #[serde(default)]
    family_name: Option<String>,
    #[serde(default)]
    groups: Option<Vec<String>>,
    /// Entra: where the claims are that the token has no room for.
    #[serde(default, rename = "_claim_names")]
    elsewhere: Option<BTreeMap<String, Value>>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Audience {
    One(String),
    Several(Vec<String>),
}

/// The id of the key that a token says it is signed with. The token is not checked by this.
#[must_use]
pub fn key_id(token: &str) -> Option<String> {
    head(token).ok()?.kid
}

/// What an ID token says: RS256 by one of `keys`, for us, now, in answer to what we asked.
///
/// # Errors
/// [`IdTokenError::UnknownKey`] when the issuer may have a newer key set, else [`IdTokenError::Invalid`].
pub fn verify(keys: &Keys, token: &str, expected: Expected<'_>) -> Result<IdClaims, IdTokenError> {
    let head = head(token)?;
    if head.alg != "RS256" {
        return Err(IdTokenError::Invalid("algorithm"));
    }
    if head.crit.is_some() {
        return Err(IdTokenError::Invalid("critical header"));
    }
    let kid = head.kid.ok_or(IdTokenError::Invalid("key id"))?;
    let key = keys.0.get(&kid).ok_or(IdTokenError::UnknownKey)?;
    // The library checks the signature; what the claims have to be is said below, by our own clock.
    let mut rules = Validation::new(Algorithm::RS256);
    rules.required_spec_claims.clear();
    rules.validate_exp = false;
    rules.validate_aud = false;
    let raw: Raw = jsonwebtoken::decode(token, key, &rules)
        .map_err(|_| IdTokenError::Invalid("signature or form"))?
        .claims;
    raw.check(expected)?;
    Ok(raw.told())
}

/// The sign-in name of whoever an issuer calls `subject`.
#[must_use]
pub fn login_name(issuer: &str, subject: &str) -> String {
    let mut hash = Sha256::new();
    hash.update((issuer.len() as u64).to_be_bytes());
    hash.update(issuer);
    hash.update(subject);
    format!("oidc:{}", hex::encode(hash.finalize()))
}

/// PKCE's challenge to a verifier, S256.
#[must_use]
pub fn challenge(verifier: &str) -> String {
    URL_SAFE_NO_PAD.encode(Sha256::digest(verifier))
}

fn head(token: &str) -> Result<Head, IdTokenError> {
    if token.len() > MAX_TOKEN {
        return Err(IdTokenError::Invalid("length"));
    }
    let (head, _) = token.split_once('.').ok_or(IdTokenError::Invalid("form"))?;
    decoded(head).ok_or(IdTokenError::Invalid("head"))
}

fn decoded<T: DeserializeOwned>(part: &str) -> Option<T> {
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).ok()?).ok()
}

impl Raw {
    fn check(&self, expected: Expected<'_>) -> Result<(), IdTokenError> {
        let no = |what| Err(IdTokenError::Invalid(what));
        if self.iss != expected.issuer {
            return no("issuer");
        }
        let for_us = match &self.aud {
            Audience::One(one) => one == expected.audience,
            Audience::Several(several) => {
                several.iter().any(|one| one == expected.audience)
                    && (several.len() == 1 || self.azp.is_some())
            }
        };
        if !for_us {
            return no("audience");
        }
        if self
            .azp
            .as_deref()
            .is_some_and(|azp| azp != expected.audience)
        {
            return no("authorized party");
        }
        let nonce = self.nonce.as_deref().unwrap_or_default();
        if !constant_time_eq(nonce.as_bytes(), expected.nonce.as_bytes()) {
            return no("nonce");
        }
        let now = expected.now.as_second();
        if now >= self.exp.saturating_add(LEEWAY_S) {
            return no("expiry");
        }
        let begins = [self.nbf, self.iat].into_iter().flatten().max();
        if begins.is_some_and(|at| now.saturating_add(LEEWAY_S) < at) {
            return no("begin");
        }
        if self.sub.is_empty() || self.sub.len() > 255 {
            return no("subject");
        }
        let is_entra = ENTRA.iter().any(|entra| self.iss.starts_with(entra));
        match (directory(&self.iss), self.tid.as_deref()) {
            (Some(directory), Some(tid)) if directory != tid => no("directory"),
            (_, None) | (None, _) if is_entra => no("directory"),
            _ => Ok(()),
        }
    }

    fn told(self) -> IdClaims {
        // Only in Entra's tokens is the object id more lasting than the subject, and nobody's to choose.
        let by_directory = self.tid.is_some() && directory(&self.iss) == self.tid.as_deref();
        let subject = self.oid.filter(|oid| by_directory && !oid.is_empty());
        let says_verified = match &self.email_verified {
            Some(Value::Bool(yes)) => *yes,
            Some(Value::String(text)) => text == "true",
            _ => false,
        };
        let email_verified = self.email.is_some() && says_verified;
        let name = self.name.unwrap_or_default();
        let (first, last) = name.trim().split_once(' ').unwrap_or((name.trim(), ""));
        let left_out = self
            .elsewhere
            .is_some_and(|claims| claims.contains_key("groups"));
        IdClaims {
            subject: subject.unwrap_or(self.sub),
            email_verified,
            email: self.email.or(self.preferred_username),
            first_name: self.given_name.unwrap_or_else(|| first.to_owned()),
            last_name: self.family_name.unwrap_or_else(|| last.trim().to_owned()),
            groups: match self.groups {
                None if left_out => Groups::TooMany,
                groups => Groups::Listed(groups.unwrap_or_default()),
            },
        }
    }
}

/// The directory in an issuer's address: the part that is a GUID.
fn directory(issuer: &str) -> Option<&str> {
    let is_guid = |part: &&str| {
        part.len() == 36
            && part.char_indices().all(|(at, c)| match at {
                8 | 13 | 18 | 23 => c == '-',
                _ => c.is_ascii_hexdigit(),
            })
    };
    issuer.split('/').find(is_guid)
}

#[cfg(test)]
mod tests {
    use super::*;
    use aws_lc_rs::hmac;
    use aws_lc_rs::rand::SystemRandom;
    use aws_lc_rs::rsa::{KeyPair, KeySize};
    use aws_lc_rs::signature::{KeyPair as _, RSA_PKCS1_SHA256};
    use serde_json::json;
    use std::sync::OnceLock;

    const ISSUER: &str =
        "https://login.microsoftonline.com/5a4d0000-0000-4000-8000-000000000001/v2.0";
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
        let elsewhere =
            "https://login.microsoftonline.com/5a4d0000-0000-4000-8000-000000000002/v2.0";
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
}
