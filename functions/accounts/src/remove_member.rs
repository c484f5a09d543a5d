//! `DELETE /api/v1/organizations/{id}/members/{user_id}`: remove somebody from an organization.

use crate::number::Number;
use crate::organization::{OrganizationId, find};
use crate::removal::remove;
use auth::{AuthError, OrganizationAdmin, Permission, UsersAdmin};
use axum::extract::Path;
use http::StatusCode;
use kit::{App, Caller, Problem, Problems};

/// Remove somebody from the caller's organization or from one below it, as `DELETE /api/v1/users/{id}/` does. It takes
/// `users:admin`, too.
#[utoipa::path(delete, path = "/api/v1/organizations/{id}/members/{user_id}", operation_id = "remove_member",
    params(("id" = String, Path, description = "The organization's number or slug.", example = "2"),
        ("user_id" = u64, Path, description = "The user's number within the organization.", example = 2)),
    responses((status = 204, description = "They are removed."), Problems),
    security(("api_key" = []), ("bearer" = [])))]
pub(crate) async fn remove_member(
    app: App,
    caller: Caller<OrganizationAdmin>,
    Path((id, user)): Path<(String, String)>,
) -> Result<StatusCode, Problem> {
    if !caller.may(UsersAdmin::SCOPE) {
        return Err(AuthError::Lacks(UsersAdmin::SCOPE).into());
    }
    let id = OrganizationId::try_from(id).map_err(|()| Problem::not_found("organization"))?;
    let Number(user) = Number::try_from(user).map_err(|()| Problem::not_found("user"))?;
    let found = find(&app, caller.tenant(), &id).await?;
    remove(&app, &found.tenant, &found.actor(&caller), user).await?;
    Ok(StatusCode::NO_CONTENT)
}
