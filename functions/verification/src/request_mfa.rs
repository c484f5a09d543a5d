//! `POST /api/v1/verification/mfa`: push a prompt to a user's device.

use crate::ask::{For, ask, standing};
use crate::reply::MfaRequested;
use auth::VerifyRequest;
use axum::Json;
use desk::find_ticket;
use domain::{TicketName, UserId};
use http::StatusCode;
use jiff::SignedDuration;
use kit::{App, Body, Caller, Problem, Problems};
use serde::Deserialize;
use utoipa::ToSchema;

/// Whom to ask, and for how long the prompt stands.
#[derive(Debug, Deserialize, ToSchema)]
pub struct MfaRequest {
    /// Any of the ticket's names.
    #[schema(value_type = String, example = "HLP-12345")]
    ticket_id: TicketName,
    /// The user's id in the directory.
    #[schema(value_type = String, example = "abc-123")]
    user_id: UserId,
    /// Seconds, 30 to 600.
    #[serde(default = "five_minutes")]
    #[schema(minimum = 30, maximum = 600, default = 300)]
    timeout_seconds: i64,
}

fn five_minutes() -> i64 {
    300
}

/// Ask a user to confirm on their own device. A prompt that stands for the same user and ticket is returned, not pushed
/// again.
#[utoipa::path(
    post, path = "/api/v1/verification/mfa", operation_id = "request_mfa", request_body = MfaRequest,
    responses((status = 202, body = MfaRequested), (status = 429, description = "three pushes in ten minutes"), Problems),
    security(("api_key" = []), ("bearer" = []))
)]
pub async fn request_mfa(
    app: App,
    caller: Caller<VerifyRequest>,
    Body(asked): Body<MfaRequest>,
) -> Result<(StatusCode, Json<MfaRequested>), Problem> {
    if !(30..=600).contains(&asked.timeout_seconds) {
        return Err(Problem::invalid(
            "timeout_seconds",
            "a prompt stands for 30 to 600 seconds",
        ));
    }
    let ticket = find_ticket(&app, caller.tenant(), &asked.ticket_id).await?;
    let prompts = app.store().prompts(caller.tenant(), ticket.id).await?;
    let prompt = match standing(&prompts, &asked.user_id, app.clock().now()) {
        Some(prompt) => prompt.clone(),
        None => {
            let lasts = SignedDuration::from_secs(asked.timeout_seconds);
            let whom = For::Caller(caller.actor());
            ask(
                &app,
                caller.tenant(),
                &ticket,
                &prompts,
                &asked.user_id,
                lasts,
                whom,
            )
            .await?
        }
    };
    Ok((StatusCode::ACCEPTED, Json(MfaRequested::new(&prompt))))
}
