//! Bearer tokens: opaque, for one audience, with an end.

use std::collections::HashMap;

use axum::http::{HeaderMap, header};
use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

/// Whose API a token opens.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Audience {
    Halo,
    Graph,
    Mfa,
    Ninjaone,
    Datto,
}

#[derive(Default)]
pub(crate) struct Tokens(HashMap<String, (Audience, Timestamp)>);

impl Tokens {
    pub(crate) fn issue(&mut self, audience: Audience, now: Timestamp, seconds: u32) -> String {
        self.0.retain(|_, (_, ends)| *ends > now);
        let token = format!("{}{}", Uuid::new_v4().simple(), Uuid::new_v4().simple());
        let ends = now
            .checked_add(SignedDuration::from_secs(i64::from(seconds)))
            .unwrap_or(Timestamp::MAX);
        self.0.insert(token.clone(), (audience, ends));
        token
    }

    /// Whether `headers` carry a token for `audience` that has not ended.
    pub(crate) fn open(&self, headers: &HeaderMap, audience: Audience, now: Timestamp) -> bool {
        let token = headers
            .get(header::AUTHORIZATION)
            .and_then(|value| value.to_str().ok())
            .and_then(|value| value.strip_prefix("Bearer "));
        token
            .and_then(|token| self.0.get(token))
            .is_some_and(|(whose, ends)| *whose == audience && *ends > now)
    }
}
