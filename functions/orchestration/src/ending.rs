//! The end of a run: run, ticket and both chains in one write, then a note in the PSA.

use audit::{Actor, Entry};
use desk::{Raced, find_ticket, retried, tell};
use domain::{
    Cancelling, Execution, ExecutionStatus, StepState, Tenant, Ticket, TicketName, TicketStatus,
};
use kit::{App, Problem, TaskError, TaskInput};

/// Why a delivery that outlived its state is `queued`.
pub(crate) const HANDED_ON: &str = "handed on: it is still being tried";

/// How a run ends.
pub(crate) struct Ending {
    /// The run with its steps as they ended.
    pub(crate) run: Execution,
    /// Its end.
    pub(crate) status: ExecutionStatus,
    /// Why, when not completed.
    pub(crate) reason: Option<String>,
    /// What else is recorded with it: steps that end here.
    pub(crate) entries: Vec<Entry>,
}

/// Ends the run of a state, if it is not over; `decide` says how, from the run as it stands, or that the run is to turn back
/// first. Repeating it ends nothing twice and writes the note once.
pub(crate) async fn end_run<F, R>(
    app: &App,
    input: &TaskInput,
    decide: F,
) -> Result<Execution, TaskError>
where
    F: Fn(Execution) -> R,
    R: Future<Output = Result<Option<Ending>, Problem>>,
{
    let (tenant, name) = (&input.tenant, TicketName::Id(input.ticket_id));
    let ended = retried(|| async {
        let seen = app.store().execution(tenant, &input.execution_id).await?;
        let seen = seen.ok_or_else(|| Problem::not_found("execution"))?;
        let ticket = find_ticket(app, tenant, &name).await?;
        if seen.status.is_final() {
            return Ok::<_, Raced>(Some((seen, ticket, false)));
        }
        let Some(ending) = decide(seen.clone()).await? else {
            return Ok(None);
        };
        let (run, ticket) = written(app, tenant, &seen, &ticket, ending).await?;
        Ok(Some((run, ticket, true)))
    });
    let ended = ended.await.map_err(|problem| not_now(&problem))?;
    let turned_back = || TaskError::Cancelled("the run was asked to stop".to_owned());
    let (run, ticket, fresh) = ended.ok_or_else(turned_back)?;
    tell(app, tenant, &ticket, run.id.as_str(), &text(&run), fresh)
        .await
        .map_err(|problem| not_now(&problem))?;
    Ok(run)
}

async fn written(
    app: &App,
    tenant: &Tenant,
    seen: &Execution,
    ticket: &Ticket,
    ending: Ending,
) -> Result<(Execution, Ticket), Raced> {
    let now = app.clock().now();
    let run = ending
        .run
        .finish(ending.status, ending.reason, now)
        .map_err(Problem::from)?;
    let (status, action) = left_to(&run);
    let mut next = Ticket {
        status,
        ..ticket.clone()
    };
    if next.live.get(&run.playbook) == Some(&run.id) {
        next.live.remove(&run.playbook);
    }
    let word = run.status.as_str();
    let undone: Vec<String> = run
        .steps
        .iter()
        .filter_map(|step| {
            Some(format!(
                "{}: {}",
                step.id,
                step.undo.as_ref()?.state.as_str()
            ))
        })
        .collect();
    let entry = |action: &str| {
        Entry::new(now, Actor::System(app.config().handler.clone()), action)
            .fact("execution_id", run.id.as_str())
            .fact("status", word)
            .fact("reason", run.reason.clone())
            .fact("undone", (!undone.is_empty()).then(|| undone.clone()))
    };
    let mut entries = ending.entries;
    entries.push(entry(&format!("execution.{word}")));
    app.store()
        .write(tenant, "execution ended")
        .execution(Some(seen), &run, entries)
        .ticket(Some(ticket), &next, vec![entry(action)])
        .commit()
        .await?;
    tracing::info!(execution = %run.id, ticket_id = %ticket.id, status = word, "execution ended");
    Ok((run, next))
}

/// Where a run that is over leaves its ticket, and the word for it. Who stopped a run works on the ticket, unless a step
/// of it needs somebody to look.
fn left_to(run: &Execution) -> (TicketStatus, &'static str) {
    let alarming = |state| matches!(state, StepState::Denied | StepState::Unknown);
    match run.status {
        ExecutionStatus::Completed => (TicketStatus::Resolved, "ticket.resolved"),
        ExecutionStatus::Cancelled if !run.steps.iter().any(|step| alarming(step.state)) => {
            (TicketStatus::InProgress, "ticket.handed_over")
        }
        _ => (TicketStatus::Escalated, "ticket.escalated"),
    }
}

/// Why a run that was asked to stop ended, in the record's words: a person's own stay out of it.
pub(crate) fn cancelled_by(asked: &Cancelling) -> String {
    format!("cancelled by {}", asked.by)
}

/// What an agent reads.
fn text(run: &Execution) -> String {
    let steps: Vec<String> = run
        .steps
        .iter()
        .map(|step| {
            let why = step
                .reason
                .as_ref()
                .map(|reason| format!(" ({reason})"))
                .unwrap_or_default();
            let undo = step.undo.as_ref().map(|undo| format!("; {}", undo.told()));
            format!(
                "\n- {}: {}{why}{}",
                step.id,
                step.state.as_str(),
                undo.unwrap_or_default()
            )
        })
        .collect();
    let head = match run.status {
        ExecutionStatus::Completed => {
            format!("Deskhand finished {} {}.", run.playbook, run.version)
        }
        ExecutionStatus::Cancelled => {
            let why = run.reason.as_deref().unwrap_or("cancelled");
            let words = run
                .cancelling
                .as_ref()
                .and_then(|asked| asked.reason.as_ref());
            let words = words
                .map(|words| format!(" (“{words}”)"))
                .unwrap_or_default();
            format!(
                "Deskhand stopped {} {}: {why}{words}. An agent takes over.",
                run.playbook, run.version
            )
        }
        other => {
            let why = run.reason.as_deref().unwrap_or("it could not go on");
            format!(
                "Deskhand stopped {} {}: {}, {why}. An agent takes over.",
                run.playbook,
                run.version,
                other.as_str()
            )
        }
    };
    let steps = steps.concat();
    format!("{head}{steps}\nThe audit of {} has every step.", run.id)
}

/// A run's end is tried until it is recorded and told; nothing in it may be given up on.
fn not_now(problem: &Problem) -> TaskError {
    TaskError::Retryable(problem.to_string())
}
