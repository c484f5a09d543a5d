//! `POST /api/v1/organizations/{id}/suspend`: let nobody of an organization in.

use crate::organization::{Organization, OrganizationId};
use crate::suspension::{reason, set};
use auth::OrganizationAdmin;
use axum::Json;
use kit::{App, Body, Caller, Id, Problem, Problems};
use serde::Deserialize;
use utoipa::ToSchema;

/// Why.
#[derive(Debug, Deserialize, ToSchema)]
pub(crate) struct SuspensionRequest {
    /// 1 to 500 characters, for whoever resumes it.
    #[schema(example = "The contract has ended", min_length = 1, max_length = 500)]
    reason: String,
}

/// Suspend an organization below the caller's: its keys, its people's tokens and its webhooks are refused within 5 seconds.
///
/// Nothing of it is lost. Runs that are under way go on to their end.
#[utoipa::path(post, path = "/api/v1/organizations/{id}/suspend", operation_id = "suspend_organization",
    params(("id" = String, Path, description = "The organization's number or slug.", example = "2")),
    request_body = SuspensionRequest, responses((status = 200, body = Organization), Problems),
    security(("api_key" = []), ("bearer" = [])))]
pub(crate) async fn suspend_organization(
    app: App,
    caller: Caller<OrganizationAdmin>,
    Id(id): Id<OrganizationId>,
    Body(ask): Body<SuspensionRequest>,
) -> Result<Json<Organization>, Problem> {
    set(&app, &caller, &id, Some(reason(&ask.reason)?)).await
}
