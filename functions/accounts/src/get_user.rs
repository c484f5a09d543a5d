//! `GET /api/v1/users/{id}/`: one user.

use crate::number::Number;
use crate::users::found;
use auth::{Role, SYSTEM, UsersRead};
use axum::Json;
use jiff::Timestamp;
use kit::{App, Id, Problem, Problems, SelfOr};
use serde::Serialize;
use store::{Assignment, SignInRow, UserRow};
use utoipa::ToSchema;

/// A user with their roles.
#[derive(Serialize, ToSchema)]
pub(crate) struct UserDetails {
    #[schema(example = 1)]
    id: u64,
    #[schema(example = "john.doe")]
    username: String,
    #[schema(example = "john@example.com")]
    email: String,
    /// Whether the address was shown to be theirs.
    email_verified: bool,
    /// The address that takes its place once it was shown to be theirs.
    pending_email: Option<String>,
    #[schema(example = "John")]
    first_name: String,
    #[schema(example = "Doe")]
    last_name: String,
    /// Whether they may sign in.
    is_active: bool,
    roles: Vec<UserRole>,
    #[schema(value_type = String, format = DateTime)]
    date_joined: Timestamp,
    #[schema(value_type = Option<String>, format = DateTime)]
    last_login: Option<Timestamp>,
}

/// A role that a user has.
#[derive(Serialize, ToSchema)]
pub(crate) struct UserRole {
    #[schema(example = "TTS")]
    system: &'static str,
    #[schema(example = "Agent")]
    role_name: &'static str,
    #[schema(example = 5)]
    role_id: u8,
    /// What to name when the role is taken again.
    #[schema(example = 105)]
    assignment_id: u64,
    #[schema(value_type = String, format = DateTime)]
    assigned_at: Timestamp,
}

impl UserRole {
    fn of(given: &Assignment) -> Option<Self> {
        let role = Role::named(&given.role)?;
        Some(Self {
            system: SYSTEM,
            role_name: role.name(),
            role_id: role.id(),
            assignment_id: given.id,
            assigned_at: given.at,
        })
    }
}

/// One user with their roles. One reads oneself; others take `users:read`.
#[utoipa::path(get, path = "/api/v1/users/{id}/", operation_id = "get_user",
    params(("id" = u64, Path, description = "The user's number.", example = 1)),
    responses((status = 200, body = UserDetails), Problems), security(("bearer" = []), ("api_key" = [])))]
pub(crate) async fn get_user(
    app: App,
    caller: SelfOr<UsersRead>,
    Id(Number(id)): Id<Number>,
) -> Result<Json<UserDetails>, Problem> {
    let caller = caller.about(id)?;
    let user = found(&app, caller.tenant(), id).await?;
    let standing = app.store().sign_in(caller.tenant(), id).await?;
    Ok(Json(details(user, standing)))
}

fn details(user: UserRow, standing: Option<SignInRow>) -> UserDetails {
    UserDetails {
        id: user.id,
        username: user.username,
        email: user.email,
        email_verified: user.email_verified,
        pending_email: user.pending_email,
        first_name: user.first_name,
        last_name: user.last_name,
        is_active: user.is_active,
        roles: user.roles.iter().filter_map(UserRole::of).collect(),
        date_joined: user.date_joined,
        last_login: standing.and_then(|row| row.last_login_at),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::users::tests::user;
    use serde_json::json;

    #[test]
    fn a_user_has_every_documented_member() {
        let shown = details(user(&[Role::Agent]), None);
        let shown = serde_json::to_value(shown).unwrap();
        assert_eq!(shown["last_login"], json!(null));
        let role = &shown["roles"][0];
        let documented = (&role["system"], &role["role_name"], &role["role_id"]);
        assert_eq!(documented, (&json!("TTS"), &json!("Agent"), &json!(5)));
        for member in [
            "id",
            "username",
            "email",
            "first_name",
            "last_name",
            "is_active",
            "date_joined",
        ] {
            assert!(!shown[member].is_null(), "{member}");
        }
    }
}
