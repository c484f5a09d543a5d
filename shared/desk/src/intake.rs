//! Taking a ticket in.

use audit::{Actor, Entry};
use domain::{
    ChainHead, Origin, Requester, Telling, Tenant, Ticket, TicketId, TicketName, TicketStatus,
};
use kit::{App, Problem};
use std::collections::BTreeMap;
use store::StoreError;

/// A ticket at the door.
pub struct Arrival<'a> {
    /// The name it came with.
    pub name: &'a TicketName,
    /// The door.
    pub origin: Origin,
    /// The requester's address, as it came.
    pub email: &'a str,
    /// Who brought it.
    pub actor: Actor,
}

/// The ticket with the arrival's name; taken in now if it is new. Two who bring it at once get the same one.
///
/// # Errors
/// 404 when the name is one only we give, and we gave it to no ticket.
pub async fn take_in(app: &App, tenant: &Tenant, arrival: Arrival<'_>) -> Result<Ticket, Problem> {
    let store = app.store();
    if let Some(known) = store.ticket_named(tenant, arrival.name).await? {
        return Ok(known);
    }
    if matches!(arrival.name, TicketName::Id(_) | TicketName::Counter(_)) {
        return Err(Problem::not_found("ticket").with("ticket_id", arrival.name.to_string()));
    }
    let now = app.clock().now();
    let ticket = Ticket {
        id: TicketId::from_bits(app.ids().ulid(now)),
        number: store.next_number(tenant).await?,
        name: arrival.name.clone(),
        origin: arrival.origin,
        status: TicketStatus::New,
        requester: Requester {
            email: arrival.email.to_owned(),
            user_id: None,
        },
        snapshot: None,
        decided: None,
        telling: Telling::Open,
        runs: Vec::new(),
        live: BTreeMap::new(),
        created_at: now,
        rev: 0,
        chain: ChainHead::default(),
    };
    let entry = Entry::new(now, arrival.actor, "ticket.received")
        .fact("name", ticket.name.to_string())
        .fact("number", ticket.number);
    let written = store
        .write(tenant, "ticket taken in")
        .ticket(None, &ticket, vec![entry])
        .name(&ticket.name, ticket.id)
        .name(&TicketName::Counter(ticket.number), ticket.id)
        .commit_returning()
        .await;
    match written {
        Ok(written) => Ok(written.ticket.unwrap_or(ticket)),
        Err(StoreError::Conflict { .. }) => crate::find_ticket(app, tenant, arrival.name).await,
        Err(error) => Err(error.into()),
    }
}
