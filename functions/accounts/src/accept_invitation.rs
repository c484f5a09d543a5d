//! `POST /invitations`: accept an invitation. Its token is what vouches, once.

use crate::invitation::{gone, short};
use crate::page::{escape, page};
use crate::people::NewUser;
use crate::{names, users};
use audit::{Actor, Entry};
use auth::{AuthError, Role, fingerprint, is_token};
use axum::Json;
use axum::extract::{FromRequest, Request};
use axum::response::{IntoResponse, Response};
use desk::Raced;
use domain::Tenant;
use http::{StatusCode, header};
use kit::{Anyone, App, Body, Form, Problem, ProblemBody, Problems, path_prefix};
use serde::{Deserialize, Serialize};
use store::{InvitationRow, StoreError, UserRow};
use utoipa::ToSchema;

const FORM: &str = "application/x-www-form-urlencoded";

/// Who accepts.
#[derive(Deserialize, ToSchema)]
pub(crate) struct Acceptance {
    /// From the link.
    token: String,
    /// Letters, digits and `. _ @ + -`; kept in small letters.
    #[schema(example = "john.doe")]
    username: String,
    /// Eight characters or more.
    #[schema(example = "SecurePass123!")]
    password: String,
    #[serde(default)]
    #[schema(example = "John")]
    first_name: String,
    #[serde(default)]
    #[schema(example = "Doe")]
    last_name: String,
}

/// The user that came of an invitation.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AcceptedUser {
    /// Their number within the organization.
    #[schema(example = 2)]
    id: u64,
    #[schema(example = "john.doe")]
    username: String,
    #[schema(example = "john.doe@company.com")]
    email: String,
    #[schema(example = "John")]
    first_name: String,
    #[schema(example = "Doe")]
    last_name: String,
    #[schema(example = json!(["agent"]))]
    roles: Vec<String>,
    /// The organization's slug.
    #[schema(example = "example-sales-k3m9qx")]
    organization: String,
    #[schema(example = "Welcome; sign in with POST /token/ or POST /api/login")]
    message: &'static str,
}

/// Accept an invitation: the account is made, and its address is known to be one's own. A token works once.
#[utoipa::path(post, path = "/invitations", operation_id = "accept_invitation",
    request_body(content((Acceptance = "application/json"), (Acceptance = "application/x-www-form-urlencoded"))),
    responses(Problems,
        (status = 201, description = "The account is made.",
            content((AcceptedUser = "application/json"), (String = "text/html"))),
        (status = 404, description = "The token is unknown, was used, or is over.",
            content((ProblemBody = "application/json"), (String = "text/html")))))]
pub(crate) async fn accept_invitation(
    app: App,
    _anyone: Anyone,
    request: Request,
) -> Result<Response, Problem> {
    if is_form(&request) {
        let form = Form::from_request(request, &app).await?;
        return Ok(match accept(&app, &Acceptance::from(&form)).await {
            Ok(_) => welcome(path_prefix(&app.config().public_base_url)),
            Err(problem) if problem.status().is_client_error() => refused(&problem),
            Err(problem) => return Err(problem),
        });
    }
    let Body(ask) = Body::<Acceptance>::from_request(request, &app).await?;
    let accepted = accept(&app, &ask).await?;
    Ok((StatusCode::CREATED, Json(accepted)).into_response())
}

impl From<&Form> for Acceptance {
    fn from(form: &Form) -> Self {
        let field = |name: &str| form.field(name).to_owned();
        Self {
            token: field("token"),
            username: field("username"),
            password: field("password"),
            first_name: field("first_name"),
            last_name: field("last_name"),
        }
    }
}

async fn accept(app: &App, ask: &Acceptance) -> Result<AcceptedUser, Problem> {
    if !is_token(&ask.token) {
        return Err(gone());
    }
    let hash = fingerprint(ask.token.as_bytes());
    let invitation = app.store().invitation(&hash, app.clock().now()).await?;
    let invitation = invitation.ok_or_else(gone)?;
    let tenant = invitation.tenant()?;
    let roles: Vec<Role> = Role::named(&invitation.role).into_iter().collect();
    let new = NewUser {
        username: &names::username(&ask.username)?,
        email: &invitation.email,
        email_verified: true,
        self_registered: false,
        first_name: &names::personal("first_name", &ask.first_name)?,
        last_name: &names::personal("last_name", &ask.last_name)?,
        password: Some(&ask.password),
        is_active: true,
        roles: &roles,
    };
    new.check()?;
    let user = desk::retried(|| make(app, &tenant, &hash, &new)).await?;
    Ok(told(&tenant, user, &invitation))
}

/// Makes the user and uses up the invitation, in one transaction with what is recorded about both.
async fn make(app: &App, tenant: &Tenant, hash: &str, new: &NewUser<'_>) -> Result<UserRow, Raced> {
    let store = app.store();
    let (row, seen) = tokio::try_join!(store.tenant(tenant), store.count(tenant, "user"))?;
    let row = row.ok_or_else(gone)?;
    if row.suspended_at.is_some() {
        return Err(Problem::from(AuthError::Suspended).into());
    }
    let by = Actor::System("accept_invitation".to_owned());
    let entry = Entry::new(app.clock().now(), by.clone(), "member.joined")
        .fact("user_id", seen.last + 1)
        .fact("invitation", short(hash));
    let write = store
        .write(tenant, "member joined")
        .invitation_used(hash)
        .tenant(Some(&row), &row, vec![entry]);
    let (write, user) = new.put(app, write, &seen, by)?;
    match write.commit().await {
        Err(StoreError::Conflict { what: "invitation" }) => Err(gone().into()),
        Err(StoreError::Conflict {
            what: "sign-in name",
        }) => Err(users::taken().into()),
        other => Ok(other.map(|()| user)?),
    }
}

fn told(tenant: &Tenant, user: UserRow, invitation: &InvitationRow) -> AcceptedUser {
    AcceptedUser {
        id: user.id,
        username: user.username,
        email: user.email,
        first_name: user.first_name,
        last_name: user.last_name,
        roles: vec![invitation.role.clone()],
        organization: tenant.as_str().to_owned(),
        message: "Welcome; sign in with POST /token/ or POST /api/login",
    }
}

fn is_form(request: &Request) -> bool {
    let kind = request.headers().get(header::CONTENT_TYPE);
    let kind = kind.and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    kind.trim_start().to_ascii_lowercase().starts_with(FORM)
}

/// The page after the form was taken.
fn welcome(prefix: &str) -> Response {
    let body = format!(
        "<p>Your account is made.</p><p><a class=\"button\" href=\"{prefix}/login\">Sign in</a></p>"
    );
    page(StatusCode::CREATED, "Welcome", &body)
}

/// The page after the form was not taken. What was entered is still on the page before.
fn refused(problem: &Problem) -> Response {
    let told = problem.to_string();
    let (_, why) = told.split_once(": ").unwrap_or_default();
    let body = format!(
        "<p role=\"alert\">{}</p><p>Go back in your browser to change it.</p>",
        escape(why)
    );
    page(problem.status(), "That did not work", &body)
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn html(response: Response) -> String {
        let bytes = axum::body::to_bytes(response.into_body(), 1 << 16).await;
        String::from_utf8(bytes.unwrap().to_vec()).unwrap()
    }

    #[test]
    fn the_pages_form_is_told_from_json() {
        let posted = |kind: &str| {
            let request = Request::post("/invitations").header("content-type", kind);
            is_form(&request.body(axum::body::Body::empty()).unwrap())
        };
        assert!(
            posted("application/x-www-form-urlencoded")
                && posted("Application/X-WWW-Form-URLEncoded; charset=utf-8")
        );
        assert!(!posted("application/json") && !posted(""));
    }

    #[tokio::test]
    async fn a_person_is_told_on_a_page_what_to_change() {
        let problem = Problem::invalid("password", "a password has <8> characters: or more");
        let page = refused(&problem);
        assert_eq!(page.status(), StatusCode::UNPROCESSABLE_ENTITY);
        let html = html(page).await;
        assert!(
            html.contains("a password has &lt;8&gt; characters: or more"),
            "{html}"
        );
    }
}
