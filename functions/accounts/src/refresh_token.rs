//! `POST /token/refresh/`: the next pair of tokens of a session.

use crate::create_token::{TokenPair, pair};
use crate::session;
use axum::Json;
use kit::{Anyone, App, Body, Problem, Problems, ShownOnce};
use serde::Deserialize;
use utoipa::ToSchema;

/// The refresh token that was given last.
#[derive(Deserialize, ToSchema)]
pub(crate) struct RefreshRequest {
    /// It works once.
    refresh: String,
}

/// Get the next pair of tokens.
///
/// Each refresh token works once; using one again ends its session, with every token of it.
#[utoipa::path(post, path = "/token/refresh/", operation_id = "refresh_token", request_body = RefreshRequest,
    responses((status = 200, body = TokenPair), Problems))]
pub(crate) async fn refresh_token(
    app: App,
    _anyone: Anyone,
    Body(ask): Body<RefreshRequest>,
) -> Result<ShownOnce<Json<TokenPair>>, Problem> {
    session::refresh(&app, &ask.refresh).await.map(pair)
}
