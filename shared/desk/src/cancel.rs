//! Stopping a run: the mark that nothing begins behind, and word to whoever waits.

use crate::{Raced, asked_on, retried};
use audit::{Actor, Entry};
use domain::{
    Cancelling, Execution, ExecutionId, ExecutionStatus, PlaybookName, StepState, Tenant,
};
use kit::{App, Problem, TaskError};
use serde_json::{Map, json};

/// A run that somebody asked to stop.
#[derive(Debug)]
pub enum Cancelled {
    /// By this call.
    Now(Execution),
    /// By an earlier one. It may have ended since.
    Before(Execution),
}

/// Asks a run to stop. From this write on no step of it begins, for whoever begins one writes the same row; a call to a
/// vendor that is under way may land and is recorded. What it asked of people is withdrawn in the same write, and the
/// states that wait for them go on to the run's end. Doing it again tells them again.
///
/// # Errors
/// 404 when this tenant has no such run; 409 when it ended otherwise; when a state could not be told, which repeating
/// does.
pub async fn cancel_run(
    app: &App,
    tenant: &Tenant,
    id: &ExecutionId,
    actor: &Actor,
    reason: Option<&str>,
) -> Result<Cancelled, Problem> {
    let asked = retried(|| async {
        let seen = app.store().execution(tenant, id).await?;
        let seen = seen.ok_or_else(|| Problem::not_found("execution"))?;
        if seen.cancelling.is_some() || seen.status == ExecutionStatus::Cancelled {
            return Ok::<_, Raced>(Cancelled::Before(seen));
        }
        let run = marked(app, tenant, &seen, actor, reason).await?;
        tracing::info!(execution = %run.id, by = actor.id(), "execution is being cancelled");
        Ok(Cancelled::Now(run))
    })
    .await?;
    let (Cancelled::Now(run) | Cancelled::Before(run)) = &asked;
    if !run.status.is_final() {
        go_on(app, tenant, run).await?;
    }
    Ok(asked)
}

async fn marked(
    app: &App,
    tenant: &Tenant,
    seen: &Execution,
    actor: &Actor,
    reason: Option<&str>,
) -> Result<Execution, Raced> {
    let now = app.clock().now();
    let mut next = seen
        .cancel(actor.id(), reason, now)
        .map_err(Problem::from)?;
    let hash = next.cancelling.as_ref().and_then(Cancelling::reason_hash);
    let asked = Entry::new(now, actor.clone(), "execution.cancel_requested");
    let mut entries = vec![asked.fact("reason_sha256", hash)];
    let asked = asked_on(app, tenant, seen.ticket_id).await?;
    let (write, withdrawn) =
        asked.withdraw(app.store().write(tenant, "cancel requested"), &seen.id, now);
    for request in withdrawn {
        let why = Some(format!("cancelled by {}", actor.id()));
        let output = Map::from_iter([("request_id".to_owned(), json!(request.id))]);
        next = next
            .end(&request.step, StepState::Cancelled, why, output, now)
            .unwrap_or(next);
        entries.push(request.entry(actor, now));
    }
    let write = write.execution(Some(seen), &next, entries);
    let written = write.commit_returning().await?;
    Ok(written.execution.unwrap_or(next))
}

/// Has a run that is being cancelled come to its end: its machine runs, and no state waits for a withdrawn request.
async fn go_on(app: &App, tenant: &Tenant, run: &Execution) -> Result<(), Problem> {
    if run.status == ExecutionStatus::Pending {
        // Whoever recorded it may have died before its machine was started; then nobody would end it.
        let arn = machine_of(app, tenant, &run.playbook, &run.version).await?;
        app.machines().start(&arn, tenant, run).await?;
    }
    let asked = asked_on(app, tenant, run.ticket_id).await?;
    for (id, sealed) in asked.withdrawn_tokens(&run.id) {
        let token = app.seal().open(tenant, id.as_str(), sealed).await?;
        let why = TaskError::Cancelled("the run is being cancelled".to_owned());
        let heard = app.machines().answer(&token, Err(&why)).await?;
        tracing::info!(request_id = %id, heard, "step told that its run is being cancelled");
    }
    Ok(())
}

async fn machine_of(
    app: &App,
    tenant: &Tenant,
    playbook: &PlaybookName,
    version: &str,
) -> Result<String, Problem> {
    let row = app
        .store()
        .playbook_version_of(tenant, playbook, version)
        .await?;
    let missing = || Problem::not_found("playbook version").with("version", version);
    Ok(row.ok_or_else(missing)?.machine_arn)
}
