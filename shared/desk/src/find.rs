//! Finding a ticket by any of its names.

use domain::{Tenant, Ticket, TicketName};
use kit::{App, Problem};

/// The ticket with this name.
///
/// # Errors
/// 404 when this tenant has no such ticket.
pub async fn find_ticket(app: &App, tenant: &Tenant, name: &TicketName) -> Result<Ticket, Problem> {
    let found = app.store().ticket_named(tenant, name).await?;
    found.ok_or_else(|| Problem::not_found("ticket").with("ticket_id", name.to_string()))
}
