//! `POST /api/login`: sign in, contract C's way.

use crate::session::{self, Kind};
use crate::sign_in::sign_in;
use axum::Json;
use kit::{Anyone, App, Body, Problem, Problems, ShownOnce};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Who signs in.
#[derive(Deserialize, ToSchema)]
pub(crate) struct LoginRequest {
    /// The address.
    #[schema(example = "john.doe@example.com")]
    email: String,
    /// The password.
    password: String,
    /// The organization's id, where the name is used in several.
    #[serde(default)]
    organization: Option<String>,
}

/// A session's token.
#[expect(clippy::struct_field_names, reason = "contract C's names")]
#[derive(Serialize, ToSchema)]
pub(crate) struct AccessToken {
    /// For `Authorization: Bearer`.
    access_token: String,
    /// Always `bearer`.
    token_type: &'static str,
    /// Seconds after the last request for which it works.
    expires_in: u64,
}

/// Sign in with an address and a password; the session lasts eight hours from its last request.
#[utoipa::path(post, path = "/api/login", operation_id = "login", request_body = LoginRequest,
    responses((status = 200, body = AccessToken), Problems))]
pub(crate) async fn login(
    app: App,
    _anyone: Anyone,
    Body(ask): Body<LoginRequest>,
) -> Result<ShownOnce<Json<AccessToken>>, Problem> {
    let signed_in = sign_in(&app, &ask.email, &ask.password, ask.organization.as_deref()).await?;
    let tokens = session::open(
        &app,
        &signed_in.tenant,
        &signed_in.user,
        Kind::Sliding,
        "pwd",
    )
    .await?;
    Ok(bearer(tokens))
}

/// The answer with a session's one token.
pub(crate) fn bearer(tokens: session::Tokens) -> ShownOnce<Json<AccessToken>> {
    let token = AccessToken {
        access_token: tokens.access,
        token_type: "bearer",
        expires_in: tokens.expires_in,
    };
    ShownOnce(Json(token), &["access_token"])
}
