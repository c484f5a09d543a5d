//! What is kept of issuers in this process: their metadata and key sets.

use auth::oidc::Keys;
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

/// How long metadata and keys are kept.
const KEPT_FOR: SignedDuration = SignedDuration::from_hours(24);
/// How long an unknown key is taken for unknown before the set is read again.
const LOOK_AGAIN: SignedDuration = SignedDuration::from_mins(5);
/// Issuers kept at once.
const KEPT: usize = 1_000;

/// What an issuer says of itself.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Metadata {
    pub(crate) issuer: String,
    pub(crate) authorization_endpoint: String,
    pub(crate) token_endpoint: String,
    pub(crate) jwks_uri: String,
}

/// What is kept of one issuer.
#[derive(Clone, Default)]
pub(crate) struct Shelf {
    metadata: Option<(Timestamp, Metadata)>,
    keys: Option<(Timestamp, Keys)>,
    looked_again_at: Option<Timestamp>,
}

impl Shelf {
    /// What is kept of this issuer.
    pub(crate) fn of(issuer: &str) -> Self {
        with(|shelves| shelves.get(issuer).cloned()).unwrap_or_default()
    }

    /// Keeps this of the issuer.
    pub(crate) fn keep(self, issuer: &str) {
        with(|shelves| {
            if shelves.len() >= KEPT && !shelves.contains_key(issuer) {
                shelves.clear();
            }
            shelves.insert(issuer.to_owned(), self);
        });
    }

    /// The metadata, while it is young enough.
    pub(crate) fn metadata(&self, now: Timestamp) -> Option<&Metadata> {
        let kept = self.metadata.as_ref();
        kept.filter(|(at, _)| now < *at + KEPT_FOR)
            .map(|(_, metadata)| metadata)
    }

    /// The metadata of now.
    pub(crate) fn put_metadata(&mut self, metadata: Metadata, now: Timestamp) {
        self.metadata = Some((now, metadata));
    }

    /// The keys, however old.
    pub(crate) fn any_keys(&self) -> Option<&Keys> {
        self.keys.as_ref().map(|(_, keys)| keys)
    }

    /// The keys to check a signature by `kid` with, unless the set has to be read first.
    pub(crate) fn keys(&self, kid: &str, now: Timestamp) -> Option<&Keys> {
        let (at, keys) = self.keys.as_ref()?;
        let young = now < *at + KEPT_FOR;
        let looked = self
            .looked_again_at
            .is_some_and(|looked| now < looked + LOOK_AGAIN);
        (young && (keys.has(kid) || looked)).then_some(keys)
    }

    /// Notes that the set is read because of a key that is not in it.
    pub(crate) fn look_again(&mut self, now: Timestamp) {
        if self.keys.is_some() {
            self.looked_again_at = Some(now);
        }
    }

    /// The key set of now.
    pub(crate) fn put_keys(&mut self, keys: Keys, now: Timestamp) {
        self.keys = Some((now, keys));
    }
}

fn with<T>(act: impl FnOnce(&mut HashMap<String, Shelf>) -> T) -> T {
    static SHELVES: Mutex<Option<HashMap<String, Shelf>>> = Mutex::new(None);
    let mut shelves = SHELVES.lock().unwrap_or_else(PoisonError::into_inner);
    act(shelves.get_or_insert_default())
}
