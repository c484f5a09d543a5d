//! A step: a line of a playbook.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Serialize, Serializer};

use crate::capability::Capability;
use crate::names::StepId;

/// One step of a playbook. Made by [`crate::parse`], so that what it says is valid.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Step {
    /// Its name, also its state's.
    pub id: StepId,
    /// What it asks for.
    pub service: Capability,
    /// What it asks with: [`Capability::inputs`] names the keys.
    pub with: BTreeMap<String, Input>,
    /// A CEL expression; when it says false, the step is skipped.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub when: Option<String>,
    /// Seconds until the step counts as failed, 30 to 600.
    #[serde(rename = "timeout")]
    pub timeout_seconds: u32,
    /// Whether to try again after `Retryable`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retry: Option<Retry>,
    /// Where to go when the step fails.
    pub on_failure: OnFailure,
}

/// One value of a step's `with`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum Input {
    /// A text that may hold `{{ … }}`.
    Text(String),
    /// A whole number.
    Integer(i64),
}

/// How often to try a step that said `Retryable`: nothing happened, try again.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Retry {
    /// Tries in all, the first included: 1 to 5.
    pub max_attempts: u32,
    /// Seconds before the second try: 1 to 60.
    pub backoff_seconds: u32,
    /// Each wait is this many times the one before: 1.0 to 4.0.
    pub backoff_rate: f64,
}

/// Where a failed step leads.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum OnFailure {
    /// A person takes over.
    #[default]
    Escalate,
    /// The next step, as if it had succeeded.
    Continue,
    /// This later step.
    Goto(StepId),
}

impl fmt::Display for OnFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Escalate => f.write_str("escalate"),
            Self::Continue => f.write_str("continue"),
            Self::Goto(step) => write!(f, "goto {step}"),
        }
    }
}

impl Serialize for OnFailure {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}
