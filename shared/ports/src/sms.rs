//! Text messages.

use crate::CallError;
use async_trait::async_trait;
use domain::PhoneNumber;
use jiff::Timestamp;
use secrecy::SecretString;

/// The carrier's id of a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CarrierId(pub String);

/// Sends text messages. Implemented by `vendors/twilio`.
#[async_trait]
pub trait SendSms: Send + Sync {
    /// Hands `text` to the carrier and returns the carrier's id of the message. Accepted is not delivered.
    ///
    /// # Errors
    /// `Refused` for a number the carrier will never take; `Unavailable` when a later try may succeed; `Unknown` when
    /// the answer was lost and the message may have left.
    async fn send(&self, to: &PhoneNumber, text: &SecretString) -> Result<CarrierId, CallError>;

    /// The newest message to `to` with exactly this text that left at or after `since`, if there is one: what to ask
    /// after an `Unknown`, before any second try.
    ///
    /// # Errors
    /// As [`CallError`] says; a read is never `Unknown`.
    async fn find(
        &self,
        to: &PhoneNumber,
        text: &SecretString,
        since: Timestamp,
    ) -> Result<Option<CarrierId>, CallError>;
}
