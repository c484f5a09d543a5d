//! `POST /api/v1/organizations/{id}/resume`: let an organization in again.

use crate::organization::{Organization, OrganizationId};
use crate::suspension::set;
use auth::OrganizationAdmin;
use axum::Json;
use kit::{App, Caller, Id, Problem, Problems};

/// Let an organization below the caller's in again, with the keys, sessions and webhooks it had.
#[utoipa::path(post, path = "/api/v1/organizations/{id}/resume", operation_id = "resume_organization",
    params(("id" = String, Path, description = "The organization's number or slug.", example = "2")),
    responses((status = 200, body = Organization), Problems), security(("api_key" = []), ("bearer" = [])))]
pub(crate) async fn resume_organization(
    app: App,
    caller: Caller<OrganizationAdmin>,
    Id(id): Id<OrganizationId>,
) -> Result<Json<Organization>, Problem> {
    set(&app, &caller, &id, None).await
}
