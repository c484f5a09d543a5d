//! Proving that a person is who they are: the prompt on their device, and the receipt it leaves.

use crate::{ExecutionId, Refusal, RequestId, StepId, TicketId, UserId};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

/// How long an approval may be spent.
pub const VERIFICATION_MAX_AGE: SignedDuration = SignedDuration::from_mins(15);

/// What a person, or the silence of one, said.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Answer {
    /// "It is me."
    Approved,
    /// "It is not me", or "no".
    Denied,
    /// Nothing, until the prompt lapsed.
    Expired,
    /// The prompt could not be put: not enrolled, blocked, or it asks for a code we cannot take yet.
    Failed,
}

/// What an approval was spent on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Spending {
    /// The one action it allowed: `reset_password:<user>`.
    pub action: String,
    /// Whose spending it is: an id of one try, by which a writer whose answer was lost knows its own.
    #[serde(default)]
    pub claim: String,
    /// When.
    pub at: Timestamp,
}

/// Where a prompt stands: `Pending → {Approved, Denied, Expired, Failed, Cancelled}`; all but the first are final, and an
/// approval can be spent once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "status", rename_all = "snake_case")]
pub enum MfaState {
    /// Sent or about to be, unanswered. Void from `expires_at` on.
    Pending,
    /// The person confirmed.
    Approved {
        /// When.
        at: Timestamp,
        /// What it was spent on.
        #[serde(skip_serializing_if = "Option::is_none", default)]
        spent: Option<Spending>,
    },
    /// The person refused.
    Denied {
        /// When.
        at: Timestamp,
        /// What the provider said.
        reason: String,
    },
    /// Nobody answered.
    Expired {
        /// When.
        at: Timestamp,
    },
    /// The prompt could not be put.
    Failed {
        /// When.
        at: Timestamp,
        /// What the provider said.
        reason: String,
    },
    /// It is not needed any more: the run that asked was cancelled or is tried again.
    Cancelled {
        /// When.
        at: Timestamp,
    },
}

impl MfaState {
    /// The word in our API.
    #[must_use]
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Approved { .. } => "approved",
            Self::Denied { .. } => "denied",
            Self::Expired { .. } => "expired",
            Self::Failed { .. } => "failed",
            Self::Cancelled { .. } => "cancelled",
        }
    }

    /// When it was decided.
    #[must_use]
    pub fn decided_at(&self) -> Option<Timestamp> {
        match self {
            Self::Pending => None,
            Self::Approved { at, .. }
            | Self::Denied { at, .. }
            | Self::Expired { at }
            | Self::Failed { at, .. }
            | Self::Cancelled { at } => Some(*at),
        }
    }
}

/// A prompt on a person's own device.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MfaPrompt {
    /// Its id.
    pub id: RequestId,
    /// The ticket it is for.
    pub ticket_id: TicketId,
    /// Who is asked.
    pub user_id: UserId,
    /// Where it stands.
    pub state: MfaState,
    /// When it was asked.
    pub requested_at: Timestamp,
    /// When silence becomes an answer.
    pub expires_at: Timestamp,
    /// The run and step that wait for it, if any.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub waiting: Option<(ExecutionId, StepId)>,
    /// The step's task token, encrypted: whoever holds it can answer for the person. It stays after the answer, so that
    /// an answer that did not reach Step Functions can be given again.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub sealed_token: Option<String>,
    /// The provider's handle of the prompt, once it is on the device.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub handle: Option<String>,
    /// Counts writes; each is conditional on the one it saw.
    pub rev: u64,
}

impl MfaPrompt {
    /// This prompt, answered. An approval after `expires_at` is silence: the prompt was void.
    ///
    /// # Errors
    /// When it was answered before: the first answer stands.
    pub fn answer(&self, answer: Answer, reason: &str, now: Timestamp) -> Result<Self, Refusal> {
        if self.state != MfaState::Pending {
            return Err(Refusal {
                asked: "answer",
                current: self.state.as_str(),
                allowed: &["pending"],
            });
        }
        let late = now >= self.expires_at;
        let state = match answer {
            Answer::Approved if late => MfaState::Expired { at: now },
            Answer::Approved => MfaState::Approved {
                at: now,
                spent: None,
            },
            Answer::Denied => MfaState::Denied {
                at: now,
                reason: reason.to_owned(),
            },
            Answer::Expired => MfaState::Expired { at: now },
            Answer::Failed => MfaState::Failed {
                at: now,
                reason: reason.to_owned(),
            },
        };
        Ok(Self {
            state,
            ..self.clone()
        })
    }

    /// This prompt, not needed any more.
    ///
    /// # Errors
    /// When it was answered before: the first answer stands.
    pub fn cancel(&self, now: Timestamp) -> Result<Self, Refusal> {
        if self.state != MfaState::Pending {
            return Err(Refusal {
                asked: "cancel",
                current: self.state.as_str(),
                allowed: &["pending"],
            });
        }
        Ok(Self {
            state: MfaState::Cancelled { at: now },
            ..self.clone()
        })
    }

    /// Whether this is an approval by `user` that can still be spent at `now`.
    #[must_use]
    pub fn spendable(&self, user: &UserId, now: Timestamp) -> bool {
        match &self.state {
            MfaState::Approved { at, spent: None } => {
                self.user_id == *user && now.duration_since(*at) <= VERIFICATION_MAX_AGE
            }
            _ => false,
        }
    }

    /// This approval, spent on one action.
    ///
    /// # Errors
    /// When it is not an approval, or was spent before.
    pub fn spend(&self, action: String, claim: String, now: Timestamp) -> Result<Self, Refusal> {
        match &self.state {
            MfaState::Approved { at, spent: None } => Ok(Self {
                state: MfaState::Approved {
                    at: *at,
                    spent: Some(Spending {
                        action,
                        claim,
                        at: now,
                    }),
                },
                ..self.clone()
            }),
            MfaState::Approved { .. } => Err(Refusal {
                asked: "spend",
                current: "spent",
                allowed: &["approved, unspent"],
            }),
            other => Err(Refusal {
                asked: "spend",
                current: other.as_str(),
                allowed: &["approved, unspent"],
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(minutes: i64) -> Timestamp {
        Timestamp::UNIX_EPOCH + SignedDuration::from_mins(minutes)
    }

    fn prompt() -> MfaPrompt {
        MfaPrompt {
            id: RequestId::parse("mfa_1").unwrap(),
            ticket_id: TicketId::from_bits(1),
            user_id: UserId::parse("abc-123").unwrap(),
            state: MfaState::Pending,
            requested_at: at(0),
            expires_at: at(5),
            waiting: None,
            sealed_token: Some("sealed".into()),
            handle: None,
            rev: 1,
        }
    }

    #[test]
    fn a_late_approval_is_silence() {
        assert_eq!(
            prompt()
                .answer(Answer::Approved, "", at(5))
                .unwrap()
                .state
                .as_str(),
            "expired"
        );
    }

    #[test]
    fn an_answered_prompt_keeps_its_token_so_that_its_step_can_be_told_again() {
        let denied = prompt()
            .answer(Answer::Denied, "PhoneAppDenied", at(1))
            .unwrap();
        assert_eq!(denied.sealed_token.as_deref(), Some("sealed"));
    }

    #[test]
    fn the_first_answer_stands() {
        let denied = prompt()
            .answer(Answer::Denied, "PhoneAppDenied", at(1))
            .unwrap();
        assert_eq!(
            denied
                .answer(Answer::Approved, "", at(1))
                .unwrap_err()
                .current,
            "denied"
        );
    }

    #[test]
    fn a_cancelled_prompt_takes_no_answer_and_an_answered_one_is_not_cancelled() {
        let cancelled = prompt().cancel(at(1)).unwrap();
        let late = cancelled.answer(Answer::Approved, "", at(2)).unwrap_err();
        assert_eq!(late.current, "cancelled");
        let approved = prompt().answer(Answer::Approved, "", at(1)).unwrap();
        assert_eq!(approved.cancel(at(2)).unwrap_err().current, "approved");
    }

    #[test]
    fn an_approval_is_spent_once_by_its_own_user_while_it_is_fresh() {
        let john = UserId::parse("abc-123").unwrap();
        let jane = UserId::parse("def-456").unwrap();
        let approved = prompt().answer(Answer::Approved, "", at(1)).unwrap();
        assert!(approved.spendable(&john, at(16)));
        assert!(!approved.spendable(&john, at(17)));
        assert!(!approved.spendable(&jane, at(2)));
        let spent = approved
            .spend("reset_password:abc-123".into(), "c-1".into(), at(2))
            .unwrap();
        assert!(!spent.spendable(&john, at(2)));
        assert_eq!(
            spent
                .spend("again".into(), "c-1".into(), at(2))
                .unwrap_err()
                .current,
            "spent"
        );
    }
}
