//! Handing a credential to its owner.

use crate::{CredentialRef, DeliveryId, ExecutionId, Refusal, StepId, TicketId, UserId};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// What carries it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Medium {
    /// A text message.
    Sms,
}

/// Where a delivery stands: `Queued → Sent | Failed | Expired | Unknown`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeliveryStatus {
    /// To be tried, or tried again.
    Queued,
    /// The carrier took it.
    Sent,
    /// The carrier will never take it, or the tries are spent.
    Failed,
    /// The credential lapsed first.
    Expired,
}

impl DeliveryStatus {
    /// The word in our API.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Sent => "sent",
            Self::Failed => "failed",
            Self::Expired => "expired",
        }
    }
}

/// One try.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attempt {
    /// When.
    pub at: Timestamp,
    /// `trying`, `sent`, `refused`, `unavailable` or `unknown`.
    pub outcome: String,
    /// The carrier's id of the message.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub carrier_id: Option<String>,
}

/// A delivery's row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Delivery {
    /// Its id.
    pub id: DeliveryId,
    /// The ticket.
    pub ticket_id: TicketId,
    /// The owner, whose number the directory gives at each try.
    pub user_id: UserId,
    /// What is handed over.
    pub credential_ref: CredentialRef,
    /// What carries it.
    pub medium: Medium,
    /// The text around it; `{credential}` marks the place.
    pub message: String,
    /// Where it stands.
    pub status: DeliveryStatus,
    /// The tries so far, oldest first.
    pub attempts: Vec<Attempt>,
    /// When the next try is due.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub next_retry_at: Option<Timestamp>,
    /// When the credential lapses and with it the delivery.
    pub expires_at: Timestamp,
    /// The run and step it belongs to, if any.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub waiting: Option<(ExecutionId, StepId)>,
    /// The step's task token, encrypted.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub sealed_token: Option<String>,
    /// When it was asked for.
    pub created_at: Timestamp,
    /// Counts writes; each is conditional on the one it saw.
    pub rev: u64,
}

impl Delivery {
    /// This delivery with a try begun: recorded before the carrier is asked.
    ///
    /// # Errors
    /// When it is not queued any more.
    pub fn begin(&self, now: Timestamp) -> Result<Self, Refusal> {
        let mut next = self.queued("try")?;
        next.attempts.push(Attempt {
            at: now,
            outcome: "trying".into(),
            carrier_id: None,
        });
        next.next_retry_at = None;
        Ok(next)
    }

    /// This delivery with its last try ended.
    ///
    /// # Errors
    /// When it is not queued any more.
    pub fn ended(
        &self,
        status: DeliveryStatus,
        outcome: &str,
        carrier_id: Option<String>,
        next_retry_at: Option<Timestamp>,
    ) -> Result<Self, Refusal> {
        let mut next = self.queued("end")?;
        if let Some(last) = next.attempts.last_mut() {
            outcome.clone_into(&mut last.outcome);
            last.carrier_id = carrier_id;
        }
        next.status = status;
        next.next_retry_at = next_retry_at;
        Ok(next)
    }

    /// Whether a try was begun whose end nobody recorded: the message may have left.
    #[must_use]
    pub fn in_doubt(&self) -> bool {
        self.attempts
            .last()
            .is_some_and(|last| last.outcome == "trying" || last.outcome == "unknown")
    }

    fn queued(&self, asked: &'static str) -> Result<Self, Refusal> {
        if self.status == DeliveryStatus::Queued {
            Ok(self.clone())
        } else {
            Err(Refusal {
                asked,
                current: self.status.as_str(),
                allowed: &["queued"],
            })
        }
    }
}
