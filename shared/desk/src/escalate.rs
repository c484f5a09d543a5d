//! Handing a ticket to a person.

use crate::{Raced, find_ticket, retried, tell};
use audit::{Actor, Entry};
use domain::{Tenant, Ticket, TicketId, TicketName, TicketStatus};
use kit::{App, Problem};

/// Escalates a ticket outside any run: its status, its audit and a note in the PSA. Doing it twice does it once.
///
/// `what` names the occasion (a delivery's id), `reason` says why in words an agent can act on.
///
/// # Errors
/// When a table or the PSA cannot be asked; repeating is safe.
pub async fn escalate_ticket(
    app: &App,
    tenant: &Tenant,
    ticket_id: TicketId,
    reason: &str,
    what: &str,
) -> Result<(), Problem> {
    let name = TicketName::Id(ticket_id);
    let ticket = retried(|| async {
        let ticket = find_ticket(app, tenant, &name).await?;
        if ticket.status == TicketStatus::Escalated {
            return Ok::<_, Raced>(ticket);
        }
        let next = Ticket {
            status: TicketStatus::Escalated,
            ..ticket.clone()
        };
        let entry = Entry::new(
            app.clock().now(),
            Actor::System("escalate_ticket".to_owned()),
            "ticket.escalated",
        )
        .fact("what", what)
        .fact("reason", reason);
        app.store()
            .write(tenant, "ticket escalated")
            .ticket(Some(&ticket), &next, vec![entry])
            .commit()
            .await?;
        Ok(next)
    })
    .await?;
    tracing::warn!(ticket_id = %ticket_id, what, reason, "escalated");
    tell(
        app,
        tenant,
        &ticket,
        what,
        &format!("Deskhand needs a person: {reason}"),
        false,
    )
    .await
}
