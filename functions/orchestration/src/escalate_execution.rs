//! State `Escalate`: a run cannot go on, and a person takes over.

use crate::ending::{Ending, cancelled_by, end_run};
use audit::{Actor, Entry};
use domain::{Cancelling, Execution, ExecutionStatus, MfaState, StepRun, StepState};
use kit::{App, Problem, TaskInput, TaskResult};
use serde_json::{Map, json};

/// Ends the run as the step that failed says: denied, timed out, or escalated; or cancelled, when somebody asked for it.
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
    if let Some(asked) = run.cancelling.clone() {
        return cancelled(app, error, &run, &asked);
    }
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

/// The end of a run that was asked to stop. What it asked of people was withdrawn with the mark, so a step that is still
/// under way is a deed without an end.
fn cancelled(
    app: &App,
    error: &str,
    run: &Execution,
    asked: &Cancelling,
) -> Result<Ending, Problem> {
    let now = app.clock().now();
    let actor = Actor::System(app.config().handler.clone());
    let mut entries = Vec::new();
    let mut next = run.clone();
    for (step, state, why) in halted(run) {
        next = next.end(&step.id, state, Some(why.to_owned()), Map::new(), now)?;
        let entry = Entry::new(now, actor.clone(), &format!("step.{}", state.as_str()));
        let entry = entry.fact("step", step.id.as_str()).fact("reason", why);
        entries.push(entry.fact("error", error));
    }
    let unsaid = |step: &&StepRun| matches!(step.state, StepState::Failed | StepState::Unknown);
    let landed = next.steps.iter().filter(unsaid).map(because);
    let why: Vec<String> = [cancelled_by(asked)].into_iter().chain(landed).collect();
    Ok(Ending {
        run: next,
        status: ExecutionStatus::Cancelled,
        reason: Some(why.join("; ")),
        entries,
    })
}

/// How the steps end that nobody has ended when their run stops: those under way, and the one it would have come to.
fn halted(run: &Execution) -> Vec<(&StepRun, StepState, &'static str)> {
    let under_way = run.steps.iter();
    let under_way = under_way.filter(|step| step.state == StepState::Running);
    let mut halted: Vec<_> = under_way
        .map(|step| {
            let (state, why) = end_of("", true);
            (step, state, why)
        })
        .collect();
    let stopped_before = |step: &StepRun| step.state.is_final() && !step.state.is_done();
    if halted.is_empty()
        && !run.steps.iter().any(stopped_before)
        && let Some(step) = run.current()
    {
        halted.push((
            step,
            StepState::Cancelled,
            "the run was cancelled before it",
        ));
    }
    halted
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
    use domain::{ExecutionId, PlaybookName, StepId, TicketId};
    use jiff::Timestamp;

    #[test]
    fn a_cancelled_run_leaves_a_deed_without_an_end_unknown_and_stops_before_the_next_step() {
        use StepState::{Cancelled, Pending, Running, Succeeded, Unknown};
        let steps = ["verify_mfa", "reset_password", "deliver_sms"];
        let mut run = Execution::new(
            ExecutionId::parse("x-1").unwrap(),
            TicketId::from_bits(1),
            PlaybookName::parse("password_reset").unwrap(),
            "1.2".into(),
            &steps.map(|step| StepId::parse(step).unwrap()),
            Timestamp::UNIX_EPOCH,
        );
        let mut ends = |states: [StepState; 3]| {
            for (step, state) in run.steps.iter_mut().zip(states) {
                step.state = state;
            }
            let halted = halted(&run).into_iter();
            halted
                .map(|(step, state, _)| (step.id.to_string(), state))
                .collect::<Vec<_>>()
        };
        let step = |at: usize, state| [(steps[at].to_owned(), state)];
        assert_eq!(ends([Succeeded, Running, Pending]), step(1, Unknown));
        assert_eq!(ends([Succeeded, Succeeded, Pending]), step(2, Cancelled));
        assert_eq!(ends([Cancelled, Pending, Pending]), []);
        assert_eq!(ends([Succeeded, Succeeded, Succeeded]), []);
    }

    #[test]
    fn a_question_nobody_answered_timed_out_and_a_deed_without_an_end_is_unknown() {
        assert_eq!(end_of("States.Timeout", false).0, StepState::TimedOut);
        assert_eq!(end_of("States.Timeout", true).0, StepState::Unknown);
        assert_eq!(end_of("Unknown", true).0, StepState::Unknown);
        assert_eq!(end_of("Retryable", false).0, StepState::Failed);
    }
}
