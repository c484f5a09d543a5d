//! `/_sandbox/halo/tickets`: what a user or an agent does in Halo itself.

use axum::{
    Json,
    extract::{Path, State},
    http::StatusCode,
};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Body, Refusal};
use crate::{
    clock,
    halopsa::{
        self,
        tickets::{Ticket, TicketWrite},
        webhook::{self, Event},
    },
    world::World,
};

/// An agent at the keyboard; the API acts as another.
const PERSON: u32 = 12;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct NewTicket {
    summary: String,
    #[serde(default)]
    details: String,
    user_email: Option<String>,
    category_1: Option<String>,
    /// A number of the caller's choice.
    id: Option<u64>,
    #[serde(default = "yes")]
    fire: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Firing {
    event: Event,
    delivery_id: Option<String>,
}

fn yes() -> bool {
    true
}

pub(super) async fn create(
    State(world): State<World>,
    Body(new): Body<NewTicket>,
) -> Result<(StatusCode, Json<Value>), Refusal> {
    let write = TicketWrite::asked(new.summary, new.details, new.user_email, new.category_1);
    let made = world.with(|state| {
        state
            .tickets
            .create(new.id, write, &state.people, clock::now())
    });
    let id = made.map_err(refused)?.ok_or_else(|| {
        let why = "there is a ticket with this id; leave the id out or POST /_sandbox/reset first";
        Refusal(StatusCode::CONFLICT, why.into())
    })?;
    if new.fire {
        webhook::fire(&world, Event::TicketCreated, id, 0, None);
    }
    Ok((
        StatusCode::CREATED,
        Json(json!({"id": id, "ticket_id": format!("HLP-{id}")})),
    ))
}

pub(super) async fn list(State(world): State<World>) -> Json<Vec<Value>> {
    world.with(|state| Json(state.tickets.newest_first().map(shown).collect()))
}

pub(super) async fn get(
    State(world): State<World>,
    Path(id): Path<u64>,
) -> Result<Json<Value>, Refusal> {
    world.with(|state| {
        state
            .tickets
            .get(id)
            .map(|ticket| Json(shown(ticket)))
            .ok_or_else(|| unknown(id))
    })
}

/// Changes a ticket as an agent at the keyboard would; the body holds Halo's own fields, and `fire: false` keeps it quiet.
pub(super) async fn change(
    State(world): State<World>,
    Path(id): Path<u64>,
    Body(mut change): Body<Value>,
) -> Result<Json<Value>, Refusal> {
    let fire = change
        .as_object_mut()
        .and_then(|fields| fields.remove("fire"))
        != Some(Value::Bool(false));
    let write: TicketWrite = serde_json::from_value(change)
        .map_err(|cause| Refusal(StatusCode::UNPROCESSABLE_ENTITY, cause.to_string()))?;
    let changed = world.with(|state| {
        state
            .tickets
            .change(id, write, &state.people, clock::now())
            .map_err(refused)?;
        state.tickets.get(id).map(shown).ok_or_else(|| unknown(id))
    })?;
    if fire {
        webhook::fire(&world, Event::TicketUpdated, id, PERSON, None);
    }
    Ok(Json(changed))
}

pub(super) async fn fire(
    State(world): State<World>,
    Path(id): Path<u64>,
    Body(firing): Body<Firing>,
) -> Result<(StatusCode, Json<Value>), Refusal> {
    world.with(|state| state.tickets.get(id).map(|_| ()).ok_or_else(|| unknown(id)))?;
    let delivery = webhook::fire(&world, firing.event, id, PERSON, firing.delivery_id);
    let delivery = delivery.ok_or_else(|| {
        let why = "webhooks have no target; POST /_sandbox/config with webhooks.halopsa first";
        Refusal(StatusCode::CONFLICT, why.into())
    })?;
    Ok((StatusCode::ACCEPTED, Json(json!({"id": delivery}))))
}

fn shown(ticket: &Ticket) -> Value {
    let mut shown = ticket.shown(true);
    shown["notes"] = ticket.notes().into();
    shown
}

fn unknown(id: u64) -> Refusal {
    Refusal(
        StatusCode::NOT_FOUND,
        format!("no Halo ticket {id}; GET /_sandbox/halo/tickets lists them"),
    )
}

fn refused(halopsa::Refusal(status, why): halopsa::Refusal) -> Refusal {
    Refusal(status, why)
}
