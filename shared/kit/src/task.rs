//! The door of Step Functions: what a step is given, and the names of its ends.

use domain::{ExecutionId, PlaybookName, StepId, Tenant, TicketId, Voucher};
use lambda_runtime::Diagnostic;
use secrecy::SecretString;
use serde::{Deserialize, Deserializer};
use serde_json::Value;

/// The longest that a function may run which changes something elsewhere, in seconds: its `Timeout` in the template, as a
/// template test sees to. Who waits for such a call waits longer.
pub const ACTS_FOR_SECONDS: i64 = 45;

/// What a state hands to its step's function: ids only.
#[derive(Debug, Deserialize)]
pub struct TaskInput {
    /// The tenant.
    #[serde(deserialize_with = "tenant")]
    pub tenant: Tenant,
    /// The ticket.
    pub ticket_id: TicketId,
    /// The run.
    pub execution_id: ExecutionId,
    /// Which try of the run.
    pub generation: u32,
    /// The playbook.
    pub playbook: PlaybookName,
    /// The version whose machine this is.
    pub version: String,
    /// The step; none in the states that end a run.
    #[serde(default)]
    pub step: Option<StepId>,
    /// Where to answer, in a state that waits.
    #[serde(default)]
    pub task_token: Option<SecretString>,
    /// What ended the step before, in the state that escalates.
    #[serde(default)]
    pub error: Option<String>,
    /// Whether the step's deed is to be taken back, in a state that undoes.
    #[serde(default)]
    pub undo: bool,
}

#[expect(
    clippy::disallowed_methods,
    reason = "the input of our own machine vouches for its tenant"
)]
fn tenant<'de, D: Deserializer<'de>>(reader: D) -> Result<Tenant, D::Error> {
    let text = String::deserialize(reader)?;
    Tenant::vouched(&text, Voucher::OwnMachine).map_err(serde::de::Error::custom)
}

/// What a step's function answers.
pub type TaskResult = Result<Value, TaskError>;

/// How a step fails. The names are the error names of the compiled state machines; the messages hold no secret.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TaskError {
    /// A person said no.
    #[error("denied: {0}")]
    Denied(String),
    /// Nobody answered in time.
    #[error("timed out: {0}")]
    TimedOut(String),
    /// It may have happened.
    #[error("unknown: {0}")]
    Unknown(String),
    /// It could not be done.
    #[error("failed: {0}")]
    Failed(String),
    /// Somebody stopped it.
    #[error("cancelled: {0}")]
    Cancelled(String),
    /// Nothing happened; the same call may be made again.
    #[error("not now: {0}")]
    Retryable(String),
}

impl TaskError {
    /// The error's name in a state machine.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Denied(_) => "Denied",
            Self::TimedOut(_) => "TimedOut",
            Self::Unknown(_) => "Unknown",
            Self::Failed(_) => "Failed",
            Self::Cancelled(_) => "Cancelled",
            Self::Retryable(_) => "Retryable",
        }
    }
}

impl From<TaskError> for Diagnostic {
    fn from(error: TaskError) -> Self {
        Self {
            error_type: error.name().to_owned(),
            error_message: error.to_string(),
        }
    }
}

impl From<store::StoreError> for TaskError {
    fn from(error: store::StoreError) -> Self {
        tracing::warn!(cause = %crate::problem::chain(&error), "store");
        match error {
            store::StoreError::Corrupt { .. }
            | store::StoreError::TooBig { .. }
            | store::StoreError::Unaudited { .. } => Self::Failed(error.to_string()),
            store::StoreError::Conflict { .. } | store::StoreError::Unavailable { .. } => {
                Self::Retryable(error.to_string())
            }
        }
    }
}

impl From<domain::Refusal> for TaskError {
    fn from(refusal: domain::Refusal) -> Self {
        Self::Failed(refusal.to_string())
    }
}

impl From<crate::SealError> for TaskError {
    fn from(error: crate::SealError) -> Self {
        tracing::warn!(cause = %crate::problem::chain(&error), "seal");
        Self::Retryable(error.to_string())
    }
}

impl From<crate::machines::MachineError> for TaskError {
    fn from(error: crate::machines::MachineError) -> Self {
        tracing::warn!(cause = %crate::problem::chain(&error), "machine");
        Self::Retryable(error.to_string())
    }
}

impl From<crate::queues::SendError> for TaskError {
    fn from(error: crate::queues::SendError) -> Self {
        tracing::warn!(cause = %crate::problem::chain(&error), "queue");
        Self::Retryable(error.to_string())
    }
}

impl From<ports::CallError> for TaskError {
    fn from(error: ports::CallError) -> Self {
        use ports::CallError;
        tracing::warn!(cause = %error, "vendor call failed");
        match error {
            CallError::Unavailable { .. } => Self::Retryable(error.to_string()),
            CallError::Unknown { .. } => Self::Unknown(error.to_string()),
            CallError::Refused { .. }
            | CallError::NotFound { .. }
            | CallError::Misconfigured { .. } => Self::Failed(error.to_string()),
        }
    }
}
