//! Whoever waits for an answer: a step of a run, or nobody. An answer is recorded on the chain of the run, whose step ends
//! with it in the same write, else on the ticket's.

use crate::{Raced, find_ticket};
use audit::Entry;
use domain::{Execution, ExecutionId, StepId, StepState, Tenant, TicketId, TicketName};
use jiff::Timestamp;
use kit::{App, Problem, TaskError};
use secrecy::SecretString;
use serde_json::{Map, Value};
use store::Write;

/// How a step ends by an answer.
pub struct StepEnd {
    /// Its end.
    pub state: StepState,
    /// Why, when it did not succeed.
    pub reason: Option<String>,
    /// What later steps may read.
    pub output: Map<String, Value>,
}

/// The run of the step that waits, if one does.
///
/// # Errors
/// 404 when there is no such run; when the tables cannot be asked.
pub async fn waiting_run(
    app: &App,
    tenant: &Tenant,
    waiting: Option<&(ExecutionId, StepId)>,
) -> Result<Option<Execution>, Problem> {
    let Some((run, _)) = waiting else {
        return Ok(None);
    };
    let run = app.store().execution(tenant, run).await?;
    run.ok_or_else(|| Problem::not_found("execution")).map(Some)
}

/// Adds the entries to the chain of `run`, whose step ends by it unless it is past that already; to the ticket's where no
/// run waits.
///
/// # Errors
/// 404 when there is no such ticket; when the tables cannot be asked.
#[expect(
    clippy::too_many_arguments,
    reason = "the rows of one change, and when it is made"
)]
pub async fn on_chain<'a>(
    app: &App,
    tenant: &Tenant,
    write: Write<'a>,
    ticket_id: TicketId,
    waits: Option<(&Execution, &StepId)>,
    entries: Vec<Entry>,
    end: Option<StepEnd>,
    now: Timestamp,
) -> Result<Write<'a>, Raced> {
    let Some((seen, step)) = waits else {
        let ticket = find_ticket(app, tenant, &TicketName::Id(ticket_id)).await?;
        return Ok(write.ticket(Some(&ticket), &ticket, entries));
    };
    let entries = entries
        .into_iter()
        .map(|entry| entry.fact("step", step.as_str()))
        .collect();
    let ended = end.and_then(|end| seen.end(step, end.state, end.reason, end.output, now).ok());
    let next = ended.as_ref().unwrap_or(seen);
    Ok(write.execution(Some(seen), next, entries))
}

/// The task token that was sealed for the row with this id, if a step waits for it.
///
/// # Errors
/// When it cannot be opened.
pub async fn task_token(
    app: &App,
    tenant: &Tenant,
    id: &str,
    sealed: Option<&str>,
) -> Result<Option<SecretString>, Problem> {
    let Some(sealed) = sealed else {
        return Ok(None);
    };
    Ok(Some(app.seal().open(tenant, id, sealed).await?))
}

/// Answers a task token with what stands. Doing it twice changes nothing.
///
/// # Errors
/// When Step Functions cannot be asked.
pub async fn tell_waiting(
    app: &App,
    id: &str,
    state: &str,
    token: &SecretString,
    result: Result<(), TaskError>,
) -> Result<(), Problem> {
    let heard = app
        .machines()
        .answer(token, result.as_ref().copied())
        .await?;
    tracing::info!(%id, state, heard, "step told");
    Ok(())
}
