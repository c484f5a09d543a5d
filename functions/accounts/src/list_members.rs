//! `GET /api/v1/organizations/{id}/members`: the people of an organization.

use crate::listing::{Cut, ListQuery};
use crate::organization::{OrganizationId, find};
use auth::{AuthError, OrganizationRead, Permission, UsersRead};
use axum::Json;
use http::HeaderMap;
use jiff::Timestamp;
use kit::{App, Caller, Id, Params, Problem, Problems};
use serde::Serialize;
use store::UserRow;
use utoipa::ToSchema;

/// Somebody who has an account with an organization.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Member {
    /// Their number within the organization.
    #[schema(example = 2)]
    id: u64,
    #[schema(example = "jane.smith")]
    username: String,
    #[schema(example = "jane.smith@example.com")]
    email: String,
    #[schema(example = "Jane")]
    first_name: String,
    #[schema(example = "Smith")]
    last_name: String,
    /// Whether they may sign in.
    is_active: bool,
    #[schema(example = json!(["agent"]))]
    roles: Vec<String>,
    #[schema(value_type = String, format = DateTime)]
    date_joined: Timestamp,
}

impl From<UserRow> for Member {
    fn from(user: UserRow) -> Self {
        Self {
            id: user.id,
            username: user.username,
            email: user.email,
            first_name: user.first_name,
            last_name: user.last_name,
            is_active: user.is_active,
            roles: user.roles.into_iter().map(|given| given.role).collect(),
            date_joined: user.date_joined,
        }
    }
}

/// The people of the caller's organization or of one below it, by number. It takes `users:read`, too.
#[utoipa::path(get, path = "/api/v1/organizations/{id}/members", operation_id = "list_members",
    params(("id" = String, Path, description = "The organization's number or slug.", example = "2"), ListQuery),
    responses((status = 200, body = Vec<Member>, headers(
        ("X-Total-Count" = u64, description = "How many people there are"),
        ("X-Page" = u64, description = "This page's number, from 1"),
        ("X-Per-Page" = u64, description = "How many people a page holds"),
        ("X-Next-Cursor" = String, description = "Where the next page begins, when there is one"))), Problems),
    security(("api_key" = []), ("bearer" = [])))]
pub(crate) async fn list_members(
    app: App,
    caller: Caller<OrganizationRead>,
    Id(id): Id<OrganizationId>,
    Params(query): Params<ListQuery>,
) -> Result<(HeaderMap, Json<Vec<Member>>), Problem> {
    if !caller.may(UsersRead::SCOPE) {
        return Err(AuthError::Lacks(UsersRead::SCOPE).into());
    }
    let found = find(&app, caller.tenant(), &id).await?;
    let mut users = app.store().users(&found.tenant).await?;
    users.retain(|user| user.deleted_at.is_none());
    let Cut { items, headers } = query.cut(users, |user| user.id)?;
    Ok((headers, Json(items.into_iter().map(Member::from).collect())))
}
