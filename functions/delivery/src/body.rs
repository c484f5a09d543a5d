//! What callers are told of a delivery.

use crate::ledger::sent_at;
use domain::{CredentialRef, Delivery, DeliveryId, DeliveryStatus, Medium};
use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

/// A delivery that was asked for.
#[derive(Debug, Serialize, ToSchema)]
pub struct Handed {
    /// `sent` or `queued`.
    #[schema(value_type = String, example = "sent")]
    status: DeliveryStatus,
    /// The delivery's id.
    #[schema(value_type = String, example = "dlv-789xyz")]
    delivery_id: DeliveryId,
    /// When the carrier took it; null while queued.
    #[schema(value_type = Option<String>, format = DateTime)]
    sent_at: Option<Timestamp>,
    /// What carries it.
    #[schema(value_type = String, example = "sms")]
    medium: Medium,
    /// The handle of what is delivered.
    #[schema(value_type = String)]
    credential_ref: CredentialRef,
    /// When the next try is due; null when none is.
    #[schema(value_type = Option<String>, format = DateTime)]
    next_retry_at: Option<Timestamp>,
}

impl From<&Delivery> for Handed {
    fn from(delivery: &Delivery) -> Self {
        Self {
            status: delivery.status,
            delivery_id: delivery.id.clone(),
            sent_at: sent_at(delivery),
            medium: delivery.medium,
            credential_ref: delivery.credential_ref.clone(),
            next_retry_at: delivery.next_retry_at,
        }
    }
}

/// A delivery's state.
#[derive(Debug, Serialize, ToSchema)]
pub struct DeliveryState {
    /// The delivery's id.
    #[schema(value_type = String)]
    delivery_id: DeliveryId,
    /// The ticket it belongs to.
    #[schema(example = "HLP-12345")]
    ticket_id: String,
    /// `queued`, `sent`, `failed` or `expired`.
    #[schema(value_type = String, example = "sent")]
    status: DeliveryStatus,
    /// What carries it.
    #[schema(value_type = String, example = "sms")]
    medium: Medium,
    /// The tries so far, oldest first.
    attempts: Vec<Attempt>,
    /// When the carrier took it.
    #[schema(value_type = Option<String>, format = DateTime)]
    sent_at: Option<Timestamp>,
    /// When the next try is due.
    #[schema(value_type = Option<String>, format = DateTime)]
    next_retry_at: Option<Timestamp>,
}

/// One try.
#[derive(Debug, Serialize, ToSchema)]
pub struct Attempt {
    /// When it was made.
    #[schema(value_type = String, format = DateTime)]
    at: Timestamp,
    /// `trying`, `sent`, `refused`, `unavailable` or `unknown`.
    outcome: String,
    /// The carrier's id of the message.
    carrier_id: Option<String>,
}

impl DeliveryState {
    /// The state of a delivery of the ticket with this name.
    pub(crate) fn of(delivery: &Delivery, ticket_id: String) -> Self {
        let attempt = |seen: &domain::Attempt| Attempt {
            at: seen.at,
            outcome: seen.outcome.clone(),
            carrier_id: seen.carrier_id.clone(),
        };
        Self {
            delivery_id: delivery.id.clone(),
            ticket_id,
            status: delivery.status,
            medium: delivery.medium,
            attempts: delivery.attempts.iter().map(attempt).collect(),
            sent_at: sent_at(delivery),
            next_retry_at: delivery.next_retry_at,
        }
    }
}
