//! The keys that an issuer publishes.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use jsonwebtoken::DecodingKey;
use serde::Deserialize;
use serde_json::Value;
use std::collections::BTreeMap;

/// Keys of one issuer that are kept.
const MAX_KEYS: usize = 100;
/// Lengths of an RSA modulus that we take, in bytes: 2048 to 8192 bits.
const MODULUS: std::ops::RangeInclusive<usize> = 256..=1024;
/// An issuer's public keys by their ids: those of its key set that can sign RS256.
#[derive(Clone, Default)]
pub struct Keys(pub(super) BTreeMap<String, DecodingKey>);

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
