//! Taking a ticket in.

use audit::{Actor, Entry};
use domain::{
    ChainHead, Origin, Requester, Telling, Tenant, Ticket, TicketId, TicketName, TicketStatus,
};
use jiff::Timestamp;
use kit::{App, Problem};
use std::collections::BTreeMap;
use store::{StoreError, Write};

/// A ticket at the door.
pub struct Arrival<'a> {
    /// The name it came with.
    pub name: &'a TicketName,
    /// The door.
    pub origin: Origin,
    /// The requester's address, as it came.
    pub email: &'a str,
    /// Its category there, `>` between the levels.
    pub category: Option<&'a str>,
    /// Who brought it.
    pub actor: Actor,
}

/// A ticket as it is met: known by its name, or new.
pub(crate) enum Met {
    /// It was taken in before.
    Known(Box<Ticket>),
    /// Nobody has taken it in; this is what it would be.
    New(Box<Ticket>),
}

/// The ticket with the arrival's name; taken in now if it is new. Two who bring it at once get the same one.
///
/// # Errors
/// 404 when the name is one only we give, and we gave it to no ticket.
pub async fn take_in(app: &App, tenant: &Tenant, arrival: &Arrival<'_>) -> Result<Ticket, Problem> {
    let ticket = match meet(app, tenant, arrival).await? {
        Met::Known(ticket) => return Ok(*ticket),
        Met::New(ticket) => *ticket,
    };
    let write = app.store().write(tenant, "ticket taken in");
    let received = vec![received(&ticket, &arrival.actor)];
    let written = named(write.ticket(None, &ticket, received), &ticket);
    match written.commit_returning().await {
        Ok(written) => Ok(written.ticket.unwrap_or(ticket)),
        Err(StoreError::Conflict { .. }) => crate::find_ticket(app, tenant, arrival.name).await,
        Err(error) => Err(error.into()),
    }
}

/// Looks an arrival up; a new one gets its id and number here, and is written by whoever asked.
pub(crate) async fn meet(
    app: &App,
    tenant: &Tenant,
    arrival: &Arrival<'_>,
) -> Result<Met, Problem> {
    let store = app.store();
    if let Some(known) = store.ticket_named(tenant, arrival.name).await? {
        return Ok(Met::Known(Box::new(known)));
    }
    if matches!(arrival.name, TicketName::Id(_) | TicketName::Counter(_)) {
        return Err(Problem::not_found("ticket").with("ticket_id", arrival.name.to_string()));
    }
    let now = app.clock().now();
    let id = TicketId::from_bits(app.ids().ulid(now));
    let number = store.next_number(tenant).await?;
    Ok(Met::New(Box::new(fresh(id, number, arrival, now))))
}

fn fresh(id: TicketId, number: u64, arrival: &Arrival<'_>, now: Timestamp) -> Ticket {
    Ticket {
        id,
        number,
        name: arrival.name.clone(),
        origin: arrival.origin,
        status: TicketStatus::New,
        requester: Requester {
            email: arrival.email.to_owned(),
            user_id: None,
        },
        snapshot: None,
        decided: None,
        started: None,
        withheld: None,
        telling: Telling::Open,
        runs: Vec::new(),
        live: BTreeMap::new(),
        created_at: now,
        rev: 0,
        chain: ChainHead::default(),
    }
}

/// The record of a ticket's arrival.
pub(crate) fn received(ticket: &Ticket, actor: &Actor) -> Entry {
    Entry::new(ticket.created_at, actor.clone(), "ticket.received")
        .fact("name", ticket.name.to_string())
        .fact("number", ticket.number)
}

/// `write` with the names of a new ticket.
pub(crate) fn named<'a>(write: Write<'a>, ticket: &Ticket) -> Write<'a> {
    write
        .name(&ticket.name, ticket.id)
        .name(&TicketName::Counter(ticket.number), ticket.id)
}
