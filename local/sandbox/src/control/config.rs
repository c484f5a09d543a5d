//! `GET|POST /_sandbox/config`: where webhooks go, and a few numbers.

use axum::{Json, extract::State};
use secrecy::SecretString;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Body, Refusal};
use crate::{halopsa::webhook::Target, world::World};

#[derive(Default)]
pub(crate) struct Config {
    pub(crate) halopsa: Option<Target>,
    /// How long a token lives, instead of each vendor's own hour.
    pub(crate) token_seconds: Option<u32>,
}

/// What a caller may set; what it leaves out stays.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Change {
    webhooks: Option<Webhooks>,
    token_seconds: Option<u32>,
    /// The number the next Halo ticket gets.
    next_ticket_id: Option<u64>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Webhooks {
    halopsa: Option<TargetChange>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TargetChange {
    ticket_created_url: String,
    ticket_updated_url: String,
    username: String,
    password: SecretString,
}

pub(super) async fn set(
    State(world): State<World>,
    Body(change): Body<Change>,
) -> Result<Json<Value>, Refusal> {
    world.with(|state| {
        if let Some(target) = change.webhooks.and_then(|webhooks| webhooks.halopsa) {
            state.config.halopsa = Some(Target {
                ticket_created_url: target.ticket_created_url,
                ticket_updated_url: target.ticket_updated_url,
                username: target.username,
                password: target.password,
            });
        }
        if let Some(seconds) = change.token_seconds {
            state.config.token_seconds = Some(seconds);
        }
        if let Some(next) = change.next_ticket_id {
            state.tickets.number_from(next);
        }
        Ok(Json(shown(&state.config)))
    })
}

pub(super) async fn get(State(world): State<World>) -> Json<Value> {
    world.with(|state| Json(shown(&state.config)))
}

fn shown(config: &Config) -> Value {
    let target = config.halopsa.as_ref().map(|target| {
        json!({
            "ticket_created_url": target.ticket_created_url,
            "ticket_updated_url": target.ticket_updated_url,
            "username": target.username,
            "password": "***",
        })
    });
    json!({"webhooks": {"halopsa": target}, "token_seconds": config.token_seconds})
}
