//! `GET /api/me`: who the caller is.

use auth::AccountRead;
use axum::Json;
use http::StatusCode;
use jiff::Timestamp;
use kit::{App, Caller, Problem, Problems};
use serde::Serialize;
use utoipa::ToSchema;

/// Who the caller is.
#[derive(Serialize, ToSchema)]
pub(crate) struct Me {
    id: u64,
    #[schema(example = "john.doe@example.com")]
    email: String,
    /// Whether the address was shown to be theirs.
    email_verified: bool,
    #[schema(example = "John Doe")]
    full_name: String,
    roles: Vec<String>,
    /// The organization.
    organization: String,
    #[schema(value_type = String)]
    created_at: Timestamp,
    #[schema(value_type = Option<String>)]
    last_login: Option<Timestamp>,
}

/// Read one's own account.
#[utoipa::path(get, path = "/api/me", operation_id = "get_me",
    responses((status = 200, body = Me), Problems), security(("bearer" = [])))]
pub(crate) async fn get_me(app: App, caller: Caller<AccountRead>) -> Result<Json<Me>, Problem> {
    let Some(id) = caller.user_id() else {
        return Err(Problem::new(
            StatusCode::FORBIDDEN,
            "NOT_A_PERSON",
            "an API key has no account of its own; sign in with POST /api/login",
        ));
    };
    let store = app.store();
    let (user, standing) = tokio::try_join!(
        store.user(caller.tenant(), id),
        store.sign_in(caller.tenant(), id)
    )?;
    let user = user.ok_or_else(|| Problem::not_found("user"))?;
    Ok(Json(Me {
        id,
        full_name: format!("{} {}", user.first_name, user.last_name)
            .trim()
            .to_owned(),
        roles: user.roles.iter().map(|given| given.role.clone()).collect(),
        email: user.email,
        email_verified: user.email_verified,
        organization: caller.tenant().as_str().to_owned(),
        created_at: user.date_joined,
        last_login: standing.and_then(|row| row.last_login_at),
    }))
}
