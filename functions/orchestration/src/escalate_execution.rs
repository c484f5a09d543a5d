//! State `Escalate`: a run cannot go on, and a person takes over.

use crate::ending::{Ending, HANDED_ON, cancelled_by, end_run};
use crate::stopped::stopped_at;
use audit::{Actor, Entry};
use desk::{asked_on, definition};
use domain::{Cancelling, Execution, ExecutionStatus, StepId, StepRun, StepState};
use kit::{App, Problem, TaskError, TaskInput, TaskResult};
use playbook::PlaybookVersion;
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
    let running = left.iter().any(is_under_way);
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
        } else {
            swept_up(&step, &delivers, acted)
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

/// The deliveries under way: each goes on by itself, whatever becomes of its run. Where the version does not read nobody can
/// tell, and the run ends without it.
async fn delivering(app: &App, input: &TaskInput, run: &Execution) -> Result<Vec<StepId>, Problem> {
    if !run.steps.iter().any(is_under_way) {
        return Ok(Vec::new());
    }
    match definition(app, input).await {
        Ok(version) => Ok(deliveries(run, &version)),
        Err(error @ TaskError::Retryable(_)) => Err(Problem::internal(&error)),
        Err(error) => {
            tracing::error!(execution = %run.id, %error, "a run ends without its version");
            Ok(Vec::new())
        }
    }
}

fn deliveries(run: &Execution, version: &PlaybookVersion) -> Vec<StepId> {
    let outlives = |id: &StepId| {
        let step = version.step(id.as_str());
        step.is_some_and(|step| step.service.outlives_its_state())
    };
    let steps = run.steps.iter();
    let delivers = steps.filter(|step| is_under_way(step) && outlives(&step.id));
    delivers.map(|step| step.id.clone()).collect()
}

fn is_under_way(step: &StepRun) -> bool {
    step.state == StepState::Running
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
    let under_way = run.steps.iter().filter(|step| is_under_way(step));
    let mut halted: Vec<_> = under_way
        .map(|step| {
            let (state, why) = swept_up(step, delivers, true);
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

/// How a step ends that was under way when its run was stopped, by another step or by somebody.
fn swept_up(step: &StepRun, delivers: &[StepId], acted: bool) -> (StepState, &'static str) {
    if delivers.contains(&step.id) {
        (StepState::Queued, HANDED_ON)
    } else if acted {
        (
            StepState::Unknown,
            "it was under way when the run stopped and its end is not known; look before doing it again",
        )
    } else {
        (StepState::Cancelled, "another step stopped the run")
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use domain::{ExecutionId, PlaybookName, StepId, TicketId, Undo, UndoState};
    use jiff::Timestamp;

    pub(crate) fn run(states: &[StepState]) -> Execution {
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
    fn of_the_steps_under_way_only_a_delivery_goes_on_by_itself() {
        let mut released = playbook::CATALOGUE
            .iter()
            .map(|text| playbook::parse(text).unwrap());
        let version = released
            .find(|version| version.name.as_str() == "password_reset")
            .unwrap();
        let ids = version
            .step_ids()
            .map(|id| StepId::parse(id.as_str()).unwrap());
        let ids: Vec<StepId> = ids.collect();
        let mut run = run(&[StepState::Running; 3]);
        for (step, id) in run.steps.iter_mut().zip(&ids) {
            step.id = id.clone();
        }
        assert_eq!(deliveries(&run, &version), [ids[2].clone()]);
        run.steps[2].state = StepState::Pending;
        assert_eq!(deliveries(&run, &version), []);
        let ends = |step: &StepRun, acted| swept_up(step, &ids[2..], acted).0;
        let (deed, text) = (&run.steps[1], &run.steps[2]);
        assert_eq!(ends(text, true), StepState::Queued);
        assert_eq!(ends(deed, true), StepState::Unknown);
        assert_eq!(ends(deed, false), StepState::Cancelled);
    }

    #[test]
    fn a_question_nobody_answered_timed_out_and_a_deed_without_an_end_is_unknown() {
        assert_eq!(end_of("States.Timeout", false).0, StepState::TimedOut);
        assert_eq!(end_of("States.Timeout", true).0, StepState::Unknown);
        assert_eq!(end_of("Unknown", true).0, StepState::Unknown);
        assert_eq!(end_of("Retryable", false).0, StepState::Failed);
    }
}
