//! State `Escalate`: a run cannot go on, and a person takes over.

use crate::ending::{Ending, HANDED_ON, cancelled_by, end_run};
use audit::{Actor, Entry};
use desk::{asked_on, definition};
use domain::{Cancelling, Execution, ExecutionStatus, StepId, StepRun, StepState};
use kit::{App, Problem, TaskInput, TaskResult};
use serde_json::{Map, json};

/// Ends the run as the step that failed says: denied, timed out, or escalated; or cancelled, when somebody asked for it.
pub async fn escalate_execution(app: App, input: TaskInput) -> TaskResult {
    let error = input.error.clone().unwrap_or_default();
    let decide = async |run| ending(&app, &input, &error, run).await.map(Some);
    let run = end_run(&app, &input, decide).await?;
    Ok(json!({"status": run.status.as_str()}))
}

async fn ending(
    app: &App,
    input: &TaskInput,
    error: &str,
    mut run: Execution,
) -> Result<Ending, Problem> {
    let now = app.clock().now();
    let delivers = delivering(app, input, &run).await?;
    if let Some(asked) = run.cancelling.clone() {
        return cancelled(app, error, &run, &asked, &delivers);
    }
    let mut entries = Vec::new();
    let Some(stopped) = stopped_at(&run, error).map(|step| step.id.clone()) else {
        let reason = Some(format!("the run stopped before its first step: {error}"));
        return Ok(Ending {
            run,
            status: StepState::Failed.ends_run(),
            reason,
            entries,
        });
    };
    // States that ended without their functions: the time was up, a function could not be run, another step of the
    // group stopped the run.
    let left: Vec<StepRun> = run
        .steps
        .iter()
        .filter(|step| match step.state {
            StepState::Running => true,
            StepState::Pending => step.id == stopped,
            _ => false,
        })
        .cloned()
        .collect();
    let running = left.iter().any(|step| step.state == StepState::Running);
    let asked = if running {
        Some(asked_on(app, &input.tenant, input.ticket_id).await?)
    } else {
        None
    };
    for step in left {
        // An intent stands outside a question that is still open: then nobody knows whether it happened.
        let is_open = asked
            .as_ref()
            .is_some_and(|asked| asked.is_open(&input.execution_id, &step.id));
        let acted = step.state == StepState::Running && !is_open;
        let (state, why) = if step.id == stopped {
            end_of(error, acted)
        } else if delivers.contains(&step.id) {
            (StepState::Queued, HANDED_ON)
        } else {
            swept_up(acted)
        };
        run = run.end(&step.id, state, Some(why.to_owned()), Map::new(), now)?;
        let actor = Actor::System(app.config().handler.clone());
        let entry = Entry::new(now, actor, &format!("step.{}", state.as_str()))
            .fact("step", step.id.as_str())
            .fact("reason", why)
            .fact("error", error);
        entries.push(entry);
    }
    let stopped = run.step(&stopped);
    let status = stopped.map_or(StepState::Failed, |step| step.state);
    let reason = stopped.map(|step| because(step) + &not_undone(&run));
    Ok(Ending {
        status: status.ends_run(),
        reason,
        run,
        entries,
    })
}

/// The deliveries under way: each goes on by itself, whatever becomes of its run.
async fn delivering(app: &App, input: &TaskInput, run: &Execution) -> Result<Vec<StepId>, Problem> {
    let under_way = run.steps.iter();
    let under_way: Vec<_> = under_way
        .filter(|step| step.state == StepState::Running)
        .collect();
    if under_way.is_empty() {
        return Ok(Vec::new());
    }
    let version = definition(app, input)
        .await
        .map_err(|error| Problem::internal(&error))?;
    let outlives = |step: &&&StepRun| {
        let step = version.step(step.id.as_str());
        step.is_some_and(|step| step.service.outlives_its_state())
    };
    let delivers = under_way.iter().filter(outlives);
    Ok(delivers.map(|step| step.id.clone()).collect())
}

/// The step that the run stopped at: the last that ended as the machine says; else one that is under way; else the last
/// that ended badly, one that was stopped for another's sake only where there is no other; else the first not begun.
fn stopped_at<'a>(run: &'a Execution, error: &str) -> Option<&'a StepRun> {
    let bad = || {
        let ended = run.steps.iter();
        ended.filter(|step| step.state.is_final() && !step.state.is_done())
    };
    let as_told = bad()
        .filter(|step| is_told(step.state, error) && !is_replaced(run, step))
        .max_by_key(|step| step.ended_at);
    as_told
        .or_else(|| {
            let mut steps = run.steps.iter();
            steps.find(|step| step.state == StepState::Running)
        })
        .or_else(|| bad().max_by_key(|step| (step.state != StepState::Cancelled, step.ended_at)))
        .or_else(|| run.current())
}

/// Whether another step was asked after this one's silence.
fn is_replaced(run: &Execution, step: &StepRun) -> bool {
    let mut others = run.steps.iter();
    others.any(|other| {
        other.instead_of.as_ref() == Some(&step.id) && other.state != StepState::Pending
    })
}

/// Whether a step that ended so made its state end with `error`.
fn is_told(state: StepState, error: &str) -> bool {
    // A group's own words for a branch that failed: the ledger says with what.
    if matches!(error, "Stopped" | "States.BranchFailed") {
        return state != StepState::Cancelled;
    }
    match state {
        StepState::Denied => error == "Denied",
        StepState::TimedOut => matches!(error, "TimedOut" | "States.Timeout"),
        StepState::Unknown => error == "Unknown",
        StepState::Failed => error == "Failed",
        StepState::Cancelled => error == "Cancelled",
        StepState::Pending
        | StepState::Running
        | StepState::Succeeded
        | StepState::Skipped
        | StepState::Queued => false,
    }
}

/// What the agent has to undo by hand.
fn not_undone(run: &Execution) -> String {
    let left = run.steps.iter().filter_map(|step| match &step.undo {
        Some(undo) if !undo.state.is_clean() => Some(format!("; {} is {}", step.id, undo.told())),
        None if step.is_left() => Some(format!(
            "; {} is NOT undone (its undo was never begun): undo it by hand",
            step.id
        )),
        _ => None,
    });
    left.collect()
}

/// The end of a run that was asked to stop. What it asked of people was withdrawn with the mark, so a step that is still
/// under way is a deed without an end.
fn cancelled(
    app: &App,
    error: &str,
    run: &Execution,
    asked: &Cancelling,
    delivers: &[StepId],
) -> Result<Ending, Problem> {
    let now = app.clock().now();
    let actor = Actor::System(app.config().handler.clone());
    let mut entries = Vec::new();
    let mut next = run.clone();
    for (step, state, why) in halted(run, delivers) {
        next = next.end(&step.id, state, Some(why.to_owned()), Map::new(), now)?;
        let entry = Entry::new(now, actor.clone(), &format!("step.{}", state.as_str()));
        let entry = entry.fact("step", step.id.as_str()).fact("reason", why);
        entries.push(entry.fact("error", error));
    }
    let unsaid = |step: &&StepRun| matches!(step.state, StepState::Failed | StepState::Unknown);
    let landed = next.steps.iter().filter(unsaid).map(because);
    let why: Vec<String> = [cancelled_by(asked)].into_iter().chain(landed).collect();
    Ok(Ending {
        status: ExecutionStatus::Cancelled,
        reason: Some(why.join("; ") + &not_undone(&next)),
        run: next,
        entries,
    })
}

/// How the steps end that nobody has ended when their run stops: those under way, and the one it would have come to.
fn halted<'a>(
    run: &'a Execution,
    delivers: &[StepId],
) -> Vec<(&'a StepRun, StepState, &'static str)> {
    let under_way = run.steps.iter();
    let under_way = under_way.filter(|step| step.state == StepState::Running);
    let mut halted: Vec<_> = under_way
        .map(|step| {
            let (state, why) = if delivers.contains(&step.id) {
                (StepState::Queued, HANDED_ON)
            } else {
                end_of("", true)
            };
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

fn because(step: &StepRun) -> String {
    match &step.reason {
        Some(reason) => format!("{}: {reason}", step.id),
        None => format!("{} is {}", step.id, step.state.as_str()),
    }
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

/// How a step ends that was under way when another one stopped the run.
fn swept_up(acted: bool) -> (StepState, &'static str) {
    if acted {
        (
            StepState::Unknown,
            "it was under way when the run stopped and its end is not known; look before doing it again",
        )
    } else {
        (StepState::Cancelled, "another step stopped the run")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::{ExecutionId, PlaybookName, StepId, TicketId, Undo, UndoState};
    use jiff::Timestamp;

    fn run(states: &[StepState]) -> Execution {
        let id = |at: usize| StepId::parse(&format!("step{at}")).unwrap();
        let ids: Vec<StepId> = (0..states.len()).map(id).collect();
        let mut run = Execution::new(
            ExecutionId::parse("x-1").unwrap(),
            TicketId::from_bits(1),
            PlaybookName::parse("grant_access").unwrap(),
            "1.0".into(),
            &ids,
            Timestamp::UNIX_EPOCH,
        );
        for (at, (step, state)) in run.steps.iter_mut().zip(states).enumerate() {
            let second = i64::try_from(at).unwrap();
            step.state = *state;
            step.ended_at = Some(Timestamp::from_second(second).unwrap());
        }
        run
    }

    fn stops(states: &[StepState], error: &str) -> String {
        stopped_at(&run(states), error).unwrap().id.to_string()
    }

    #[test]
    fn a_run_stopped_at_the_step_that_stopped_it() {
        use StepState::{Cancelled, Denied, Failed, Pending, Running, Succeeded, Unknown};
        assert_eq!(stops(&[Succeeded, Denied, Pending], "Denied"), "step1");
        assert_eq!(stops(&[Failed, Succeeded, Denied], "Denied"), "step2");
        assert_eq!(
            stops(&[Failed, Running, Pending], "States.Timeout"),
            "step1"
        );
        assert_eq!(stops(&[Cancelled, Failed, Cancelled], "Failed"), "step1");
        assert_eq!(stops(&[Failed, Cancelled], "Cancelled"), "step1");
        assert_eq!(stops(&[Unknown, Cancelled], "States.Timeout"), "step0");
        assert_eq!(stops(&[Succeeded, Pending, Pending], "Failed"), "step1");
        assert_eq!(stops(&[Denied, Running], "States.BranchFailed"), "step0");
        assert_eq!(stops(&[Failed, Cancelled], "Stopped"), "step0");
    }

    #[test]
    fn silence_that_a_fallback_broke_did_not_stop_the_run() {
        use StepState::{Running, TimedOut};
        let mut run = run(&[TimedOut, Running]);
        run.steps[1].instead_of = Some(run.steps[0].id.clone());
        let stopped = stopped_at(&run, "States.Timeout").unwrap();
        assert_eq!(stopped.id.as_str(), "step1");
    }

    #[test]
    fn the_reason_names_what_is_left_to_undo_by_hand() {
        let mut run = run(&[StepState::Succeeded, StepState::Succeeded]);
        let undo = |state| {
            Some(Undo {
                state,
                started_at: Timestamp::UNIX_EPOCH,
                ended_at: None,
                reason: Some("refused".into()),
                deed: Map::new(),
            })
        };
        run.steps[0].undo = undo(UndoState::Failed);
        run.steps[1].undo = undo(UndoState::Done);
        let left = not_undone(&run);
        assert_eq!(left, "; step0 is NOT undone (refused): undo it by hand");
    }

    #[test]
    fn the_reason_names_what_was_to_be_undone_and_nobody_began_to() {
        let mut run = run(&[StepState::Succeeded, StepState::Succeeded]);
        let deed = Map::from_iter([(StepRun::COMPENSATE.to_owned(), json!(true))]);
        for step in &mut run.steps {
            step.deed = deed.clone();
        }
        run.steps[1].output = Map::from_iter([("changed".to_owned(), json!(false))]);
        let left = not_undone(&run);
        let told = "; step0 is NOT undone (its undo was never begun): undo it by hand";
        assert_eq!(left, told);
    }

    #[test]
    fn a_cancelled_run_leaves_a_deed_without_an_end_unknown_and_stops_before_the_next_step() {
        use StepState::{Cancelled, Pending, Queued, Running, Succeeded, Unknown};
        let steps = ["verify_mfa", "reset_password", "deliver_sms"];
        let mut run = Execution::new(
            ExecutionId::parse("x-1").unwrap(),
            TicketId::from_bits(1),
            PlaybookName::parse("password_reset").unwrap(),
            "1.2".into(),
            &steps.map(|step| StepId::parse(step).unwrap()),
            Timestamp::UNIX_EPOCH,
        );
        let delivers = [StepId::parse("deliver_sms").unwrap()];
        let mut ends = |states: [StepState; 3]| {
            for (step, state) in run.steps.iter_mut().zip(states) {
                step.state = state;
            }
            let halted = halted(&run, &delivers).into_iter();
            halted
                .map(|(step, state, _)| (step.id.to_string(), state))
                .collect::<Vec<_>>()
        };
        let step = |at: usize, state| [(steps[at].to_owned(), state)];
        assert_eq!(ends([Succeeded, Running, Pending]), step(1, Unknown));
        assert_eq!(ends([Succeeded, Succeeded, Pending]), step(2, Cancelled));
        assert_eq!(ends([Succeeded, Succeeded, Running]), step(2, Queued));
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
