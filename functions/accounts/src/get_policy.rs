//! `GET /api/v1/organizations/{id}/policy`: what has to be proved here, who is protected, how much may happen.

use crate::organization::{OrganizationId, find};
use crate::policy::OrganizationPolicy;
use auth::PolicyRead;
use axum::response::Response;
use kit::{App, Caller, Id, Params, Problem, Problems};
use serde::Deserialize;
use utoipa::IntoParams;

/// Which version.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct PolicyQuery {
    /// A version of the organization's own, from 1; without it, what holds now.
    #[serde(default)]
    version: Option<u64>,
}

/// The policy that holds in the caller's organization, or in one below it: its own, else that of the one above, else the
/// usual.
#[utoipa::path(get, path = "/api/v1/organizations/{id}/policy", operation_id = "get_policy",
    params(("id" = String, Path, description = "The organization's number or slug.", example = "2"), PolicyQuery),
    responses((status = 200, body = OrganizationPolicy,
        headers(("ETag" = String, description = "For `If-Match` of a change that follows on it"))), Problems),
    security(("api_key" = []), ("bearer" = [])))]
pub(crate) async fn get_policy(
    app: App,
    caller: Caller<PolicyRead>,
    Id(id): Id<OrganizationId>,
    Params(query): Params<PolicyQuery>,
) -> Result<Response, Problem> {
    let found = find(&app, caller.tenant(), &id).await?;
    if let Some(version) = query.version {
        let row = app.store().policy_version(&found.tenant, version).await?;
        let row = row.ok_or_else(|| Problem::not_found("version of the policy"))?;
        return Ok(OrganizationPolicy::own(&row).answer());
    }
    let held = app.store().policy_of(&found.tenant).await?;
    Ok(OrganizationPolicy::held(&found, held.as_ref()).answer())
}
