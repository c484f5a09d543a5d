//! `POST /_sandbox/oidc`: what an issuer does to its keys.

use axum::{Json, extract::State, http::StatusCode};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Body, Refusal};
use crate::world::World;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Change {
    rotate: bool,
}

pub(super) async fn change(
    State(world): State<World>,
    Body(change): Body<Change>,
) -> Result<Json<Value>, Refusal> {
    let failed = |why: &str| Refusal(StatusCode::INTERNAL_SERVER_ERROR, why.into());
    world.with(|state| {
        if change.rotate {
            state.issuer.rotate().map_err(failed)?;
        }
        let kid = state.issuer.key().map_err(failed)?.kid.clone();
        Ok(Json(json!({"kid": kid})))
    })
}
