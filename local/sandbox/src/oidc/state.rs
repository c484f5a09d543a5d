//! What the issuer remembers: its keys, and the codes it handed out.

use std::collections::HashMap;

use aws_lc_rs::{
    rand::SystemRandom,
    rsa::{KeyPair, KeySize},
    signature::{KeyPair as _, RSA_PKCS1_SHA256},
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use uuid::Uuid;

/// How long a code works.
const CODE_LIVES: SignedDuration = SignedDuration::from_mins(10);
/// Keys published at once.
const KEYS: usize = 3;

/// A key that tokens are signed with.
pub(crate) struct Key {
    pub(crate) kid: String,
    pair: KeyPair,
}

/// What a code stands for.
#[derive(Clone)]
pub(crate) struct Grant {
    /// The person's object id.
    pub(crate) person: String,
    pub(crate) redirect_uri: String,
    pub(crate) nonce: String,
    pub(crate) challenge: String,
    pub(crate) given_at: Timestamp,
}

#[derive(Default)]
pub(crate) struct Issuer {
    /// The one that signs is the last.
    keys: Vec<Key>,
    codes: HashMap<String, Grant>,
}

impl Key {
    fn new() -> Result<Self, &'static str> {
        let pair = KeyPair::generate(KeySize::Rsa2048).map_err(|_| "no RSA key could be made")?;
        let kid = Uuid::new_v4().simple().to_string();
        Ok(Self { kid, pair })
    }

    fn published(&self) -> Value {
        let public = self.pair.public_key();
        let text = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
        json!({
            "kty": "RSA",
            "use": "sig",
            "kid": self.kid,
            "n": text(public.modulus().big_endian_without_leading_zero()),
            "e": text(public.exponent().big_endian_without_leading_zero()),
        })
    }

    /// A JWT with these claims.
    pub(crate) fn signed(&self, claims: &Value) -> Result<String, &'static str> {
        let head = json!({"typ": "JWT", "alg": "RS256", "kid": self.kid});
        let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let unsigned = format!("{}.{}", part(&head), part(claims));
        let mut signature = vec![0; self.pair.public_modulus_len()];
        self.pair
            .sign(
                &RSA_PKCS1_SHA256,
                &SystemRandom::new(),
                unsigned.as_bytes(),
                &mut signature,
            )
            .map_err(|_| "a token could not be signed")?;
        Ok(format!("{unsigned}.{}", URL_SAFE_NO_PAD.encode(signature)))
    }
}

impl Issuer {
    /// The key that signs, made when it is first needed.
    pub(crate) fn key(&mut self) -> Result<&Key, &'static str> {
        if self.keys.is_empty() {
            self.keys.push(Key::new()?);
        }
        self.keys.last().ok_or("there is no key")
    }

    /// Signs with a new key from now on; the one before stays published.
    pub(crate) fn rotate(&mut self) -> Result<(), &'static str> {
        self.keys.push(Key::new()?);
        if self.keys.len() > KEYS {
            self.keys.remove(0);
        }
        Ok(())
    }

    /// The key set.
    pub(crate) fn key_set(&mut self) -> Result<Value, &'static str> {
        self.key()?;
        let keys: Vec<Value> = self.keys.iter().map(Key::published).collect();
        Ok(json!({"keys": keys}))
    }

    /// A code for this grant.
    pub(crate) fn code(&mut self, grant: Grant) -> String {
        let now = grant.given_at;
        self.codes
            .retain(|_, grant| now < grant.given_at + CODE_LIVES);
        let code = format!("{}{}", Uuid::new_v4().simple(), Uuid::new_v4().simple());
        self.codes.insert(code.clone(), grant);
        code
    }

    /// What a code stands for; it works once.
    pub(crate) fn redeem(&mut self, code: &str, now: Timestamp) -> Option<Grant> {
        let grant = self.codes.remove(code)?;
        (now < grant.given_at + CODE_LIVES).then_some(grant)
    }
}
