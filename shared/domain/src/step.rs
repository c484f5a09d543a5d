//! A step's place in one run.

use crate::{ExecutionId, ExecutionStatus, StepId, Undo};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// Where a step stands: `Pending → Running → {Succeeded, Skipped, Queued, Failed, Denied, TimedOut, Unknown, Cancelled}`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StepState {
    /// Not begun.
    Pending,
    /// Begun: its intent stands.
    Running,
    /// Done, with its result.
    Succeeded,
    /// Its `when` was false.
    Skipped,
    /// Handed on; it ends outside this run (a delivery that is still being tried).
    Queued,
    /// It could not be done. Nothing happened outside, or the output says what did.
    Failed,
    /// A person said no.
    Denied,
    /// Nobody answered in time.
    TimedOut,
    /// The answer was lost: it may have happened. Never tried again by itself.
    Unknown,
    /// Stopped by somebody.
    Cancelled,
}

impl StepState {
    /// The word in our API.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Running => "running",
            Self::Succeeded => "succeeded",
            Self::Skipped => "skipped",
            Self::Queued => "queued",
            Self::Failed => "failed",
            Self::Denied => "denied",
            Self::TimedOut => "timed_out",
            Self::Unknown => "unknown",
            Self::Cancelled => "cancelled",
        }
    }

    /// Whether nothing more will happen to the step in this run.
    #[must_use]
    pub fn is_final(self) -> bool {
        !matches!(self, Self::Pending | Self::Running)
    }

    /// Whether the run goes on from here.
    #[must_use]
    pub fn is_done(self) -> bool {
        matches!(self, Self::Succeeded | Self::Skipped | Self::Queued)
    }

    /// How a run ends whose step ended so.
    #[must_use]
    pub fn ends_run(self) -> ExecutionStatus {
        match self {
            Self::Denied => ExecutionStatus::Denied,
            Self::TimedOut => ExecutionStatus::TimedOut,
            Self::Cancelled => ExecutionStatus::Cancelled,
            Self::Succeeded | Self::Skipped | Self::Queued => ExecutionStatus::Completed,
            Self::Failed | Self::Unknown | Self::Pending | Self::Running => {
                ExecutionStatus::Escalated
            }
        }
    }
}

/// A step's place in one run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StepRun {
    /// The step.
    pub id: StepId,
    /// Where it stands.
    pub state: StepState,
    /// When it was begun.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub started_at: Option<Timestamp>,
    /// When it ended.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub ended_at: Option<Timestamp>,
    /// Why it ended as it did, when it did not succeed.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub reason: Option<String>,
    /// Its result: ids and times, never a secret.
    #[serde(skip_serializing_if = "Map::is_empty", default)]
    pub output: Map<String, Value>,
    /// What was decided when it was begun: whom it concerns and what it changes. It stays, however the step ends, so that
    /// its undo takes back just that. Never a secret.
    #[serde(skip_serializing_if = "Map::is_empty", default)]
    pub deed: Map<String, Value>,
    /// The earlier run in which it ended so, when this run took that over from it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub from: Option<ExecutionId>,
    /// The step whose silence leads here; none where it is a step of its own.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub instead_of: Option<StepId>,
    /// Whether it was counted against the caps, in this run or in one that this run tries again.
    #[serde(skip_serializing_if = "std::ops::Not::not", default)]
    pub counted: bool,
    /// What became of taking it back; none where nobody tried.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub undo: Option<Undo>,
}

impl StepRun {
    /// In a deed: it is to be taken back when the run fails later, or is stopped.
    pub const COMPENSATE: &str = "compensate";

    /// A step that has not begun.
    #[must_use]
    pub fn new(id: StepId) -> Self {
        Self {
            id,
            state: StepState::Pending,
            started_at: None,
            ended_at: None,
            reason: None,
            output: Map::new(),
            deed: Map::new(),
            from: None,
            instead_of: None,
            counted: false,
            undo: None,
        }
    }

    /// Whether its deed was to be taken back, stands or may stand, and nobody began to take it back.
    #[must_use]
    pub fn is_left(&self) -> bool {
        let acted = match self.state {
            StepState::Succeeded => self.output.get("changed") != Some(&Value::Bool(false)),
            StepState::Unknown | StepState::Running => true,
            _ => false,
        };
        acted && self.undo.is_none() && self.deed.get(Self::COMPENSATE) == Some(&Value::Bool(true))
    }

    /// Whether it is done, and what it did still stands.
    #[must_use]
    pub fn holds(&self) -> bool {
        self.state.is_done() && self.undo.as_ref().is_none_or(|undo| undo.state.stands())
    }
}
