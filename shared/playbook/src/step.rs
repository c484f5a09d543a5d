//! A step: a line of a playbook.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Serialize, Serializer};

use crate::capability::Capability;
use crate::duration::Wait;
use crate::names::StepId;

/// One step of a playbook. Made by [`crate::parse`], so that what it says is valid.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Step {
    /// Its name, also its state's.
    pub id: StepId,
    /// What it asks for.
    pub service: Capability,
    /// What it asks with: [`Capability::inputs`] names the keys.
    pub with: BTreeMap<String, Input>,
    /// A CEL expression; when it says false, the step is skipped.
    pub when: Option<String>,
    /// Seconds until the step counts as failed: 30 to 600, or what `wait_up_to` or the fallback's `after` says.
    pub timeout_seconds: u32,
    /// How long it waits for a person, where the playbook says that and not `timeout`.
    pub wait_up_to: Option<Wait>,
    /// Whether to try again after `Retryable`.
    pub retry: Option<Retry>,
    /// Where to go when the step fails.
    pub on_failure: OnFailure,
    /// What becomes of its deed when the run fails later, or is stopped.
    pub compensate: Option<Compensate>,
    /// Whom to ask instead after silence. Its `on_failure` is this step's.
    pub fallback: Option<Box<Step>>,
    /// The group it runs in, beside the others of the group.
    pub group: Option<StepId>,
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

/// What becomes of a step's deed when the run fails later, or is stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Compensate {
    /// It is taken back.
    Undo,
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

/// A step as it is written. A fallback has `after` and lacks `on_failure`.
#[derive(Serialize)]
struct Written<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    after: Option<u32>,
    id: &'a StepId,
    service: Capability,
    with: &'a BTreeMap<String, Input>,
    #[serde(skip_serializing_if = "Option::is_none")]
    when: &'a Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    timeout: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    wait_up_to: Option<Wait>,
    #[serde(skip_serializing_if = "Option::is_none")]
    retry: Option<Retry>,
    #[serde(skip_serializing_if = "Option::is_none")]
    on_failure: Option<&'a OnFailure>,
    #[serde(skip_serializing_if = "Option::is_none")]
    compensate: Option<Compensate>,
    #[serde(skip_serializing_if = "Option::is_none")]
    fallback: Option<Box<Written<'a>>>,
}

impl<'a> Written<'a> {
    fn of(step: &'a Step) -> Self {
        Self {
            after: None,
            id: &step.id,
            service: step.service,
            with: &step.with,
            when: &step.when,
            timeout: step.timeout(),
            wait_up_to: step.wait_up_to,
            retry: step.retry,
            on_failure: Some(&step.on_failure),
            compensate: step.compensate,
            fallback: step.fallback.as_deref().map(|fallback| {
                Box::new(Self {
                    after: Some(step.timeout_seconds),
                    on_failure: None,
                    ..Self::of(fallback)
                })
            }),
        }
    }
}

impl Step {
    /// This step, then its fallback.
    pub(crate) fn with_fallback(&self) -> impl Iterator<Item = &Self> {
        std::iter::once(self).chain(self.fallback.as_deref())
    }

    /// What the playbook says as `timeout`; none where `wait_up_to` or `fallback.after` says it.
    pub(crate) fn timeout(&self) -> Option<u32> {
        let elsewhere = self.wait_up_to.is_some() || self.fallback.is_some();
        (!elsewhere).then_some(self.timeout_seconds)
    }
}

impl Serialize for Step {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Written::of(self).serialize(serializer)
    }
}
