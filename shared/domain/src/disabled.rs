//! An account that we shut, and what of ours shut it.

use crate::{ExecutionId, StepId, TicketId, UserId};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use std::fmt;

/// How long after the intent an account may still be seen open: a call that is taken up again, a directory that is behind.
const SETTLES: SignedDuration = SignedDuration::from_hours(1);

/// What of ours disabled an account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "by", rename_all = "snake_case")]
pub enum Disabler {
    /// A step of a run, the first run that did it: the step's undo opens the account again.
    Step {
        /// The run.
        execution_id: ExecutionId,
        /// The step.
        step: StepId,
    },
    /// A call on a ticket.
    Call {
        /// The ticket.
        ticket_id: TicketId,
    },
}

impl fmt::Display for Disabler {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Step { execution_id, step } => write!(f, "the step {step} of {execution_id}"),
            Self::Call { ticket_id } => write!(f, "a call on the ticket {ticket_id}"),
        }
    }
}

/// An account that we were asked to shut. It is kept from the intent on until it is released, so that an account whose
/// disabling nobody saw is kept shut as well.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DisabledAccount {
    /// Whose it is, by the directory's own id.
    pub user_id: UserId,
    /// What disabled it.
    pub disabler: Disabler,
    /// When that was intended.
    pub at: Timestamp,
    /// When it was no longer ours to keep shut: its undo opened it, or nothing had shut it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub released_at: Option<Timestamp>,
    /// Counts writes; each is conditional on the one it saw.
    pub rev: u64,
}

impl DisabledAccount {
    /// An account about to be shut, or found shut when it was to be.
    #[must_use]
    pub fn new(user_id: UserId, disabler: Disabler, at: Timestamp) -> Self {
        Self {
            user_id,
            disabler,
            at,
            released_at: None,
            rev: 0,
        }
    }

    /// Whether it is ours to keep shut.
    #[must_use]
    pub fn is_kept(&self) -> bool {
        self.released_at.is_none()
    }

    /// This account, no longer ours to keep shut.
    #[must_use]
    pub fn released(&self, now: Timestamp) -> Self {
        Self {
            released_at: Some(now),
            ..self.clone()
        }
    }

    /// Whether somebody else has opened the account, when the directory shows it open at `now`.
    #[must_use]
    pub fn is_over(&self, now: Timestamp) -> bool {
        now.duration_since(self.at) >= SETTLES
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_open_account_is_somebody_elses_doing_only_when_ours_has_settled() {
        let step = Disabler::Step {
            execution_id: ExecutionId::parse("x-1").unwrap(),
            step: StepId::parse("disable_account").unwrap(),
        };
        assert_eq!(step.to_string(), "the step disable_account of x-1");
        let user = UserId::parse("abc-123").unwrap();
        let shut = DisabledAccount::new(user, step, Timestamp::UNIX_EPOCH);
        let after =
            |minutes| shut.is_over(Timestamp::UNIX_EPOCH + SignedDuration::from_mins(minutes));
        assert_eq!((after(0), after(59), after(60)), (false, false, true));
        assert!(shut.is_kept() && !shut.released(Timestamp::UNIX_EPOCH).is_kept());
    }
}
