//! Where a run stopped.

use domain::{Execution, StepRun, StepState};

/// The step that the run stopped at: the last that ended as the machine says; else one that is under way; else the last
/// that ended badly, one that was stopped for another's sake only where there is no other; else the first not begun.
pub(crate) fn stopped_at<'a>(run: &'a Execution, error: &str) -> Option<&'a StepRun> {
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::escalate_execution::tests::run;

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
}
