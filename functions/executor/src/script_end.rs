//! How a run of a script stands, recorded once, and told to the step that waits for it.

use audit::{Actor, Entry};
use desk::{Raced, StepEnd, on_chain, retried, task_token, tell_waiting, waiting_run};
use domain::{Refusal, ScriptRun, ScriptRunId, ScriptRunState, StepState, Tenant};
use kit::{App, Problem, TaskError};
use secrecy::SecretString;
use serde_json::{Map, json};
use sha2::{Digest, Sha256};

/// Records how a run ended; the first end stands. Whoever may answer a step tells it by [`tell_step`], in any case: so an end
/// whose telling failed is told by whoever comes next.
pub(crate) async fn end(
    app: &App,
    tenant: &Tenant,
    id: &ScriptRunId,
    state: &ScriptRunState,
    by: &Actor,
) -> Result<ScriptRun, Problem> {
    retried(|| async {
        let seen = app.store().script_run(tenant, id).await?;
        let seen = seen.ok_or_else(|| Problem::not_found("run"))?;
        match seen.to(state.clone()) {
            Ok(next) => written(app, tenant, &seen, next, by).await,
            Err(Refusal { .. }) => Ok(seen),
        }
    })
    .await
}

async fn written(
    app: &App,
    tenant: &Tenant,
    seen: &ScriptRun,
    next: ScriptRun,
    by: &Actor,
) -> Result<ScriptRun, Raced> {
    let now = app.clock().now();
    let word = format!("script.{}", next.state.as_str());
    let entry = recorded(Entry::new(now, by.clone(), &word), &next);
    let write = app.store().write(tenant, "script ended");
    let write = write.script_run(Some(seen), &next);
    let run = waiting_run(app, tenant, next.waiting.as_ref()).await?;
    let step = next.waiting.as_ref().map(|(_, step)| step);
    let (ticket, ends) = (next.ticket_id, step_end(&next));
    on_chain(
        app,
        tenant,
        write,
        ticket,
        run.as_ref().zip(step),
        vec![entry],
        ends,
        now,
    )
    .await?
    .commit()
    .await?;
    Ok(next)
}

/// `entry` with what is recorded of a run. Of its output only how much it was, and its hash.
pub(crate) fn recorded(entry: Entry, run: &ScriptRun) -> Entry {
    let entry = entry
        .fact("run_id", run.id.as_str())
        .fact("action", "trigger_device_script")
        .fact("user_id", run.user_id.as_str())
        .fact("device_id", run.device_id.as_str())
        .fact("script_id", run.script_id.as_str())
        .fact("params_sha256", run.asked.as_str())
        .fact("client_request_id", run.claim.as_str())
        .fact("reason", run.state.reason());
    match &run.state {
        ScriptRunState::Succeeded { output, .. } | ScriptRunState::Failed { output, .. } => entry
            .fact("output_bytes", output.text.len())
            .fact("output_sha256", hex::encode(Sha256::digest(&output.text))),
        ScriptRunState::Begun
        | ScriptRunState::Queued
        | ScriptRunState::Running
        | ScriptRunState::Unknown { .. } => entry,
    }
}

/// How the step that waits ends by it.
fn step_end(run: &ScriptRun) -> Option<StepEnd> {
    let state = match run.state {
        ScriptRunState::Begun | ScriptRunState::Queued | ScriptRunState::Running => return None,
        ScriptRunState::Succeeded { .. } => StepState::Succeeded,
        ScriptRunState::Failed { .. } => StepState::Failed,
        ScriptRunState::Unknown { .. } => StepState::Unknown,
    };
    Some(StepEnd {
        state,
        reason: run.state.reason().map(str::to_owned),
        output: Map::from_iter([("run_id".to_owned(), json!(run.id))]),
    })
}

/// Lets the waiting step know how the run ended, if it has. Telling it twice changes nothing.
pub(crate) async fn tell_step(app: &App, tenant: &Tenant, run: &ScriptRun) -> Result<(), Problem> {
    if run.state.ended_at().is_none() {
        return Ok(());
    }
    let sealed = run.sealed_token.as_deref();
    match task_token(app, tenant, run.id.as_str(), sealed).await? {
        Some(token) => tell(app, run, &token).await,
        None => Ok(()),
    }
}

/// Answers one task token with how the run ended.
pub(crate) async fn tell(app: &App, run: &ScriptRun, token: &SecretString) -> Result<(), Problem> {
    let why = run.state.reason().unwrap_or_default().to_owned();
    let result = match run.state {
        ScriptRunState::Begun | ScriptRunState::Queued | ScriptRunState::Running => return Ok(()),
        ScriptRunState::Succeeded { .. } => Ok(()),
        ScriptRunState::Failed { .. } => Err(TaskError::Failed(why)),
        ScriptRunState::Unknown { .. } => Err(TaskError::Unknown(why)),
    };
    tell_waiting(app, run.id.as_str(), run.state.as_str(), token, result).await
}
