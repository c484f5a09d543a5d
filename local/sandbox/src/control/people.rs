//! `/_sandbox/users`: who is in the directory.

use axum::{
    Json,
    extract::{Path, State},
    http::StatusCode,
};
use serde_json::{Map, Value};

use super::{Body, Refusal};
use crate::{
    clock,
    graph::audits::By,
    people::{Person, camel},
    world::World,
};

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

/// Makes or changes a person. With `by`, a name, the directory's log tells who let them sign in or not.
pub(super) async fn put(
    State(world): State<World>,
    Path(email): Path<String>,
    Body(mut changes): Body<Map<String, Value>>,
) -> Result<Json<Person>, Refusal> {
    let refused = |why: &str| Refusal(StatusCode::UNPROCESSABLE_ENTITY, why.into());
    let by = match changes.remove("by") {
        None => None,
        Some(Value::String(name)) => Some(By::named(&name)),
        Some(_) => return Err(refused("by is a name: an address or an application's")),
    };
    let switched = changes.keys().any(|key| camel(key) == "accountEnabled");
    world.with(|state| {
        let made = state.people.put(&email, changes, clock::now());
        let person = made.map_err(|why| refused(&why))?;
        state.past.forget();
        if let Some(by) = by
            && switched
        {
            let activity = if person.account_enabled {
                "Enable account"
            } else {
                "Disable account"
            };
            state.audits.add(activity, &person.id, &by);
        }
        Ok(Json(person))
    })
}
