//! `POST /api/v1/users/`: add a user.

use crate::people::NewUser;
use crate::roles::held;
use crate::{names, users, verification};
use auth::{Role, UsersAdmin};
use axum::Json;
use http::StatusCode;
use kit::{App, Body, Caller, Problem, Problems};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// The user to add.
#[derive(Deserialize, ToSchema)]
pub(crate) struct NewUserRequest {
    /// Letters, digits and `. _ @ + -`; kept in small letters.
    #[schema(example = "jane.smith")]
    username: String,
    #[schema(example = "jane@example.com")]
    email: String,
    #[serde(default)]
    #[schema(example = "Jane")]
    first_name: String,
    #[serde(default)]
    #[schema(example = "Smith")]
    last_name: String,
    /// Eight characters or more. It is never shown again.
    #[schema(example = "SecurePass123!")]
    password: String,
    /// Whether they may sign in.
    #[serde(default = "yes")]
    is_active: bool,
}

fn yes() -> bool {
    true
}

/// The user as they were added.
#[derive(Serialize, ToSchema)]
pub(crate) struct CreatedUser {
    #[schema(example = 2)]
    id: u64,
    #[schema(example = "jane.smith")]
    username: String,
    #[schema(example = "jane@example.com")]
    email: String,
    #[schema(example = "User created successfully")]
    message: &'static str,
}

/// Add a user.
///
/// They begin as a viewer and get a mail by which to show that the address is theirs; roles above a viewer's are given after
/// that. User names and addresses are used once within an organization.
#[utoipa::path(post, path = "/api/v1/users/", operation_id = "create_user", request_body = NewUserRequest,
    responses((status = 201, body = CreatedUser), Problems), security(("bearer" = []), ("api_key" = [])))]
pub(crate) async fn create_user(
    app: App,
    caller: Caller<UsersAdmin>,
    Body(ask): Body<NewUserRequest>,
) -> Result<(StatusCode, Json<CreatedUser>), Problem> {
    let roles = [Role::Viewer];
    held(caller.identity(), &Role::Viewer.scopes())?;
    let new = NewUser {
        username: &names::username(&ask.username)?,
        email: &names::email(&ask.email)?,
        email_verified: false,
        self_registered: false,
        first_name: &names::personal("first_name", &ask.first_name)?,
        last_name: &names::personal("last_name", &ask.last_name)?,
        password: Some(&ask.password),
        is_active: ask.is_active,
        roles: &roles,
    };
    new.check()?;
    let tenant = caller.tenant();
    let user = desk::retried(|| async {
        let store = app.store();
        let seen = store.count(tenant, "user").await?;
        let write = store.write(tenant, "create user");
        let (write, user) = new.put(&app, write, &seen, caller.actor())?;
        users::commit(write).await?;
        Ok(user)
    })
    .await?;
    verification::ask_after(&app, tenant, &user).await;
    let created = CreatedUser {
        id: user.id,
        username: user.username,
        email: user.email,
        message: "User created successfully",
    };
    Ok((StatusCode::CREATED, Json(created)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_user_may_sign_in_unless_it_is_said_otherwise() {
        let ask = r#"{"username": "jane.smith", "email": "jane@example.com", "password": "SecurePass123!"}"#;
        let ask: NewUserRequest = serde_json::from_str(ask).unwrap();
        assert!(ask.is_active && ask.first_name.is_empty());
    }

    #[test]
    fn the_answer_has_the_documented_members_and_no_password() {
        let created = CreatedUser {
            id: 2,
            username: "jane.smith".to_owned(),
            email: "jane@example.com".to_owned(),
            message: "User created successfully",
        };
        let documented = serde_json::json!({
            "id": 2,
            "username": "jane.smith",
            "email": "jane@example.com",
            "message": "User created successfully",
        });
        assert_eq!(serde_json::to_value(created).unwrap(), documented);
    }
}
