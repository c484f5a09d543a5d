//! A secret made for its owner. It is sealed when it is made and gone when it is handed over or lapses.

use crate::{CredentialRef, Refusal, TicketId, UserId};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// Where a credential stands: `Sealed → Destroyed`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum CredentialState {
    /// Encrypted, openable by delivery until it lapses.
    Sealed {
        /// KMS ciphertext, base64, bound to tenant and reference.
        ciphertext: String,
    },
    /// Handed over or lapsed; the ciphertext was overwritten.
    Destroyed {
        /// When.
        at: Timestamp,
    },
}

/// A credential's row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Credential {
    /// Its handle.
    pub id: CredentialRef,
    /// The ticket it was made for.
    pub ticket_id: TicketId,
    /// Its owner.
    pub user_id: UserId,
    /// Where it stands.
    #[serde(flatten)]
    pub state: CredentialState,
    /// When it stops working.
    pub expires_at: Timestamp,
}

impl Credential {
    /// The ciphertext, while it may be opened.
    ///
    /// # Errors
    /// When it was destroyed or has lapsed.
    pub fn open(&self, now: Timestamp) -> Result<&str, Refusal> {
        match &self.state {
            CredentialState::Sealed { ciphertext } if now < self.expires_at => Ok(ciphertext),
            CredentialState::Sealed { .. } => Err(Refusal {
                asked: "open",
                current: "expired",
                allowed: &["sealed"],
            }),
            CredentialState::Destroyed { .. } => Err(Refusal {
                asked: "open",
                current: "destroyed",
                allowed: &["sealed"],
            }),
        }
    }

    /// This credential without its ciphertext.
    #[must_use]
    pub fn destroyed(&self, now: Timestamp) -> Self {
        Self {
            state: CredentialState::Destroyed { at: now },
            ..self.clone()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::SignedDuration;

    #[test]
    fn a_lapsed_or_destroyed_credential_stays_shut() {
        let now = Timestamp::UNIX_EPOCH;
        let sealed = Credential {
            id: CredentialRef::parse("cred_1").unwrap(),
            ticket_id: TicketId::from_bits(1),
            user_id: UserId::parse("abc-123").unwrap(),
            state: CredentialState::Sealed {
                ciphertext: "c2VhbGVk".into(),
            },
            expires_at: now + SignedDuration::from_mins(60),
        };
        assert_eq!(sealed.open(now), Ok("c2VhbGVk"));
        assert_eq!(
            sealed.open(sealed.expires_at).unwrap_err().current,
            "expired"
        );
        assert_eq!(
            sealed.destroyed(now).open(now).unwrap_err().current,
            "destroyed"
        );
    }
}
