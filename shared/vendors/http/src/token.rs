//! Tokens by OAuth: as the client itself, or by a name and its password.

use crate::{Answer, Ask, Deadline, Vendor, Words};
use jiff::{SignedDuration, Timestamp};
use ports::CallError;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde_json::Value;
use sha2::{Digest, Sha256};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

const MOST_TOKENS: usize = 256;
const SHORTEST_LIFE_S: i64 = 60;
const DEFAULT_LIFE_S: i64 = 300;
const LONGEST_LIFE_S: i64 = 86_400;

/// Where a token comes from and for what.
pub struct Grant {
    /// The token endpoint.
    pub url: String,
    /// Who asks.
    pub client_id: String,
    /// Their secret.
    pub client_secret: SecretString,
    /// How they ask.
    pub by: By,
    /// What the endpoint wants besides, as `scope`.
    pub more: Vec<(&'static str, String)>,
}

/// How a token is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum By {
    /// By client credentials.
    Client,
    /// By a name and its password, which are the grant's id and secret, through a client that everybody knows: RFC 6749,
    /// 4.3.
    Password {
        /// The client.
        client: &'static str,
        /// What it calls its secret; it is none.
        known: &'static str,
    },
}

/// A token and its number in its slot.
pub(crate) struct Numbered {
    pub(crate) secret: SecretString,
    pub(crate) number: u64,
}

struct Held {
    secret: SecretString,
    number: u64,
    refresh_at: Timestamp,
    expires_at: Timestamp,
}

#[derive(Default)]
struct Slot {
    held: Option<Held>,
    given: u64,
}

type Slots = HashMap<[u8; 32], Arc<tokio::sync::Mutex<Slot>>>;

/// Tokens by grant. The secret is part of the grant: whoever knows only the id of somebody else's client gets none of
/// its tokens.
#[derive(Default)]
pub(crate) struct Tokens(Mutex<Slots>);

#[derive(Deserialize)]
struct Given {
    access_token: SecretString,
    /// Seconds; the v1 endpoint of Entra sends text.
    #[serde(default)]
    expires_in: Value,
}

impl Tokens {
    /// The token held, or a new one from 80 % of its life on. Who comes while it is fetched waits for it.
    pub(crate) async fn token(
        &self,
        vendor: &Vendor,
        grant: &Grant,
        by: Deadline,
    ) -> Result<Numbered, CallError> {
        let slot = self.slot(grant);
        let Ok(mut slot) = tokio::time::timeout(by.left(), slot.lock()).await else {
            return Err(vendor.unavailable("no token in time"));
        };
        let now = vendor.now();
        if let Some(held) = slot.held.as_ref().filter(|held| now < held.refresh_at) {
            return Ok(held.numbered());
        }
        match fetch(vendor, grant, by).await {
            Ok((secret, life)) => {
                slot.given += 1;
                let held = Held {
                    secret,
                    number: slot.given,
                    refresh_at: now + SignedDuration::from_secs(life * 4 / 5),
                    expires_at: now + SignedDuration::from_secs(life),
                };
                Ok(slot.held.insert(held).numbered())
            }
            Err(error) => slot
                .held
                .as_ref()
                .filter(|held| error.is_retryable() && now < held.expires_at)
                .map(Held::numbered)
                .ok_or(error),
        }
    }

    /// Drops the token with this number, if it is still the one held.
    pub(crate) async fn forget(&self, grant: &Grant, number: u64) {
        let slot = self.slot(grant);
        let mut slot = slot.lock().await;
        slot.held = slot.held.take().filter(|held| held.number != number);
    }

    fn slot(&self, grant: &Grant) -> Arc<tokio::sync::Mutex<Slot>> {
        let mut slots = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let key = grant.key();
        if slots.len() >= MOST_TOKENS && !slots.contains_key(&key) {
            slots.clear();
        }
        Arc::clone(slots.entry(key).or_default())
    }
}

impl Held {
    fn numbered(&self) -> Numbered {
        Numbered {
            secret: self.secret.clone(),
            number: self.number,
        }
    }
}

impl Grant {
    #[expect(
        clippy::disallowed_methods,
        reason = "hashed, to tell grants apart that differ in nothing else"
    )]
    fn key(&self) -> [u8; 32] {
        let mut hash = Sha256::new();
        let mut part = |text: &str| {
            hash.update((text.len() as u64).to_be_bytes());
            hash.update(text);
        };
        part(&self.url);
        part(&self.client_id);
        part(self.client_secret.expose_secret());
        if let By::Password { client, .. } = self.by {
            part("password");
            part(client);
        }
        for (name, value) in &self.more {
            part(name);
            part(value);
        }
        hash.finalize().into()
    }

    #[expect(
        clippy::disallowed_methods,
        reason = "the secret goes to the token endpoint it belongs to"
    )]
    fn ask(&self) -> Ask {
        let (kind, id, secret) = match self.by {
            By::Client => ("client_credentials", "client_id", "client_secret"),
            By::Password { .. } => ("password", "username", "password"),
        };
        let mut fields = vec![
            ("grant_type", kind),
            (id, &self.client_id),
            (secret, self.client_secret.expose_secret()),
        ];
        fields.extend(
            self.more
                .iter()
                .map(|(name, value)| (*name, value.as_str())),
        );
        let ask = Ask::query(&self.url).form(&fields);
        match self.by {
            By::Client => ask,
            By::Password { client, known } => ask.basic(client, &SecretString::from(known)),
        }
    }

    #[expect(
        clippy::disallowed_methods,
        reason = "named only to be left out of what is shown"
    )]
    fn words(&self, answer: &Answer) -> Words {
        answer.words(
            &["/error"],
            &["/error_description", "/error"],
            &[self.client_secret.expose_secret()],
        )
    }
}

async fn fetch(
    vendor: &Vendor,
    grant: &Grant,
    by: Deadline,
) -> Result<(SecretString, i64), CallError> {
    let ask = grant.ask();
    let answer = vendor.call(&ask, by).await?;
    if !answer.is_success() {
        let Words { code, message } = grant.words(&answer);
        return Err(vendor.misconfigured(format!(
            "the token endpoint refused client {}: {code}: {message}",
            crate::code(&grant.client_id)
        )));
    }
    let given: Given = answer.json().ok_or_else(|| vendor.garbled(&ask))?;
    let life = match &given.expires_in {
        Value::Number(seconds) => seconds.as_i64(),
        Value::String(seconds) => seconds.parse().ok(),
        _ => None,
    };
    let life = life
        .unwrap_or(DEFAULT_LIFE_S)
        .clamp(SHORTEST_LIFE_S, LONGEST_LIFE_S);
    Ok((given.access_token, life))
}
