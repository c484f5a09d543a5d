//! `DELETE /api/v1/users/{id}/`: remove a user.

use crate::number::Number;
use crate::removal::remove;
use auth::UsersAdmin;
use http::StatusCode;
use kit::{App, Caller, Id, Problem, Problems};

/// Remove a user: they are signed out and cannot sign in again, and the keys they made are revoked. Their user name and
/// address are free for others. Removing them again is ok; the last administrator stays.
#[utoipa::path(delete, path = "/api/v1/users/{id}/", operation_id = "delete_user",
    params(("id" = u64, Path, description = "The user's number.", example = 2)),
    responses((status = 204, description = "They are removed."), Problems),
    security(("bearer" = []), ("api_key" = [])))]
pub(crate) async fn delete_user(
    app: App,
    caller: Caller<UsersAdmin>,
    Id(Number(id)): Id<Number>,
) -> Result<StatusCode, Problem> {
    remove(&app, caller.tenant(), &caller.actor(), id).await?;
    Ok(StatusCode::NO_CONTENT)
}
