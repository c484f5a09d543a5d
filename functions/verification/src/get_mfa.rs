//! `GET /api/v1/verification/mfa/{request_id}`: how a user answered.

use crate::answer::assurance;
use crate::reply::word;
use auth::VerifyRead;
use axum::Json;
use axum::response::{IntoResponse, Response};
use domain::RequestId;
use http::header::RETRY_AFTER;
use jiff::Timestamp;
use kit::{App, Caller, Id, Problem, Problems};
use serde::Serialize;
use utoipa::ToSchema;

/// How a user answered.
#[derive(Debug, Serialize, ToSchema)]
pub struct MfaStatus {
    /// The prompt's id.
    request_id: String,
    /// `pending`, `approved`, `denied`, `expired`, `cancelled`, or `failed` when the prompt could not be put.
    status: &'static str,
    /// When it was decided.
    #[schema(value_type = Option<String>)]
    decided_at: Option<Timestamp>,
    /// `push`.
    method: &'static str,
    /// What the answer proves: 2 for an approved push, null otherwise.
    assurance: Option<u8>,
    /// The provider's word, when it is no approval.
    reason: Option<String>,
    /// When silence becomes an answer.
    #[schema(value_type = String)]
    expires_at: Timestamp,
}

/// How a user answered.
#[utoipa::path(
    get, path = "/api/v1/verification/mfa/{request_id}", operation_id = "get_mfa",
    params(("request_id" = String, Path)),
    responses((status = 200, body = MfaStatus), Problems), security(("api_key" = []), ("bearer" = []))
)]
pub async fn get_mfa(
    app: App,
    caller: Caller<VerifyRead>,
    Id(id): Id<RequestId>,
) -> Result<Response, Problem> {
    let prompt = app
        .store()
        .prompt(caller.tenant(), &id)
        .await?
        .ok_or_else(|| Problem::not_found("request"))?;
    let status = MfaStatus {
        request_id: prompt.id.to_string(),
        status: word(&prompt, app.clock().now()),
        decided_at: prompt.state.decided_at(),
        method: "push",
        assurance: assurance(&prompt),
        reason: crate::answer::reason(&prompt),
        expires_at: prompt.expires_at,
    };
    let pending = status.status == "pending";
    let mut response = Json(status).into_response();
    if pending {
        response
            .headers_mut()
            .insert(RETRY_AFTER, http::HeaderValue::from_static("2"));
    }
    Ok(response)
}
