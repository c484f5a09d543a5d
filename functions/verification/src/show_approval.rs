//! `GET /approvals`: the page behind the link in a manager's mail. Programs that look into mail open links, so opening it
//! changes nothing; its buttons do. Its token is what vouches.

use crate::consent_page::{nowhere, question, settled};
use crate::link::linked;
use axum::response::Response;
use domain::ApprovalState;
use http::StatusCode;
use kit::{Anyone, App, Params, Problem, Problems, path_prefix};
use serde::Deserialize;
use utoipa::IntoParams;

/// The link's token.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ApprovalToken {
    /// From the link.
    #[serde(default)]
    token: String,
}

/// The page on which a manager approves or denies. Opening it decides nothing.
#[utoipa::path(get, path = "/approvals", operation_id = "show_approval", params(ApprovalToken),
    responses(Problems, (status = 200, description = "The plan, with two buttons; or what was decided.", body = String, content_type = "text/html"),
        (status = 404, description = "The link leads nowhere.", body = String, content_type = "text/html"),
        (status = 410, description = "It is too late to answer.", body = String, content_type = "text/html")))]
pub async fn show_approval(
    app: App,
    _anyone: Anyone,
    Params(asked): Params<ApprovalToken>,
) -> Result<Response, Problem> {
    let Some(link) = linked(&app, &asked.token).await? else {
        return Ok(nowhere());
    };
    let approval = &link.approval;
    if approval.stands(app.clock().now()) {
        let prefix = path_prefix(&app.config().public_base_url);
        return Ok(question(prefix, &link.ticket, approval, &asked.token, None));
    }
    let status = match approval.state {
        ApprovalState::Approved { .. } | ApprovalState::Denied { .. } => StatusCode::OK,
        ApprovalState::Pending
        | ApprovalState::Expired { .. }
        | ApprovalState::Cancelled { .. } => StatusCode::GONE,
    };
    Ok(settled(status, &link.ticket, approval))
}
