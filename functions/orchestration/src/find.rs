//! Finding a run by its own id or by any name of its ticket.

use desk::find_ticket;
use domain::{Execution, ExecutionId, Tenant, Ticket, TicketName};
use kit::{App, Problem};

/// Which of a ticket's runs is meant when the ticket is named.
#[derive(Clone, Copy)]
pub(crate) enum Which {
    /// The newest.
    Latest,
    /// The newest of those under way, else the newest.
    Live,
}

/// A run, and what its caller called its ticket.
pub(crate) struct Found {
    pub(crate) run: Execution,
    pub(crate) called: String,
}

/// The run that `name` means.
///
/// # Errors
/// 404 when this tenant has no such run or ticket, or none ran for it.
pub(crate) async fn find_run(
    app: &App,
    tenant: &Tenant,
    name: &TicketName,
    which: Which,
) -> Result<Found, Problem> {
    let none = || {
        Problem::not_found("execution: none ran for this ticket")
            .with("ticket_id", name.to_string())
    };
    let (id, called) = match run_id(name) {
        Some(id) => (id, None),
        None => {
            let ticket = find_ticket(app, tenant, name).await?;
            let id = of_ticket(&ticket, which).cloned().ok_or_else(none)?;
            (id, Some(name.to_string()))
        }
    };
    let run = app.store().execution(tenant, &id).await?;
    let run = run.ok_or_else(none)?;
    let called = called.unwrap_or_else(|| run.ticket_id.as_uuid());
    Ok(Found { run, called })
}

fn of_ticket(ticket: &Ticket, which: Which) -> Option<&ExecutionId> {
    let is_live = |id: &&ExecutionId| ticket.live.values().any(|live| live == *id);
    let live = ticket.runs.iter().rev().find(is_live);
    live.filter(|_| matches!(which, Which::Live))
        .or(ticket.runs.last())
}

/// A run's id, if the name has its form.
fn run_id(name: &TicketName) -> Option<ExecutionId> {
    let TicketName::External(text) = name else {
        return None;
    };
    let hex = text.strip_prefix("x-")?;
    let shaped = hex.len() == 32 && hex.bytes().all(|byte| byte.is_ascii_hexdigit());
    if shaped {
        ExecutionId::parse(text).ok()
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_runs_id_is_told_from_a_tickets_name() {
        let id = "x-0123456789abcdef0123456789abcdef";
        let run = |name: &str| run_id(&TicketName::parse(name).unwrap());
        assert_eq!(run(id), ExecutionId::parse(id).ok());
        assert_eq!(run("x-0123"), None);
        assert_eq!(run("HLP-7"), None);
    }
}
