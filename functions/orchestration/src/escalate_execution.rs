//! State `Escalate`: a run cannot go on, and a person takes over.

use crate::ending::{Ending, end_run};
use audit::{Actor, Entry};
use domain::{ApprovalState, Execution, MfaState, StepRun, StepState};
use kit::{App, Problem, TaskInput, TaskResult};
use serde_json::{Map, json};

/// Ends the run as the step that failed says: denied, timed out, or escalated.
pub async fn escalate_execution(app: App, input: TaskInput) -> TaskResult {
    let error = input.error.clone().unwrap_or_default();
    let run = end_run(&app, &input, |run| ending(&app, &input, &error, run)).await?;
    Ok(json!({"status": run.status.as_str()}))
}

async fn ending(
    app: &App,
    input: &TaskInput,
    error: &str,
    run: Execution,
) -> Result<Ending, Problem> {
    let now = app.clock().now();
    let Some(step) = stopped_at(&run).cloned() else {
        let reason = Some(format!("the run stopped before its first step: {error}"));
        return Ok(Ending {
            run,
            status: StepState::Failed.ends_run(),
            reason,
            entries: Vec::new(),
        });
    };
    if step.state.is_final() {
        let reason = Some(because(&step));
        return Ok(Ending {
            run,
            status: step.state.ends_run(),
            reason,
            entries: Vec::new(),
        });
    }
    // The state ended without its function: the time was up, or the function itself could not be run.
    let acted = step.state == StepState::Running && input_acts(app, input, &step).await?;
    let (state, why) = end_of(error, acted);
    let run = run.end(&step.id, state, Some(why.to_owned()), Map::new(), now)?;
    let actor = Actor::System(app.config().handler.clone());
    let entry = Entry::new(now, actor, &format!("step.{}", state.as_str()))
        .fact("step", step.id.as_str())
        .fact("reason", why)
        .fact("error", error);
    let reason = Some(format!("{}: {why}", step.id));
    Ok(Ending {
        run,
        status: state.ends_run(),
        reason,
        entries: vec![entry],
    })
}

/// The step that the run stopped at: one that ended badly, else one that is under way, else the first not begun.
fn stopped_at(run: &Execution) -> Option<&StepRun> {
    let bad = run
        .steps
        .iter()
        .find(|step| step.state.is_final() && !step.state.is_done());
    bad.or_else(|| run.current())
}

fn because(step: &StepRun) -> String {
    match &step.reason {
        Some(reason) => format!("{}: {reason}", step.id),
        None => format!("{} is {}", step.id, step.state.as_str()),
    }
}

/// Whether an intent of this step stands outside the verification: then nobody knows whether it happened.
async fn input_acts(app: &App, input: &TaskInput, step: &StepRun) -> Result<bool, Problem> {
    let prompts = app.store().prompts(&input.tenant, input.ticket_id).await?;
    let asks = prompts.iter().any(|prompt| {
        prompt
            .waiting
            .as_ref()
            .is_some_and(|(run, waiting)| *run == input.execution_id && *waiting == step.id)
            && prompt.state == MfaState::Pending
    });
    if asks {
        return Ok(false);
    }
    let approvals = app
        .store()
        .approvals(&input.tenant, input.ticket_id)
        .await?;
    let asks = approvals.iter().any(|approval| {
        approval
            .waiting
            .as_ref()
            .is_some_and(|(run, waiting)| *run == input.execution_id && *waiting == step.id)
            && approval.state == ApprovalState::Pending
    });
    Ok(!asks)
}

/// How a step ends whose state ended with `error` and whose function did not say.
fn end_of(error: &str, acted: bool) -> (StepState, &'static str) {
    match error {
        "States.Timeout" | "TimedOut" if !acted => (StepState::TimedOut, "nobody answered in time"),
        "Denied" => (StepState::Denied, "a person said no"),
        "Cancelled" => (StepState::Cancelled, "it was stopped"),
        _ if acted => (
            StepState::Unknown,
            "it was begun and its end is not known; look before doing it again",
        ),
        _ => (StepState::Failed, "it could not be done"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_question_nobody_answered_timed_out_and_a_deed_without_an_end_is_unknown() {
        assert_eq!(end_of("States.Timeout", false).0, StepState::TimedOut);
        assert_eq!(end_of("States.Timeout", true).0, StepState::Unknown);
        assert_eq!(end_of("Unknown", true).0, StepState::Unknown);
        assert_eq!(end_of("Retryable", false).0, StepState::Failed);
    }
}
