//! `GET /api/v1/verification/manager_approval/{request_id}`: how a manager answered.

use crate::consent::found;
use crate::decide::record;
use audit::Actor;
use auth::VerifyRead;
use axum::Json;
use axum::response::{IntoResponse, Response};
use domain::{ApprovalState, RequestId, Verdict};
use http::header::RETRY_AFTER;
use jiff::Timestamp;
use kit::{App, Caller, Id, Problem, Problems};
use serde::Serialize;
use utoipa::ToSchema;

/// How a manager answered.
#[derive(Debug, Serialize, ToSchema)]
pub struct ApprovalStatus {
    /// The request's id.
    request_id: String,
    /// `pending`, `approved`, `denied`, `expired`, or `cancelled` where the run that asked is over.
    status: &'static str,
    /// The mail address of the manager who is asked.
    approver: String,
    /// By which way the answer came: `email`.
    channel: Option<String>,
    /// When it was decided.
    #[schema(value_type = Option<String>)]
    decided_at: Option<Timestamp>,
    /// What the manager wrote.
    comment: Option<String>,
    /// SHA-256 over what the manager was shown, in hexadecimal.
    payload_hash: String,
    /// When silence becomes an answer.
    #[schema(value_type = String)]
    expires_at: Timestamp,
}

/// How a manager answered. Whoever looks first after the end records that nobody did.
#[utoipa::path(
    get, path = "/api/v1/verification/manager_approval/{request_id}", operation_id = "get_manager_approval",
    params(("request_id" = String, Path)),
    responses((status = 200, body = ApprovalStatus), Problems), security(("api_key" = []), ("bearer" = []))
)]
pub async fn get_manager_approval(
    app: App,
    caller: Caller<VerifyRead>,
    Id(id): Id<RequestId>,
) -> Result<Response, Problem> {
    let tenant = caller.tenant();
    let mut approval = found(&app, tenant, &id).await?;
    let pending = approval.state == ApprovalState::Pending;
    if pending && !approval.stands(app.clock().now()) {
        let system = Actor::System(app.config().handler.clone());
        let recorded = record(&app, tenant, &id, Verdict::Expire, None, &system).await?;
        approval = recorded.approval;
    }
    let pending = approval.state == ApprovalState::Pending;
    let status = ApprovalStatus {
        request_id: approval.id.to_string(),
        status: approval.state.as_str(),
        decided_at: approval.state.decided_at(),
        payload_hash: approval.plan_hash(),
        approver: approval.approver_mail,
        channel: approval.channel,
        comment: approval.comment,
        expires_at: approval.expires_at,
    };
    let mut response = Json(status).into_response();
    if pending {
        response
            .headers_mut()
            .insert(RETRY_AFTER, http::HeaderValue::from_static("30"));
    }
    Ok(response)
}
