//! ID tokens of a company's own sign-in (OIDC): keys in, claims out. Fetching them is somebody else's.

mod claims;
mod keys;
#[cfg(test)]
mod tests;

pub use claims::{Groups, IdClaims};
pub use keys::Keys;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use claims::Raw;
use jiff::Timestamp;
use jsonwebtoken::{Algorithm, Validation};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use sha2::{Digest, Sha256};

/// The longest token we look at, in bytes: 200 groups fit.
const MAX_TOKEN: usize = 16 * 1024;
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
struct Head {
    alg: String,
    #[serde(default)]
    kid: Option<String>,
    #[serde(default)]
    crit: Option<Value>,
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
