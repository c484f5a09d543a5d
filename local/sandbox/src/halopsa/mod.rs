//! HaloPSA: discovery, token, tickets, actions, users, and the webhooks it fires.

mod actions;
mod auth;
mod fields;
mod routes;
mod text;
pub(crate) mod tickets;
pub(crate) mod webhook;

pub(crate) use routes::routes;

use axum::{
    Json,
    extract::FromRequestParts,
    http::{StatusCode, request::Parts},
    response::{IntoResponse, Response},
};
use serde::{Deserialize, Deserializer, de::DeserializeOwned};
use serde_json::{Value, json};

use crate::{clock, tokens::Audience, world::World};

/// The API application, let in by its bearer token.
struct Agent;

impl FromRequestParts<World> for Agent {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, world: &World) -> Result<Self, Refusal> {
        let now = clock::now();
        if world.with(|state| state.tokens.open(&parts.headers, Audience::Halo, now)) {
            return Ok(Self);
        }
        Err(Refusal(
            StatusCode::UNAUTHORIZED,
            "Authorization has been denied for this request.".into(),
        ))
    }
}

/// A refusal in one of Halo's shapes, `{ClassName, Message}`.
pub(crate) struct Refusal(pub(crate) StatusCode, pub(crate) String);

impl Refusal {
    pub(crate) fn bad(message: impl Into<String>) -> Self {
        Self(StatusCode::BAD_REQUEST, message.into())
    }

    pub(crate) fn no_ticket(id: u64) -> Self {
        Self(
            StatusCode::NOT_FOUND,
            format!("Ticket {id} does not exist."),
        )
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let Self(status, message) = self;
        let body = json!({"ClassName": "System.Exception", "Message": message});
        (status, Json(body)).into_response()
    }
}

/// The items of a body that Halo takes only as an array.
fn items<T: DeserializeOwned>(body: &[u8]) -> Result<Vec<T>, Refusal> {
    let body: Value = serde_json::from_slice(body)
        .map_err(|cause| Refusal::bad(format!("The request body is not valid JSON: {cause}")))?;
    if body.is_object() {
        return Err(Refusal::bad(
            "Cannot deserialize the current JSON object into type 'System.Collections.Generic.List`1' because the type \
             requires a JSON array to deserialize correctly.",
        ));
    }
    let items: Vec<T> = serde_json::from_value(body)
        .map_err(|cause| Refusal::bad(format!("The request is invalid: {cause}")))?;
    if items.is_empty() {
        return Err(Refusal::bad("The request is invalid: the array is empty."));
    }
    Ok(items)
}

/// One item is answered as the object, several as a list.
fn one_or_all(mut made: Vec<Value>) -> Value {
    if made.len() == 1 {
        made.remove(0)
    } else {
        Value::Array(made)
    }
}

/// An id as Halo takes it: a number, or the same number in a string.
fn loose_id<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<u64>, D::Error> {
    match Value::deserialize(deserializer)? {
        Value::Null => Ok(None),
        Value::String(text) => text.parse().map(Some).map_err(serde::de::Error::custom),
        number => serde_json::from_value(number)
            .map(Some)
            .map_err(serde::de::Error::custom),
    }
}
