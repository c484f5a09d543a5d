//! State `Complete`: every step of a run is behind it.

use crate::ending::{Ending, end_run};
use audit::{Actor, Entry};
use domain::{Execution, ExecutionStatus, StepState};
use kit::{App, Problem, TaskInput, TaskResult};
use serde_json::{Map, json};
use std::future::ready;

/// Ends the run well. A step that still runs is a delivery that outlived its state: it goes on by itself, `queued`.
pub async fn complete_execution(app: App, input: TaskInput) -> TaskResult {
    let run = end_run(&app, &input, |run| ready(completed(&app, run))).await?;
    Ok(json!({"status": run.status.as_str()}))
}

fn completed(app: &App, mut run: Execution) -> Result<Ending, Problem> {
    let now = app.clock().now();
    let open: Vec<_> = run
        .steps
        .iter()
        .filter(|step| !step.state.is_final())
        .map(|step| step.id.clone())
        .collect();
    let mut entries = Vec::new();
    for step in open {
        let reason = "handed on: it is still being tried".to_owned();
        run = run.end(&step, StepState::Queued, Some(reason), Map::new(), now)?;
        let actor = Actor::System(app.config().handler.clone());
        entries.push(Entry::new(now, actor, "step.queued").fact("step", step.as_str()));
    }
    Ok(Ending {
        run,
        status: ExecutionStatus::Completed,
        reason: None,
        entries,
    })
}
