//! Our own tokens: RS256, signed by a key that never leaves KMS, checked with the public half, which stands in a table.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use jiff::Timestamp;
use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use store::{Store, StoreError};

/// Whom our tokens are for.
pub const AUDIENCE: &str = "deskhand";
/// The longest token we look at, in bytes.
const MAX_TOKEN: usize = 4096;
/// Public keys kept at once.
const KEPT: usize = 20;

/// What a token is good for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TokenType {
    /// Calling the API.
    Access,
    /// Getting the next pair.
    Refresh,
}

/// What a token says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claims {
    /// Who made it: our public address.
    pub iss: String,
    /// Whom it is for.
    pub aud: String,
    /// The user, as text.
    pub sub: String,
    /// The user's number.
    pub user_id: u64,
    /// The tenant.
    pub tid: String,
    /// The roles at the time it was made. What holds at a request are the roles of then.
    #[serde(default)]
    pub roles: Vec<String>,
    /// What the roles allowed at the time it was made.
    #[serde(default)]
    pub scopes: Vec<String>,
    /// The session; ending it ends the token.
    pub sid: String,
    /// How the user showed who they are: `pwd`, `fed`.
    pub amr: Vec<String>,
    /// What it is good for.
    pub token_type: TokenType,
    /// Its own id.
    pub jti: String,
    /// When it was made, in seconds since 1970.
    pub iat: u64,
    /// When it ends, in seconds since 1970.
    pub exp: u64,
    /// Seconds by which each request moves the session's end, for sessions without a refresh token.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub idle: Option<u64>,
}

/// Why a token is not one.
#[derive(Debug, thiserror::Error)]
pub enum TokenError {
    /// Not signed by us, altered, for somebody else, or of the other type.
    #[error("this is not a token of ours")]
    Invalid,
    /// It was one.
    #[error("this token has expired")]
    Expired,
    /// The public key could not be read.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// The part of a token that is signed: head and claims.
///
/// # Errors
/// Never for claims as they are.
pub fn unsigned(kid: &str, claims: &Claims) -> Result<String, serde_json::Error> {
    let head = json!({"alg": "RS256", "kid": kid, "typ": "JWT"}).to_string();
    let claims = serde_json::to_vec(claims)?;
    Ok(format!(
        "{}.{}",
        URL_SAFE_NO_PAD.encode(head),
        URL_SAFE_NO_PAD.encode(claims)
    ))
}

/// The token: what was signed, and the signature.
#[must_use]
pub fn signed(unsigned: &str, signature: &[u8]) -> String {
    format!("{unsigned}.{}", URL_SAFE_NO_PAD.encode(signature))
}

/// What a token of ours says. Its session is for the caller to check.
///
/// # Errors
/// [`TokenError::Invalid`] whatever is wrong with it, but its age.
pub async fn verify(
    store: &Store,
    issuer: &str,
    token: &str,
    wanted: TokenType,
    now: Timestamp,
) -> Result<Claims, TokenError> {
    if token.len() > MAX_TOKEN {
        return Err(TokenError::Invalid);
    }
    let head = jsonwebtoken::decode_header(token).map_err(|_| TokenError::Invalid)?;
    if head.alg != Algorithm::RS256 {
        return Err(TokenError::Invalid);
    }
    let key = public_key(store, head.kid.as_deref().unwrap_or_default()).await?;
    let mut rules = Validation::new(Algorithm::RS256);
    rules.set_audience(&[AUDIENCE]);
    rules.set_issuer(&[issuer]);
    // Its age is told by our own clock, below.
    rules.validate_exp = false;
    let claims: Claims = jsonwebtoken::decode(token, &key, &rules)
        .map_err(|_| TokenError::Invalid)?
        .claims;
    if claims.token_type != wanted {
        return Err(TokenError::Invalid);
    }
    if u64::try_from(now.as_second()).unwrap_or(u64::MAX) >= claims.exp {
        return Err(TokenError::Expired);
    }
    Ok(claims)
}

/// The public key of this id, read once in a process.
async fn public_key(store: &Store, kid: &str) -> Result<DecodingKey, TokenError> {
    static KEYS: Mutex<Option<HashMap<String, DecodingKey>>> = Mutex::new(None);
    let plain = (1..=64).contains(&kid.len()) && kid.bytes().all(|b| b.is_ascii_alphanumeric());
    if !plain {
        return Err(TokenError::Invalid);
    }
    let kept = {
        let keys = KEYS.lock().unwrap_or_else(PoisonError::into_inner);
        keys.as_ref().and_then(|keys| keys.get(kid)).cloned()
    };
    if let Some(key) = kept {
        return Ok(key);
    }
    let row = store.signing_key(kid).await?.ok_or(TokenError::Invalid)?;
    let key = DecodingKey::from_rsa_components(&row.n, &row.e).map_err(|_| TokenError::Invalid)?;
    let mut keys = KEYS.lock().unwrap_or_else(PoisonError::into_inner);
    let keys = keys.get_or_insert_default();
    if keys.len() >= KEPT {
        keys.clear();
    }
    keys.insert(kid.to_owned(), key.clone());
    Ok(key)
}
