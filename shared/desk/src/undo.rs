//! Taking a step back: opening its undo where it stands, ending it once.

use crate::end_step;
use crate::step::{Told, end_once};
use audit::{Actor, Entry};
use domain::{Execution, ExecutionId, StepId, StepRun, StepState, Tenant, Undo, UndoState};
use jiff::{SignedDuration, Timestamp};
use kit::{ACTS_FOR_SECONDS, App, Problem, TaskError, TaskInput};
use serde_json::{Map, Value};

/// How long a call may act after it has begun its step, with five seconds for clocks that differ.
const CALLS_LAST: SignedDuration = SignedDuration::from_secs(ACTS_FOR_SECONDS + 5);

/// A step whose deed may be taken back. What the deed was stands in the ledger: the playbook and the ticket are not asked
/// again, for they may say something else by now.
pub struct OpenUndo {
    /// The run as it was seen.
    pub run: Execution,
    /// The step.
    pub step: StepRun,
}

/// Where the undo of a step stands when its function is called.
pub enum UndoOpened {
    /// The step did nothing, or is taken back: answer.
    Done,
    /// Not begun. The intent is [`Execution::begin_undo`], written before the side effect.
    Fresh(Box<OpenUndo>),
    /// Begun before, without a result: the earlier try may have acted. Look before acting.
    Begun(Box<OpenUndo>),
}

/// What stands between a step and its undo.
#[derive(Debug, PartialEq)]
enum Stands {
    /// Nothing to take back.
    Clean,
    /// Not begun, and must not begin any more.
    CloseFirst(StepState, &'static str),
    /// A call may be acting now.
    Wait,
    /// To be taken back; whether that was begun before.
    Deed { begun: bool },
    /// The undo ended, and not well.
    Ended(UndoState, String),
}

/// Opens the undo that a state asks for (`"undo": true`). A step that has not begun is closed, so that it never acts
/// after it was passed over; one whose call died is `unknown` from here on.
///
/// # Errors
/// `Retryable` while a call of the step may still act; the error that the undo ended with before.
pub async fn open_undo(app: &App, input: &TaskInput) -> Result<UndoOpened, TaskError> {
    let unnamed = || TaskError::Failed("the state names no step".to_owned());
    let step_id = input.step.clone().ok_or_else(unnamed)?;
    let seen = app
        .store()
        .execution(&input.tenant, &input.execution_id)
        .await?;
    let mut run = seen.ok_or_else(|| TaskError::Failed("there is no such execution".to_owned()))?;
    let mut stands = stands(&run, &step_id, app.clock().now())?;
    if let Stands::CloseFirst(state, reason) = stands {
        run = close(app, input, &step_id, state, reason).await?;
        stands = self::stands(&run, &step_id, app.clock().now())?;
    }
    let begun = match stands {
        Stands::Clean => return Ok(UndoOpened::Done),
        Stands::Wait | Stands::CloseFirst(..) => {
            return Err(TaskError::Retryable(format!(
                "a call of {step_id} may still be acting"
            )));
        }
        Stands::Ended(UndoState::Failed, reason) => return Err(TaskError::Failed(reason)),
        Stands::Ended(_, reason) => return Err(TaskError::Unknown(reason)),
        Stands::Deed { begun } => begun,
    };
    let step = run.step(&step_id).cloned();
    let step = step.ok_or_else(|| TaskError::Failed(format!("the run has no step {step_id}")))?;
    let open = Box::new(OpenUndo { run, step });
    Ok(if begun {
        UndoOpened::Begun(open)
    } else {
        UndoOpened::Fresh(open)
    })
}

fn stands(run: &Execution, step: &StepId, now: Timestamp) -> Result<Stands, TaskError> {
    let missing = || TaskError::Failed(format!("the run has no step {step}"));
    let step = run.step(step).ok_or_else(missing)?;
    Ok(match &step.undo {
        Some(undo) => of_undo(undo),
        None => of_step(step, run.status.is_final(), now),
    })
}

fn of_undo(undo: &Undo) -> Stands {
    match undo.state {
        UndoState::Begun => Stands::Deed { begun: true },
        UndoState::Done | UndoState::NotNeeded => Stands::Clean,
        state @ (UndoState::Failed | UndoState::Unknown) => {
            Stands::Ended(state, undo.reason.clone().unwrap_or_default())
        }
    }
}

fn of_step(step: &StepRun, over: bool, now: Timestamp) -> Stands {
    match step.state {
        StepState::Succeeded | StepState::Unknown => Stands::Deed { begun: false },
        StepState::Skipped
        | StepState::Queued
        | StepState::Failed
        | StepState::Denied
        | StepState::TimedOut
        | StepState::Cancelled => Stands::Clean,
        // Nothing begins any more in a run that is over.
        StepState::Pending if over => Stands::Clean,
        StepState::Pending => Stands::CloseFirst(
            StepState::Cancelled,
            "the run turned back before it was begun",
        ),
        StepState::Running if over => Stands::Deed { begun: false },
        StepState::Running => {
            let begun = step.started_at.unwrap_or(Timestamp::UNIX_EPOCH);
            if now.duration_since(begun) < CALLS_LAST {
                Stands::Wait
            } else {
                Stands::CloseFirst(
                    StepState::Unknown,
                    "it was begun and its end is not known; it was to be undone",
                )
            }
        }
    }
}

/// An audit entry about an open undo.
#[must_use]
pub fn undo_entry(app: &App, action: &str, open: &OpenUndo) -> Entry {
    let actor = Actor::System(app.config().handler.clone());
    Entry::new(app.clock().now(), actor, action).fact("step", open.step.id.as_str())
}

async fn close(
    app: &App,
    input: &TaskInput,
    step: &StepId,
    state: StepState,
    reason: &str,
) -> Result<Execution, TaskError> {
    let reason = Some(reason.to_owned());
    let ended = end_step(
        app,
        &input.tenant,
        &input.execution_id,
        step,
        state,
        reason,
        Map::new(),
        Vec::new(),
    );
    ended
        .await
        .map_err(|_| TaskError::Retryable("not recorded".to_owned()))
}

/// Ends the undo of a step, with its record, in one write. The first end stands: an undo that has ended, or was never
/// begun, is left as it is.
///
/// # Errors
/// When the tables cannot be asked.
pub async fn end_undo(
    app: &App,
    tenant: &Tenant,
    run: &ExecutionId,
    step: &StepId,
    state: UndoState,
    reason: Option<String>,
    facts: Vec<(&str, Value)>,
) -> Result<Execution, Problem> {
    let told = Told {
        purpose: "undo ended",
        action: format!("undo.{}", state.as_str()),
        step,
        reason: reason.as_deref(),
        facts: &facts,
    };
    end_once(app, tenant, run, &told, |seen, now| {
        seen.end_undo(step, state, reason.clone(), now)
    })
    .await
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::UNIX_EPOCH;

    fn step(state: StepState) -> StepRun {
        StepRun {
            state,
            started_at: Some(NOW),
            ..StepRun::new(StepId::parse("grant").unwrap())
        }
    }

    #[test]
    fn only_what_was_done_or_may_have_been_is_taken_back() {
        use StepState::{Cancelled, Denied, Failed, Queued, Skipped, Succeeded, TimedOut, Unknown};
        for state in [Skipped, Queued, Failed, Denied, TimedOut, Cancelled] {
            assert_eq!(of_step(&step(state), false, NOW), Stands::Clean);
        }
        for state in [Succeeded, Unknown] {
            let deed = Stands::Deed { begun: false };
            assert_eq!(of_step(&step(state), false, NOW), deed);
        }
    }

    #[test]
    fn a_step_not_begun_is_closed_before_it_is_passed_over() {
        let stands = of_step(&step(StepState::Pending), false, NOW);
        assert!(matches!(
            stands,
            Stands::CloseFirst(StepState::Cancelled, _)
        ));
    }

    #[test]
    fn a_call_that_may_be_acting_is_waited_for_and_then_given_up() {
        let running = step(StepState::Running);
        let running_out = NOW + SignedDuration::from_secs(ACTS_FOR_SECONDS);
        for at in [NOW, running_out] {
            assert_eq!(of_step(&running, false, at), Stands::Wait);
        }
        let stands = of_step(&running, false, NOW + CALLS_LAST);
        assert!(matches!(stands, Stands::CloseFirst(StepState::Unknown, _)));
    }

    #[test]
    fn an_undo_that_ended_is_answered_from_the_ledger() {
        let undo = |state| Undo {
            state,
            started_at: NOW,
            ended_at: None,
            reason: Some("refused".into()),
            deed: Map::new(),
        };
        for state in [UndoState::Done, UndoState::NotNeeded] {
            assert_eq!(of_undo(&undo(state)), Stands::Clean);
        }
        for state in [UndoState::Failed, UndoState::Unknown] {
            let ended = Stands::Ended(state, "refused".into());
            assert_eq!(of_undo(&undo(state)), ended);
        }
        let begun = Stands::Deed { begun: true };
        assert_eq!(of_undo(&undo(UndoState::Begun)), begun);
    }
}
