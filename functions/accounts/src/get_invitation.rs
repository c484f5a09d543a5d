//! `GET /invitations`: the page behind an invitation's link. Programs that look into mail open links, so opening it changes
//! nothing. Its token is what vouches.

use crate::invitation::form;
use crate::page::page;
use auth::{fingerprint, is_token};
use axum::response::Response;
use http::StatusCode;
use kit::{Anyone, App, Params, Problem, Problems, path_prefix};
use serde::Deserialize;
use utoipa::IntoParams;

/// The link's token.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct InvitationToken {
    /// From the link.
    #[serde(default)]
    token: String,
}

/// The page on which an invitation is accepted.
#[utoipa::path(get, path = "/invitations", operation_id = "get_invitation", params(InvitationToken),
    responses(Problems, (status = 200, description = "A page with a form.", body = String, content_type = "text/html"),
        (status = 404, description = "The link works no more.", body = String, content_type = "text/html")))]
pub(crate) async fn get_invitation(
    app: App,
    _anyone: Anyone,
    Params(asked): Params<InvitationToken>,
) -> Result<Response, Problem> {
    if !is_token(&asked.token) {
        return Ok(over());
    }
    let (store, now) = (app.store(), app.clock().now());
    let hash = fingerprint(asked.token.as_bytes());
    let Some(invitation) = store.invitation(&hash, now).await? else {
        return Ok(over());
    };
    let Some(row) = store.tenant(&invitation.tenant()?).await? else {
        return Ok(over());
    };
    let prefix = path_prefix(&app.config().public_base_url);
    Ok(form(prefix, &row.name, &invitation.email, &asked.token))
}

fn over() -> Response {
    page(
        StatusCode::NOT_FOUND,
        "This link does not work any more",
        "<p>The invitation was used, is more than 7 days old, or its link is not whole. Ask whoever invited you for another.</p>",
    )
}
