//! `/_sandbox/users`: who is in the directory.

use axum::{
    Json,
    extract::{Path, State},
    http::StatusCode,
};
use serde_json::{Map, Value};

use super::{Body, Refusal};
use crate::{clock, people::Person, world::World};

pub(super) async fn list(State(world): State<World>) -> Json<Vec<Person>> {
    world.with(|state| Json(state.people.all().to_vec()))
}

pub(super) async fn get(
    State(world): State<World>,
    Path(email): Path<String>,
) -> Result<Json<Person>, Refusal> {
    world.with(|state| {
        let found = state
            .people
            .by_mail(&email)
            .or_else(|| state.people.by_key(&email));
        let person = found.ok_or_else(|| {
            let why = format!("no user {email}; PUT /_sandbox/users/{email} makes one");
            Refusal(StatusCode::NOT_FOUND, why)
        })?;
        Ok(Json(person.clone()))
    })
}

/// Makes or changes a person.
pub(super) async fn put(
    State(world): State<World>,
    Path(email): Path<String>,
    Body(changes): Body<Map<String, Value>>,
) -> Result<Json<Person>, Refusal> {
    world
        .with(|state| state.people.put(&email, changes, clock::now()))
        .map(Json)
        .map_err(|why| Refusal(StatusCode::UNPROCESSABLE_ENTITY, why))
}
