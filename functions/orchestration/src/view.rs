//! A run as callers see it.

use domain::{Execution, StepRun, Undo};
use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

/// A run as callers see it.
#[derive(Debug, Serialize, ToSchema)]
pub struct ExecutionView {
    /// The ticket's name as it was asked for, else its id.
    ticket_id: String,
    /// `pending`, `running`, `completed`, `failed`, `denied`, `timed_out`, `cancelled` or `escalated`.
    status: &'static str,
    /// The step it is at; null when it is over.
    current_step: Option<String>,
    /// Steps behind it.
    steps_completed: usize,
    /// Steps in all.
    steps_total: usize,
    /// When it was recorded.
    #[schema(value_type = String)]
    started_at: Timestamp,
    /// Its id.
    execution_id: String,
    /// The playbook.
    playbook_id: String,
    /// The version, pinned at the start.
    version: String,
    /// Whom the current step waits for: `user`, `manager` or `vendor`; null while it waits for nobody.
    waiting_on: Option<&'static str>,
    /// Which try this is: 1, and one more for each retry.
    attempt: u32,
    /// The run that this one tries again.
    retry_of: Option<String>,
    /// Whether it was asked to stop: what is under way ends, nothing else begins, then it is `cancelled`.
    cancelling: bool,
    /// When it ended.
    #[schema(value_type = Option<String>)]
    ended_at: Option<Timestamp>,
    /// Why it ended, when not completed.
    reason: Option<String>,
    /// The steps that were taken back, or were to be; absent where none was.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    undone: Vec<UndoneStep>,
}

/// A step that was taken back, or was to be.
#[derive(Debug, PartialEq, Serialize, ToSchema)]
pub struct UndoneStep {
    /// The step.
    #[schema(example = "grant_access")]
    step: String,
    /// `begun`, `done`, `not_needed`, `failed` or `unknown`.
    #[schema(example = "done")]
    state: &'static str,
    /// Why it was not taken back.
    reason: Option<String>,
}

impl UndoneStep {
    fn new(step: &StepRun, undo: &Undo) -> Self {
        Self {
            step: step.id.to_string(),
            state: undo.state.as_str(),
            reason: undo.reason.clone(),
        }
    }
}

impl ExecutionView {
    /// The view of a run, its ticket called `name`, whose current step waits for `waiting_on`.
    pub(crate) fn new(run: Execution, name: String, waiting_on: Option<&'static str>) -> Self {
        let over = run.status.is_final();
        let current = if over { None } else { run.current() };
        let undone = run.steps.iter().filter_map(|step| {
            let undo = step.undo.as_ref()?;
            Some(UndoneStep::new(step, undo))
        });
        let undone = undone.collect();
        Self {
            ticket_id: name,
            status: run.status.as_str(),
            current_step: current.map(|step| step.id.to_string()),
            waiting_on,
            steps_completed: run.steps_completed(),
            steps_total: run.steps_total(),
            started_at: run.started_at,
            execution_id: run.id.to_string(),
            playbook_id: run.playbook.to_string(),
            version: run.version,
            attempt: run.generation,
            retry_of: run.retry_of.map(|id| id.to_string()),
            cancelling: run.cancelling.is_some() && !over,
            ended_at: run.ended_at,
            reason: run.reason,
            undone,
        }
    }
}
