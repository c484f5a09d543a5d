//! `GET /`: the page where a person reads the phone, sees tickets and answers prompts.

use axum::{Router, response::Html, routing::get};

use crate::world::World;

pub(crate) fn routes() -> Router<World> {
    Router::new().route(
        "/",
        get(|| async { Html(include_str!("../assets/index.html")) }),
    )
}
