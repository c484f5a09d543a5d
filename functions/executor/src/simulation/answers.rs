//! What people and services are supposed to say to a step of a simulation.

use domain::StepState;
use playbook::Capability;
use playbook::error_name::{
    CANCELLED, DENIED, FAILED, RETRYABLE, STATE_TIMEOUT, TIMED_OUT, UNKNOWN,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// How a step is supposed to come out, where the directory does not say otherwise.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum SimulatedAnswer {
    /// The person confirms, or the manager consents.
    Approve,
    /// The service does it.
    Succeed,
    /// The person or the manager says no.
    Deny,
    /// Nobody answers before the step's time is up.
    Silence,
    /// The service cannot do it.
    Fail,
    /// The service's answer is lost.
    Unknown,
    /// The service does nothing, however often it is asked.
    Busy,
    /// Somebody cancels the run while the step waits.
    Cancel,
}

impl SimulatedAnswer {
    /// Those that a run does not go straight on from, the plainest first.
    pub(crate) const FAILING: [Self; 6] = [
        Self::Fail,
        Self::Deny,
        Self::Silence,
        Self::Unknown,
        Self::Cancel,
        Self::Busy,
    ];

    /// Whether such a step can come out so.
    pub(crate) fn fits(self, service: Capability) -> bool {
        match self {
            Self::Approve | Self::Deny => service.is_verification(),
            Self::Succeed => !service.is_verification(),
            Self::Silence | Self::Fail | Self::Unknown | Self::Busy | Self::Cancel => true,
        }
    }

    /// The error that tells the machine; none where it goes on.
    pub(crate) fn error(self, service: Capability) -> Option<&'static str> {
        match self {
            Self::Approve | Self::Succeed => None,
            Self::Deny => Some(DENIED),
            Self::Silence if service.is_verification() => Some(TIMED_OUT),
            Self::Silence => Some(STATE_TIMEOUT),
            Self::Fail => Some(FAILED),
            Self::Unknown => Some(UNKNOWN),
            Self::Busy => Some(RETRYABLE),
            Self::Cancel => Some(CANCELLED),
        }
    }

    /// How the step then stands in the ledger.
    pub(crate) fn state(self, service: Capability) -> StepState {
        match self {
            Self::Approve | Self::Succeed => StepState::Succeeded,
            Self::Deny => StepState::Denied,
            Self::Silence if service.outlives_its_state() => StepState::Queued,
            Self::Silence => StepState::TimedOut,
            Self::Fail | Self::Busy => StepState::Failed,
            Self::Unknown => StepState::Unknown,
            Self::Cancel => StepState::Cancelled,
        }
    }

    /// Why the machine went where it went.
    pub(crate) fn why(self) -> &'static str {
        match self {
            Self::Approve => "they said yes",
            Self::Succeed => "it was done",
            Self::Deny => "they said no",
            Self::Silence => "nobody answered in time",
            Self::Fail => "it could not be done",
            Self::Unknown => "its answer was lost",
            Self::Busy => "nothing was done, however often it was asked",
            Self::Cancel => "the run was cancelled",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn silence_at_a_verification_is_told_by_whoever_waits_and_elsewhere_by_the_machine() {
        let silence = SimulatedAnswer::Silence;
        assert_eq!(silence.error(Capability::RequestMfa), Some("TimedOut"));
        assert_eq!(
            silence.error(Capability::GrantAccess),
            Some("States.Timeout")
        );
        assert_eq!(silence.state(Capability::SendSms), StepState::Queued);
        assert_eq!(
            silence.state(Capability::RequestApproval),
            StepState::TimedOut
        );
    }

    #[test]
    fn only_a_verification_is_denied() {
        assert!(SimulatedAnswer::Deny.fits(Capability::RequestMfa));
        assert!(!SimulatedAnswer::Deny.fits(Capability::ResetPassword));
        assert!(!SimulatedAnswer::Succeed.fits(Capability::RequestMfa));
    }
}
