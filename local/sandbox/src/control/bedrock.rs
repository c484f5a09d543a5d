//! `POST /_sandbox/bedrock`: what the model says about the next text that holds some words.

use axum::{Json, extract::State, http::StatusCode};

use super::{Body, Refusal};
use crate::{bedrock::orders::Order, world::World};

pub(super) async fn order(
    State(world): State<World>,
    Body(order): Body<Order>,
) -> Result<(StatusCode, Json<Order>), Refusal> {
    world.with(|state| state.orders.add(order.clone()));
    Ok((StatusCode::CREATED, Json(order)))
}
