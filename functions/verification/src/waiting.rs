//! Whoever waits for an answer: a step of a run, or nobody. An answer is recorded on the chain of the run, whose step ends
//! with it in the same write, else on the ticket's.

use audit::Entry;
use desk::{Raced, find_ticket};
use domain::{Execution, ExecutionId, RequestId, StepId, StepState, Tenant, TicketId, TicketName};
use jiff::Timestamp;
use kit::{App, Problem, TaskError};
use secrecy::SecretString;
use serde_json::{Map, Value};
use store::Write;

/// How a step ends by an answer.
pub(crate) struct StepEnd {
    pub(crate) state: StepState,
    pub(crate) reason: Option<String>,
    pub(crate) output: Map<String, Value>,
}

/// The run of the step that waits, if one does.
pub(crate) async fn waiting_run(
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
#[expect(
    clippy::too_many_arguments,
    reason = "the rows of one change, and when it is made"
)]
pub(crate) async fn on_chain<'a>(
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

/// The task token that was sealed for a request, if a step waits for it.
pub(crate) async fn token(
    app: &App,
    tenant: &Tenant,
    id: &RequestId,
    sealed: Option<&str>,
) -> Result<Option<SecretString>, Problem> {
    let Some(sealed) = sealed else {
        return Ok(None);
    };
    Ok(Some(app.seal().open(tenant, id.as_str(), sealed).await?))
}

/// Answers a task token with what stands. Doing it twice changes nothing.
pub(crate) async fn answer_token(
    app: &App,
    id: &RequestId,
    state: &str,
    token: &SecretString,
    result: Result<(), TaskError>,
) -> Result<(), Problem> {
    let heard = app
        .machines()
        .answer(token, result.as_ref().copied())
        .await?;
    tracing::info!(request_id = %id, state, heard, "step told");
    Ok(())
}
