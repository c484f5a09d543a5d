//! The routes under `/halopsa`.

use axum::{
    Json, Router,
    body::Bytes,
    extract::{Path, Query, State},
    http::StatusCode,
    routing::{get, post},
};
use serde_json::{Value, json};

use super::{
    Agent, Refusal,
    actions::{self, ActionWrite},
    auth, items, one_or_all,
    tickets::TicketWrite,
    webhook::{self, Event},
};
use crate::{HALO_AGENT_ID, clock, forms::Form, world::World};

pub(crate) fn routes() -> Router<World> {
    Router::new()
        .route("/halopsa/api/authinfo", get(auth::authinfo))
        .route("/halopsa/auth/token", post(auth::token))
        .route(
            "/halopsa/api/Tickets",
            get(list_tickets).post(write_tickets),
        )
        .route("/halopsa/api/Tickets/{id}", get(get_ticket))
        .route(
            "/halopsa/api/Actions",
            get(list_actions).post(write_actions),
        )
        .route("/halopsa/api/Users/{id}", get(get_user))
}

async fn get_ticket(
    _: Agent,
    State(world): State<World>,
    Path(id): Path<u64>,
    Query(query): Query<Form>,
) -> Result<Json<Value>, Refusal> {
    world.with(|state| {
        let ticket = state
            .tickets
            .get(id)
            .ok_or_else(|| Refusal::no_ticket(id))?;
        let mut shown = ticket.shown(flag(&query, "includedetails"));
        if flag(&query, "includelastaction") {
            shown["lastaction"] = ticket.notes().pop().unwrap_or_default();
        }
        Ok(Json(shown))
    })
}

async fn list_tickets(
    _: Agent,
    State(world): State<World>,
    Query(query): Query<Form>,
) -> Json<Value> {
    let search = query
        .get("search")
        .map(|text| text.to_lowercase())
        .unwrap_or_default();
    let open_only = flag(&query, "open_only");
    let found: Vec<Value> = world.with(|state| {
        let fits = |ticket: &Value| {
            let open = ticket["hasbeenclosed"] != json!(true);
            let text = format!("{} {}", ticket["summary"], ticket["details"]).to_lowercase();
            (open || !open_only) && text.contains(&search)
        };
        state
            .tickets
            .newest_first()
            .map(|ticket| ticket.shown(true))
            .filter(fits)
            .collect()
    });
    let record_count = found.len();
    let (size, page) = if flag(&query, "pageinate") {
        (
            number(&query, "page_size", 50),
            number(&query, "page_no", 1),
        )
    } else {
        (number(&query, "count", 50), 1)
    };
    let skipped = size.saturating_mul(page.saturating_sub(1));
    let tickets: Vec<Value> = found.into_iter().skip(skipped).take(size).collect();
    Json(json!({"record_count": record_count, "tickets": tickets}))
}

async fn write_tickets(
    _: Agent,
    State(world): State<World>,
    body: Bytes,
) -> Result<(StatusCode, Json<Value>), Refusal> {
    let writes: Vec<TicketWrite> = items(&body)?;
    let mut done = Vec::new();
    let mut fired = Vec::new();
    let outcome = world.with(|state| {
        for write in writes {
            let now = clock::now();
            let (id, event) = match write.id {
                Some(id) => {
                    state.tickets.change(id, write, &state.people, now)?;
                    (id, Event::TicketUpdated)
                }
                None if write.summary.is_none() => {
                    return Err(Refusal::bad("A Summary must be entered for this Ticket"));
                }
                None => {
                    let id = state.tickets.create(None, write, &state.people, now)?;
                    (id.unwrap_or_default(), Event::TicketCreated)
                }
            };
            done.extend(state.tickets.get(id).map(|ticket| ticket.shown(true)));
            fired.push((event, id));
        }
        Ok(())
    });
    // What was written before an item that is refused stays written, and is told.
    for (event, id) in fired {
        webhook::fire(&world, event, id, HALO_AGENT_ID, None);
    }
    outcome?;
    Ok((StatusCode::CREATED, Json(one_or_all(done))))
}

async fn list_actions(
    _: Agent,
    State(world): State<World>,
    Query(query): Query<Form>,
) -> Result<Json<Value>, Refusal> {
    let id = query.get("ticket_id").and_then(|id| id.parse().ok());
    let id = id.ok_or_else(|| Refusal::bad("ticket_id is missing or not a number."))?;
    let count = number(&query, "count", 50);
    world.with(|state| {
        let ticket = state
            .tickets
            .get(id)
            .ok_or_else(|| Refusal::no_ticket(id))?;
        let mut notes = ticket.notes();
        let record_count = notes.len();
        notes.reverse();
        notes.truncate(count);
        Ok(Json(
            json!({"record_count": record_count, "actions": notes}),
        ))
    })
}

async fn write_actions(
    _: Agent,
    State(world): State<World>,
    body: Bytes,
) -> Result<(StatusCode, Json<Value>), Refusal> {
    let writes: Vec<ActionWrite> = items(&body)?;
    let mut done = Vec::new();
    for write in writes {
        let (ticket_id, action) =
            world.with(|state| actions::add(&mut state.tickets, write, clock::now()))?;
        webhook::fire(&world, Event::TicketUpdated, ticket_id, HALO_AGENT_ID, None);
        done.push(action);
    }
    Ok((StatusCode::CREATED, Json(one_or_all(done))))
}

async fn get_user(
    _: Agent,
    State(world): State<World>,
    Path(id): Path<u32>,
) -> Result<Json<Value>, Refusal> {
    world.with(|state| {
        let person = state
            .people
            .by_halo_id(id)
            .ok_or_else(|| Refusal(StatusCode::NOT_FOUND, format!("User {id} does not exist.")))?;
        Ok(Json(json!({
            "id": person.halo_id,
            "name": person.name(),
            "emailaddress": person.mail,
            "client_id": 12,
            "site_id": 18,
            "inactive": !person.account_enabled,
        })))
    })
}

fn flag(query: &Form, name: &str) -> bool {
    query
        .get(name)
        .is_some_and(|value| value.eq_ignore_ascii_case("true"))
}

fn number(query: &Form, name: &str, otherwise: usize) -> usize {
    query
        .get(name)
        .and_then(|value| value.parse().ok())
        .unwrap_or(otherwise)
}
