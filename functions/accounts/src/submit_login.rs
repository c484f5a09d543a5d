//! `POST /login`: sign in with a browser, with a password.

use crate::get_login::{CSRF, LoginPage};
use crate::page::onward;
use crate::session::{self, Kind, SLIDING_MAX_S};
use crate::sign_in::sign_in;
use axum::response::Response;
use http::{HeaderMap, StatusCode, header::RETRY_AFTER};
use kit::{Anyone, App, Form, Problem, ProblemBody, SESSION, cookie, same, see_other, set_cookie};
use utoipa::ToSchema;

/// The page's form.
#[expect(
    dead_code,
    reason = "the form as the document shows it; its fields are read by name"
)]
#[derive(ToSchema)]
pub(crate) struct LoginForm {
    /// What the page carries.
    csrf: String,
    #[schema(example = "john.doe@example.com")]
    email: String,
    password: String,
    /// The path to go on to.
    next: Option<String>,
    /// The organization's id, where the address is used in several.
    organization: Option<String>,
}

/// Sign in with the page's form. The session lasts eight hours from its last request.
#[utoipa::path(post, path = "/login", operation_id = "submit_login",
    request_body(content = LoginForm, content_type = "application/x-www-form-urlencoded"),
    responses((status = 303, description = "Signed in; on to where one was going.", body = String, content_type = "text/html"),
        (status = 401, description = "The page again: the address or the password is wrong.", body = String, content_type = "text/html"),
        (status = 403, description = "The page again: it was open for too long.", body = String, content_type = "text/html"),
        (status = 429, description = "Too many tries.", body = ProblemBody)))]
pub(crate) async fn submit_login(
    app: App,
    _anyone: Anyone,
    headers: HeaderMap,
    form: Form,
) -> Result<Response, Problem> {
    let organization = Some(form.field("organization")).filter(|id| !id.is_empty());
    let again = |status: StatusCode, alert: &str| {
        let login = LoginPage {
            next: onward(form.field("next")),
            email: form.field("email"),
            organization,
            alert: Some(alert),
        };
        login.shown(&app, &headers, status)
    };
    let kept = cookie(&headers, CSRF).unwrap_or_default();
    if !same(kept, form.field("csrf")) {
        let alert = "This page was open for too long, or your browser keeps no cookies. Try again.";
        return Ok(again(StatusCode::FORBIDDEN, alert));
    }
    let (email, password) = (form.field("email"), form.field("password"));
    let signed_in = match sign_in(&app, email, password, organization).await {
        Ok(signed_in) => signed_in,
        Err(problem) if problem.status() == StatusCode::UNAUTHORIZED => {
            let alert =
                "No active account has this e-mail address and password. Check both and try again.";
            return Ok(again(StatusCode::UNAUTHORIZED, alert));
        }
        Err(problem) if problem.status() == StatusCode::TOO_MANY_REQUESTS => {
            let alert = "Too many sign-ins with this e-mail address failed. Wait a few minutes and try again.";
            let mut page = again(StatusCode::TOO_MANY_REQUESTS, alert);
            if let Some(seconds) = problem.wait() {
                page.headers_mut().insert(RETRY_AFTER, seconds.into());
            }
            return Ok(page);
        }
        Err(problem) => return Err(problem),
    };
    let (tenant, user) = (&signed_in.tenant, &signed_in.user);
    let tokens = session::open(&app, tenant, user, Kind::Sliding, "pwd").await?;
    Ok(signed_in_with(&app, &tokens.access, form.field("next")))
}

/// Gives a browser its session and sends it on.
pub(crate) fn signed_in_with(app: &App, token: &str, next: &str) -> Response {
    let mut response = see_other(app.config(), onward(next));
    // The session ends sooner by itself, eight hours after its last request.
    set_cookie(&mut response, app.config(), SESSION, token, SLIDING_MAX_S);
    response
}
