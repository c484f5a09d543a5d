//! `POST /token/`: sign in, contract B's way.

use crate::session::{self, Kind};
use crate::sign_in::sign_in;
use axum::Json;
use kit::{Anyone, App, Body, Problem, Problems, ShownOnce};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Who signs in.
#[derive(Deserialize, ToSchema)]
pub(crate) struct SignInRequest {
    /// User name or e-mail address.
    #[schema(example = "user@example.com")]
    username: String,
    /// The password.
    #[schema(example = "securePassword123")]
    password: String,
    /// The organization's id, where the name is used in several.
    #[serde(default)]
    organization: Option<String>,
}

/// A session's tokens.
#[derive(Serialize, ToSchema)]
pub(crate) struct TokenPair {
    /// For `Authorization: Bearer`; works for 15 minutes.
    pub(crate) access: String,
    /// For `POST /token/refresh/`; works once, for a day at most.
    pub(crate) refresh: String,
}

/// Sign in with a name and a password.
///
/// After five failures under a name each further try has to wait, twice as long each time, up to 15 minutes.
#[utoipa::path(post, path = "/token/", operation_id = "create_token", request_body = SignInRequest,
    responses((status = 200, body = TokenPair), Problems))]
pub(crate) async fn create_token(
    app: App,
    _anyone: Anyone,
    Body(ask): Body<SignInRequest>,
) -> Result<ShownOnce<Json<TokenPair>>, Problem> {
    let signed_in = sign_in(
        &app,
        &ask.username,
        &ask.password,
        ask.organization.as_deref(),
    )
    .await?;
    let tokens = session::open(&app, &signed_in.tenant, &signed_in.user, Kind::Pair, "pwd").await?;
    Ok(pair(tokens))
}

/// The answer with a session's tokens.
pub(crate) fn pair(tokens: session::Tokens) -> ShownOnce<Json<TokenPair>> {
    let pair = TokenPair {
        access: tokens.access,
        refresh: tokens.refresh.unwrap_or_default(),
    };
    ShownOnce(Json(pair), &["access", "refresh"])
}
