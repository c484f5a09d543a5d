//! `GET /api/v1/organizations/{id}`: one organization.

use crate::organization::{Organization, OrganizationId, find};
use auth::OrganizationRead;
use axum::Json;
use kit::{App, Caller, Id, Problem, Problems};

/// The caller's organization, or one below it.
#[utoipa::path(get, path = "/api/v1/organizations/{id}", operation_id = "get_organization",
    params(("id" = String, Path, description = "The organization's number or slug.", example = "2")),
    responses((status = 200, body = Organization), Problems), security(("api_key" = []), ("bearer" = [])))]
pub(crate) async fn get_organization(
    app: App,
    caller: Caller<OrganizationRead>,
    Id(id): Id<OrganizationId>,
) -> Result<Json<Organization>, Problem> {
    let found = find(&app, caller.tenant(), &id).await?;
    Ok(Json(Organization::new(&found.tenant, found.row)))
}
