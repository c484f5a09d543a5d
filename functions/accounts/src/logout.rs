//! `POST /logout/`: end the caller's session.

use crate::session::close;
use auth::AuthError;
use auth::token::{self, TokenError, TokenType};
use axum::Json;
use http::HeaderMap;
use kit::{Anyone, App, Problem, Problems};
use serde::Serialize;
use utoipa::ToSchema;

/// It is done.
#[derive(Serialize, ToSchema)]
pub(crate) struct LoggedOut {
    #[schema(example = "Successfully logged out")]
    message: &'static str,
}

/// End the session that the token belongs to, with every token of it. Ending it again is ok.
#[utoipa::path(post, path = "/logout/", operation_id = "logout",
    responses((status = 200, body = LoggedOut), Problems), security(("bearer" = [])))]
pub(crate) async fn logout(
    app: App,
    _anyone: Anyone,
    headers: HeaderMap,
) -> Result<Json<LoggedOut>, Problem> {
    // No `Caller`: a token whose session is over is answered as one whose session ends now.
    let text = headers
        .get(http::header::AUTHORIZATION)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.strip_prefix("Bearer "))
        .ok_or_else(no_token)?;
    let issuer = &app.config().public_base_url;
    let claims = token::verify(
        app.store(),
        issuer,
        text.trim(),
        TokenType::Access,
        app.clock().now(),
    )
    .await;
    let claims = claims.map_err(|error| match error {
        TokenError::Invalid => no_token(),
        TokenError::Expired => AuthError::Expired.into(),
        TokenError::Store(error) => error.into(),
    })?;
    let tenant = auth::tenant_of(&claims)?;
    close(&app, &tenant, claims.user_id, &claims.sid, "session.closed").await?;
    Ok(Json(LoggedOut {
        message: "Successfully logged out",
    }))
}

fn no_token() -> Problem {
    Problem::new(
        http::StatusCode::UNAUTHORIZED,
        "AUTH_FAILED",
        "send the access token of the session to end as Authorization: Bearer",
    )
}
