//! The PSA: where agents work and tickets come from.

use crate::CallError;
use async_trait::async_trait;

/// A ticket as the PSA shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PsaTicket {
    /// The PSA's number.
    pub number: u64,
    /// The subject line.
    pub summary: String,
    /// The text, without markup.
    pub details: String,
    /// The PSA's status.
    pub status_id: i64,
    /// Whether it is closed.
    pub closed: bool,
    /// The field that says a playbook may act.
    pub automated: bool,
    /// The requester's mail address.
    pub requester_email: Option<String>,
    /// Its category, `>` between the levels.
    pub category: Option<String>,
}

/// A note on a ticket that only agents see.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    /// Our marker. A note that is there already is not written again.
    pub marker: String,
    /// Plain text; the vendor crate escapes it into the PSA's markup.
    pub text: String,
}

/// The PSA. Implemented by `vendors/halopsa`.
#[async_trait]
pub trait Psa: Send + Sync {
    /// Reads a ticket back: a webhook's body is a hint, this is the fact.
    ///
    /// # Errors
    /// `NotFound` when there is no such ticket.
    async fn ticket(&self, number: u64) -> Result<PsaTicket, CallError>;

    /// Sets the field `automated`. Safe to repeat.
    ///
    /// # Errors
    /// As [`CallError`] says; a lost answer is `Unavailable`, since setting it again changes nothing.
    async fn set_automated(&self, number: u64, automated: bool) -> Result<(), CallError>;

    /// Writes a private note unless one with its marker is there. `fresh` says that no earlier call can have written it,
    /// which saves the look.
    ///
    /// # Errors
    /// As [`CallError`] says; a lost answer is `Unavailable`, since the marker makes repeating safe.
    async fn note(&self, number: u64, note: &Note, fresh: bool) -> Result<(), CallError>;
}
