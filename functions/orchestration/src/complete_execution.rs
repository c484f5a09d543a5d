//! State `Complete`: every step of a run is behind it.

use crate::ending::{Ending, HANDED_ON, end_run};
use audit::{Actor, Entry};
use domain::{Execution, ExecutionStatus, StepId, StepState};
use kit::{App, Problem, TaskInput, TaskResult};
use serde_json::{Map, json};
use std::future::ready;

/// Ends the run well. A step that still runs is a delivery that outlived its state: it goes on by itself, `queued`. One
/// that was never begun is for a person. A run that was asked to stop turns back, as it does from any other step.
pub async fn complete_execution(app: App, input: TaskInput) -> TaskResult {
    let run = end_run(&app, &input, |run| ready(completed(&app, &run))).await?;
    Ok(json!({"status": run.status.as_str()}))
}

fn completed(app: &App, run: &Execution) -> Result<Option<Ending>, Problem> {
    if run.cancelling.is_some() {
        return Ok(None);
    }
    let (now, actor) = (
        app.clock().now(),
        Actor::System(app.config().handler.clone()),
    );
    let mut entries = Vec::new();
    let mut status = ExecutionStatus::Completed;
    let mut why = None;
    let mut next = run.clone();
    for (step, state, reason) in left_open(run) {
        next = next.end(&step, state, Some(reason.to_owned()), Map::new(), now)?;
        let action = format!("step.{}", state.as_str());
        let entry = Entry::new(now, actor.clone(), &action).fact("step", step.as_str());
        entries.push(entry.fact("reason", reason));
        if !state.is_done() {
            status = state.ends_run();
            why = Some(format!("{step}: {reason}"));
        }
    }
    Ok(Some(Ending {
        run: next,
        status,
        reason: why,
        entries,
    }))
}

/// How each step ends that the machine has passed and nobody has ended.
fn left_open(run: &Execution) -> Vec<(StepId, StepState, &'static str)> {
    let last_done = run.steps.iter().rposition(|step| step.state.is_done());
    let open = run.steps.iter().enumerate();
    let open = open.filter(|(_, step)| !step.state.is_final());
    open.map(|(at, step)| {
        let (state, reason) = match step.state {
            StepState::Running => (StepState::Queued, HANDED_ON),
            _ if step.instead_of.is_some() => {
                (StepState::Skipped, "nobody had to be asked instead")
            }
            _ if last_done.is_some_and(|last| at < last) => {
                (StepState::Skipped, "the playbook went past it")
            }
            _ => (StepState::Failed, "it was never begun"),
        };
        (step.id.clone(), state, reason)
    })
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::{ExecutionId, PlaybookName, TicketId};
    use jiff::Timestamp;

    fn run(states: &[StepState]) -> Execution {
        let names = ["verify_mfa", "reset_password", "deliver_sms"];
        let steps: Vec<_> = names
            .iter()
            .map(|name| StepId::parse(name).unwrap())
            .collect();
        let mut run = Execution::new(
            ExecutionId::parse("x-1").unwrap(),
            TicketId::from_bits(1),
            PlaybookName::parse("password_reset").unwrap(),
            "1.2".into(),
            &steps,
            Timestamp::UNIX_EPOCH,
        );
        for (step, state) in run.steps.iter_mut().zip(states) {
            step.state = *state;
        }
        run
    }

    fn ends(states: &[StepState]) -> Vec<StepState> {
        left_open(&run(states))
            .into_iter()
            .map(|(_, state, _)| state)
            .collect()
    }

    #[test]
    fn a_delivery_under_way_is_handed_on_and_one_never_begun_is_not_called_queued() {
        use StepState::{Failed, Pending, Queued, Running, Skipped, Succeeded};
        assert_eq!(ends(&[Succeeded, Succeeded, Succeeded]), []);
        assert_eq!(ends(&[Succeeded, Succeeded, Running]), [Queued]);
        assert_eq!(ends(&[Succeeded, Succeeded, Pending]), [Failed]);
        assert_eq!(ends(&[Succeeded, Pending, Succeeded]), [Skipped]);
    }

    #[test]
    fn a_fallback_that_was_not_needed_is_skipped() {
        use StepState::{Pending, Skipped, Succeeded};
        let mut run = run(&[Succeeded, Pending, Succeeded]);
        run.steps.truncate(2);
        run.steps[1].instead_of = Some(run.steps[0].id.clone());
        let left = left_open(&run);
        let (_, state, _) = &left[0];
        assert_eq!((left.len(), *state), (1, Skipped));
        assert_eq!(run.steps_total(), 1);
    }
}
