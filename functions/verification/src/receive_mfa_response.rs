//! `POST /webhooks/azuread/mfa_response`: a poller of the tenant's own reports how a user answered.
//!
//! Microsoft sends no such webhook. What may post here is a relay that the tenant runs beside its directory; it signs as
//! Standard Webhooks says, with the secret that `create_tenant` showed once.

use crate::answer::record;
use crate::reply::word;
use crate::signature::signed;
use audit::Actor;
use axum::Json;
use axum::body::Bytes;
use domain::{Answer, MfaState, RequestId, Tenant, Voucher};
use http::HeaderMap;
use kit::{App, Problem, Problems};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// The header that names the source; its secret's signature is what proves it.
const SOURCE: &str = "x-webhook-source";

/// How a user answered.
#[derive(Debug, Deserialize, ToSchema)]
pub struct MfaResponse {
    /// The prompt.
    #[schema(value_type = String)]
    request_id: RequestId,
    /// `approved`, `denied`, `timeout` or `error`.
    status: Reported,
    /// The provider's own word.
    #[serde(default)]
    result_value: String,
}

#[derive(Debug, Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum Reported {
    Approved,
    Denied,
    Timeout,
    Error,
}

/// What stands after the report.
#[derive(Debug, Serialize, ToSchema)]
pub struct MfaRecorded {
    /// The prompt.
    request_id: String,
    /// Its status. An answer that stood before stays.
    status: &'static str,
    /// Whether it was answered before this report.
    duplicate: bool,
}

/// A relay reports how a user answered.
#[utoipa::path(
    post, path = "/webhooks/azuread/mfa_response", operation_id = "receive_mfa_response", request_body = MfaResponse,
    params(
        ("x-webhook-source" = String, Header, description = "the source's id, as create_tenant gave it"),
        ("webhook-id" = String, Header), ("webhook-timestamp" = String, Header), ("webhook-signature" = String, Header)
    ),
    responses((status = 200, body = MfaRecorded), Problems), security(("signature" = []))
)]
pub async fn receive_mfa_response(
    app: App,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Json<MfaRecorded>, Problem> {
    let Some((tenant, source)) = verified(&app, &headers, &body).await? else {
        let remedy = "name the source in x-webhook-source and sign as Standard Webhooks says";
        return Err(kit::unverified(&app, "mfa_response", remedy).await);
    };
    let report: MfaResponse = serde_json::from_slice(&body).map_err(|_| {
        Problem::invalid(
            "",
            "this is not {request_id, status: approved|denied|timeout|error}",
        )
    })?;
    let seen = app
        .store()
        .prompt(&tenant, &report.request_id)
        .await?
        .ok_or_else(|| Problem::not_found("request"))?;
    let answer = match report.status {
        Reported::Approved => Answer::Approved,
        Reported::Denied => Answer::Denied,
        Reported::Timeout => Answer::Expired,
        Reported::Error => Answer::Failed,
    };
    let value: String = report.result_value.chars().take(80).collect();
    let prompt = record(
        &app,
        &tenant,
        &report.request_id,
        answer,
        &value,
        &Actor::Source(source),
    )
    .await?;
    Ok(Json(MfaRecorded {
        request_id: prompt.id.to_string(),
        status: word(&prompt, app.clock().now()),
        duplicate: seen.state != MfaState::Pending,
    }))
}

/// The tenant of the source that signed this, and the source; none when nobody's signature is on it.
async fn verified(
    app: &App,
    headers: &HeaderMap,
    body: &[u8],
) -> Result<Option<(Tenant, String)>, Problem> {
    let name = headers
        .get(SOURCE)
        .and_then(|value| value.to_str().ok())
        .filter(|name| !name.is_empty() && name.len() <= 128);
    let Some(name) = name else {
        return Ok(None);
    };
    let row = app.store().source_by_id(name).await?;
    let Some(row) = row.filter(|row| row.vendor == "azuread") else {
        return Ok(None);
    };
    #[expect(
        clippy::disallowed_methods,
        reason = "used only to open the source's secret; its signature then vouches"
    )]
    let tenant = Tenant::vouched(&row.tenant, Voucher::Credential);
    let (Some(sealed), Ok(tenant)) = (row.sealed_secret.as_deref(), tenant) else {
        return Ok(None);
    };
    let secret = app.seal().open(&tenant, &row.id, sealed).await?;
    let signed = signed(&secret, headers, body, app.clock().now());
    if signed && row.suspended {
        return Err(auth::AuthError::Suspended.into());
    }
    Ok(signed.then_some((tenant, row.id)))
}
