//! Asking one vendor.

use crate::ask::Effect;
use crate::attempt::{Seen, attempt};
use crate::wait::{LONGEST_WAIT, back_off, retry_after};
use crate::{Answer, Ask, Client, Deadline, Grant, Hosts};
use jiff::Timestamp;
use ports::CallError;
use reqwest::StatusCode;
use reqwest::header::RETRY_AFTER;
use std::time::Duration;

const TRIES: u32 = 3;

/// A client for one vendor.
#[derive(Clone)]
pub struct Vendor {
    client: Client,
    pub(crate) name: &'static str,
    hosts: Hosts,
    pub(crate) patience: Option<Duration>,
}

impl Vendor {
    pub(crate) fn new(client: Client, name: &'static str, hosts: Hosts) -> Self {
        Self {
            client,
            name,
            hosts,
            patience: None,
        }
    }

    /// Waits `patience` after a 429 that names no time.
    #[must_use]
    pub fn patient(mut self, patience: Duration) -> Self {
        self.patience = Some(patience);
        self
    }

    /// Whether `url` may be asked.
    ///
    /// # Errors
    /// `Misconfigured` when not.
    pub fn allows(&self, url: &str) -> Result<(), CallError> {
        match self.hosts.check(url) {
            Ok(_) => Ok(()),
            Err(why) => Err(self.misconfigured(why)),
        }
    }

    /// Now.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.client.now()
    }

    /// When a read that begins now has to be over.
    #[must_use]
    pub fn reading(&self) -> Deadline {
        Deadline::after(self.client.limits().read)
    }

    /// When a write that begins now has to be over.
    #[must_use]
    pub fn writing(&self) -> Deadline {
        Deadline::after(self.client.limits().write)
    }

    /// Asks with a token.
    ///
    /// # Errors
    /// As [`Vendor::call`]; `Misconfigured` when no token is given.
    pub async fn call_with(
        &self,
        grant: &Grant,
        ask: &Ask,
        by: Deadline,
    ) -> Result<Answer, CallError> {
        let tokens = self.client.tokens();
        let token = tokens.token(self, grant, by).await?;
        let answer = self.call(&ask.bearer(&token.secret), by).await?;
        if answer.status != StatusCode::UNAUTHORIZED {
            return Ok(answer);
        }
        tokens.forget(grant, token.number).await;
        let token = tokens.token(self, grant, by).await?;
        self.call(&ask.bearer(&token.secret), by).await
    }

    /// Asks. What is safe to repeat is tried up to three times; a side effect only while it was certainly not received.
    /// The answer is 2xx or a 4xx that the vendor's own words explain.
    ///
    /// # Errors
    /// `Unknown` when a side effect may have happened, `Unavailable` when nothing did and a later try may do better,
    /// `Misconfigured` when the URL may not be asked or answers with a redirect.
    pub async fn call(&self, ask: &Ask, by: Deadline) -> Result<Answer, CallError> {
        if let Some(flaw) = ask.flaw {
            return Err(self.misconfigured(flaw));
        }
        let url = self
            .hosts
            .check(&ask.url)
            .map_err(|why| self.misconfigured(why))?;
        let by = match ask.effect {
            Effect::None => by.earlier(self.reading()),
            Effect::Same | Effect::Twice => by.earlier(self.writing()),
        };
        let Some(http) = self.client.connections(ask.effect == Effect::Twice) else {
            return Err(
                self.misconfigured("no TLS here: give this machine certificate authorities")
            );
        };
        let mut tries = 0;
        loop {
            tries += 1;
            let (message, asked_to_wait) = match attempt(http, self.name, ask, &url, by).await {
                Seen::Answer(answer) => match self.verdict(ask, answer)? {
                    Verdict::Final(answer) => return Ok(answer),
                    Verdict::Again(message, wait) => (message, wait),
                },
                Seen::Lost(what) if ask.effect == Effect::Twice => {
                    return Err(self.unknown(what));
                }
                Seen::Lost(what) | Seen::NotSent(what) => (what.to_owned(), None),
            };
            let wait = asked_to_wait.unwrap_or_else(|| back_off(tries));
            if tries == TRIES || wait > LONGEST_WAIT || wait >= by.left() {
                return Err(CallError::Unavailable {
                    vendor: self.name,
                    message,
                    retry_after: asked_to_wait,
                });
            }
            tokio::time::sleep(wait).await;
        }
    }

    fn verdict(&self, ask: &Ask, answer: Answer) -> Result<Verdict, CallError> {
        let status = answer.status;
        let message = format!("HTTP {}", status.as_u16());
        let turned_away =
            status == StatusCode::TOO_MANY_REQUESTS || status == StatusCode::TOO_EARLY;
        let failed = status.is_server_error() || status == StatusCode::REQUEST_TIMEOUT;
        if status.is_redirection() || status.is_informational() {
            return Err(self.misconfigured(format!(
                "{message} instead of an answer: the configured base URL is not the API's"
            )));
        }
        if failed && ask.effect == Effect::Twice {
            return Err(self.unknown(message));
        }
        if turned_away || failed {
            let named = answer
                .headers
                .get(RETRY_AFTER)
                .and_then(|value| retry_after(value.to_str().ok()?, self.now()));
            let patience = self.patience.filter(|_| turned_away);
            return Ok(Verdict::Again(message, named.or(patience)));
        }
        Ok(Verdict::Final(answer))
    }
}

enum Verdict {
    Final(Answer),
    Again(String, Option<Duration>),
}
