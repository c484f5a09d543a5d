//! Task `trigger_device_script_task`: the step `executor.trigger_device_script` of a playbook. It waits for the run's end.

use crate::by_step::read;
use crate::script_ask::Asked;
use crate::script_end::{tell, tell_step};
use crate::script_run::{FIRST_LOOK, For, begin, given_up_at, next_id, watch};
use desk::{OpenStep, Opened, end_step, open_step};
use domain::{DeviceId, ScriptId, ScriptRun, StepState, UserId};
use kit::{App, Problem, TaskError, TaskInput, TaskResult};
use secrecy::SecretString;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use std::time::Duration;

/// How often a step is opened again because somebody wrote its run first.
const TRIES: u32 = 5;

/// A step's inputs.
#[derive(Deserialize)]
struct With {
    #[serde(default)]
    user_id: Option<UserId>,
    device_id: DeviceId,
    script_id: ScriptId,
    #[serde(default)]
    params: Map<String, Value>,
}

/// Runs what the step asks for, once; the step goes on when the vendor says that it ended.
///
/// # Errors
/// `Retryable` when nothing happened; `Failed` when it may not be; how an earlier try of the step ended.
pub async fn trigger_device_script_task(app: App, input: TaskInput) -> TaskResult {
    let token = input.task_token.clone();
    let token = token.ok_or_else(|| TaskError::Failed("the state waits for nobody".to_owned()))?;
    for again in 0..TRIES {
        let is_done = match open_step(&app, &input).await? {
            Opened::Done => {
                app.machines().answer(&token, Ok(())).await?;
                true
            }
            Opened::Fresh(open) => Box::pin(begun(&app, &input, &open, &token)).await?,
            Opened::Begun(open) => {
                let joined = joined(&app, &input, &open, &token).await;
                joined.map_err(|problem| TaskError::Retryable(problem.to_string()))?;
                true
            }
        };
        if is_done {
            return Ok(json!({}));
        }
        tokio::time::sleep(Duration::from_millis(20 << again)).await;
    }
    Err(TaskError::Retryable(
        "the run is being changed by many at once".to_owned(),
    ))
}

/// Begins the step's run. `false` when somebody wrote first: nothing happened.
async fn begun(
    app: &App,
    input: &TaskInput,
    open: &OpenStep,
    token: &SecretString,
) -> Result<bool, TaskError> {
    let (tenant, ticket) = (&input.tenant, &open.ticket);
    let asked = match asked(&open.with) {
        Ok(asked) => asked,
        Err(bad) => return Err(fail(app, input, open, bad).await),
    };
    let runs = app.store().script_runs(tenant, ticket.id).await?;
    let id = next_id(ticket, &runs);
    let sealed_token = app.seal().seal(tenant, id.as_str(), token).await?;
    let whom = For::Step { open, sealed_token };
    match Box::pin(begin(app, tenant, ticket, &runs, &asked, &whom)).await {
        Ok(None) => Ok(false),
        Ok(Some(run)) => {
            // From here on the ledger and the queue carry it; whoever looks next tells what this did not.
            if let Err(problem) = tell_step(app, tenant, &run).await {
                tracing::warn!(%problem, run_id = %run.id, "the step is not told yet");
            }
            Ok(true)
        }
        Err(problem) if problem.is_transient() => Err(TaskError::Retryable(problem.to_string())),
        Err(problem) => Err(fail(app, input, open, problem.to_string()).await),
    }
}

pub(crate) fn asked(with: &Map<String, Value>) -> Result<Asked, String> {
    let with: With = read(with)?;
    Ok(Asked {
        device: with.device_id,
        script: with.script_id,
        user: with.user_id,
        parameters: with.params,
        written: true,
    })
}

/// Ends the step without a run. When that cannot be written the error alone carries it: the state that escalates records it
/// then.
async fn fail(app: &App, input: &TaskInput, open: &OpenStep, reason: String) -> TaskError {
    let ended = end_step(
        app,
        &input.tenant,
        &input.execution_id,
        &open.step_id,
        StepState::Failed,
        Some(reason.clone()),
        Map::new(),
        Vec::new(),
    );
    if ended.await.is_err() {
        tracing::error!(execution = %input.execution_id, step = %open.step_id, "the end is not recorded");
    }
    TaskError::Failed(reason)
}

/// Goes on waiting for what an earlier try of the step began: by this try's token.
async fn joined(
    app: &App,
    input: &TaskInput,
    open: &OpenStep,
    token: &SecretString,
) -> Result<(), Problem> {
    let tenant = &input.tenant;
    let runs = app.store().script_runs(tenant, open.ticket.id).await?;
    let waits = |run: &&ScriptRun| {
        let waiting = run.waiting.as_ref();
        waiting.is_some_and(|(run, step)| *run == open.run.id && *step == open.step_id)
    };
    let Some(run) = runs.iter().rfind(waits) else {
        return Err(Problem::not_found("run of this step"));
    };
    if run.state.ended_at().is_some() {
        return tell(app, run, token).await;
    }
    let sealed = app.seal().seal(tenant, run.id.as_str(), token).await?;
    let next = ScriptRun {
        sealed_token: Some(sealed),
        until: given_up_at(open, app.clock().now()),
        ..run.clone()
    };
    let write = app.store().write(tenant, "script joined");
    write.script_run(Some(run), &next).commit().await?;
    watch(app, tenant, &run.id, false, FIRST_LOOK).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_steps_parameters_are_read_as_texts() {
        let with = json!({"device_id": "101", "script_id": "43", "params": {"Days": "3"}});
        let asked = asked(with.as_object().unwrap()).unwrap();
        assert!(asked.written && asked.user.is_none());
        assert_eq!(asked.parameters["Days"], "3");
        assert!(super::asked(json!({"script_id": "43"}).as_object().unwrap()).is_err());
    }
}
