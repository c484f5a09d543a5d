//! `/_sandbox/groups` and `/_sandbox/licences`: what people may reach.

use axum::{
    Json,
    extract::{Path, State},
    http::StatusCode,
};
use serde_json::{Map, Value, json};

use super::{Body, Refusal};
use crate::{
    groups::Group,
    licences::{Sku, taken},
    world::{self, World},
};

pub(super) async fn list(State(world): State<World>) -> Json<Vec<Group>> {
    world.with(|state| Json(state.groups.all().to_vec()))
}

pub(super) async fn get(
    State(world): State<World>,
    Path(id): Path<String>,
) -> Result<Json<Group>, Refusal> {
    world.with(|state| {
        state
            .groups
            .get(&id)
            .cloned()
            .map(Json)
            .ok_or_else(|| unknown(&id))
    })
}

/// Makes or changes a group.
pub(super) async fn put(
    State(world): State<World>,
    Path(id): Path<String>,
    Body(changes): Body<Map<String, Value>>,
) -> Result<Json<Group>, Refusal> {
    world.with(|state| {
        state.past.forget();
        let made = state.groups.put(&id, changes, &state.people);
        made.map(Json)
            .map_err(|why| Refusal(StatusCode::UNPROCESSABLE_ENTITY, why))
    })
}

pub(super) async fn add(
    State(world): State<World>,
    Path((id, key)): Path<(String, String)>,
) -> Result<Json<Group>, Refusal> {
    world.with(|state| {
        let member = member(state, &key)?;
        let group = state.groups.get_mut(&id).ok_or_else(|| unknown(&id))?;
        if !group.has(&member) {
            group.members.push(member);
        }
        Ok(Json(group.clone()))
    })
}

pub(super) async fn remove(
    State(world): State<World>,
    Path((id, key)): Path<(String, String)>,
) -> Result<Json<Group>, Refusal> {
    world.with(|state| {
        let member = member(state, &key)?;
        let group = state.groups.get_mut(&id).ok_or_else(|| unknown(&id))?;
        group.members.retain(|own| *own != member);
        Ok(Json(group.clone()))
    })
}

/// The id of a person or group; what somebody does at the keyboard is seen at once.
fn member(state: &mut world::State, key: &str) -> Result<String, Refusal> {
    state.past.forget();
    let person = state
        .people
        .by_key(key)
        .or_else(|| state.people.by_mail(key));
    let id = person
        .map(|person| person.id.clone())
        .or_else(|| state.groups.get(key).map(|group| group.id.clone()));
    id.ok_or_else(|| {
        let why =
            format!("no user or group {key}; GET /_sandbox/users and /_sandbox/groups list them");
        Refusal(StatusCode::NOT_FOUND, why)
    })
}

pub(super) async fn licences(State(world): State<World>) -> Json<Vec<Value>> {
    world.with(|state| {
        let shown = state.skus.all().iter().map(|sku| {
            let mut shown = json!(sku);
            shown["taken"] = taken(sku, &state.people, &state.groups).into();
            shown
        });
        Json(shown.collect())
    })
}

/// Makes or changes a licence.
pub(super) async fn put_licence(
    State(world): State<World>,
    Path(id): Path<String>,
    Body(changes): Body<Map<String, Value>>,
) -> Result<Json<Sku>, Refusal> {
    world.with(|state| {
        state.past.forget();
        let made = state.skus.put(&id, changes);
        made.map(Json)
            .map_err(|why| Refusal(StatusCode::UNPROCESSABLE_ENTITY, why))
    })
}

fn unknown(id: &str) -> Refusal {
    Refusal(
        StatusCode::NOT_FOUND,
        format!("no group {id}; PUT /_sandbox/groups/{id} makes one"),
    )
}
