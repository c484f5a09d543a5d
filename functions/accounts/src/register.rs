//! `POST /api/register`: an account of one's own, where the organization's domain lets one.

use crate::login::{AccessToken, bearer};
use crate::names;
use crate::organization::lets_in;
use crate::people::NewUser;
use crate::session::{self, Kind};
use crate::verification;
use audit::Actor;
use auth::{Role, password};
use axum::Json;
use desk::Raced;
use domain::Tenant;
use http::StatusCode;
use kit::{Anyone, App, Body, Config, Problem, Problems, ShownOnce};
use serde::Deserialize;
use store::StoreError;
use utoipa::ToSchema;

/// Who registers.
#[derive(Deserialize, ToSchema)]
pub(crate) struct RegisterRequest {
    /// The address, of a domain that may register here.
    #[schema(example = "john.doe@example.com")]
    email: String,
    /// Eight characters or more.
    password: String,
    #[schema(example = "John Doe")]
    full_name: String,
}

/// Make an account of one's own.
///
/// It begins as a viewer; other roles are given once the address was shown to be one's own.
#[utoipa::path(post, path = "/api/register", operation_id = "register", request_body = RegisterRequest,
    responses((status = 200, body = AccessToken), Problems))]
pub(crate) async fn register(
    app: App,
    _anyone: Anyone,
    Body(ask): Body<RegisterRequest>,
) -> Result<ShownOnce<Json<AccessToken>>, Problem> {
    let email = names::email(&ask.email).map_err(|_| refused("Email must be an e-mail address"))?;
    let full_name = names::personal("full_name", &ask.full_name)?;
    let (first_name, last_name) = full_name.split_once(' ').unwrap_or((&full_name, ""));
    if let Some(flaw) = password::flaw(&ask.password, &[&email]) {
        return Err(refused(flaw));
    }
    let tenant = tenant_of(&app, &email).await?;
    lets_in(&app, &tenant).await?;
    let new = NewUser {
        username: &email,
        email: &email,
        email_verified: false,
        self_registered: true,
        first_name,
        last_name,
        password: Some(&ask.password),
        is_active: true,
        roles: &[Role::Viewer],
    };
    let user = desk::retried(|| async {
        let store = app.store();
        let seen = store.count(&tenant, "user").await?;
        let write = store.write(&tenant, "register");
        let (write, user) = new.put(&app, write, &seen, Actor::System("register".to_owned()))?;
        match write.commit().await {
            Err(StoreError::Conflict {
                what: "sign-in name",
            }) => Err(Raced::Problem(taken())),
            other => Ok(other.map(|()| user)?),
        }
    })
    .await?;
    verification::ask_after(&app, &tenant, &user).await;
    let tokens = session::open(&app, &tenant, &user, Kind::Sliding, "pwd").await?;
    Ok(bearer(tokens))
}

/// The organization whose people have addresses of this domain.
async fn tenant_of(app: &App, email: &str) -> Result<Tenant, Problem> {
    let allowed = Config::setting("ALLOWED_EMAIL_DOMAINS").unwrap_or_default();
    let allowed: Vec<&str> = allowed
        .split(',')
        .map(str::trim)
        .filter(|one| !one.is_empty())
        .collect();
    let domain = email.rsplit('@').next().unwrap_or_default();
    if !allowed.contains(&domain) {
        return Err(refused(&wanted(&allowed)));
    }
    let tenant = app.store().tenant_of_domain(domain).await?;
    tenant.ok_or_else(|| refused("nobody of this domain may register yet; ask your administrator"))
}

/// What an address has to be of.
fn wanted(domains: &[&str]) -> String {
    match domains {
        [] => "registration is closed here; ask your administrator for an account".to_owned(),
        _ => format!("Email must be from @{} domain", domains.join(" or @")),
    }
}

fn refused(message: &str) -> Problem {
    Problem::new(StatusCode::BAD_REQUEST, "REGISTRATION_REFUSED", message)
}

fn taken() -> Problem {
    Problem::conflict(
        "EMAIL_TAKEN",
        "there is an account with this address; sign in instead",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_refusal_names_the_domains_as_contract_c_does() {
        assert_eq!(
            wanted(&["example.com"]),
            "Email must be from @example.com domain"
        );
        assert_eq!(
            wanted(&["a.com", "b.com"]),
            "Email must be from @a.com or @b.com domain"
        );
    }
}
