//! `POST /login/end`: sign out with a browser.

use crate::session::close;
use auth::token::{self, TokenError, TokenType};
use axum::response::Response;
use http::{HeaderMap, StatusCode};
use kit::{
    Anyone, App, Form, Problem, ProblemBody, SESSION, cookie, form_token, path_prefix, same,
    see_other, set_cookie,
};
use utoipa::ToSchema;

/// The sign-out button's form.
#[expect(
    dead_code,
    reason = "the form as the document shows it; its field is read by name"
)]
#[derive(ToSchema)]
pub(crate) struct SignOutForm {
    /// What the page carries.
    csrf: String,
}

/// Sign out: the session ends, with every token of it. A session that is over already is ok.
#[utoipa::path(post, path = "/login/end", operation_id = "end_login",
    request_body(content = SignOutForm, content_type = "application/x-www-form-urlencoded"),
    responses((status = 303, description = "Signed out.", body = String, content_type = "text/html"),
        (status = 403, description = "Our page did not send this.", body = String, content_type = "text/html"),
        (status = 429, description = "Too many requests from this address.", body = ProblemBody)))]
pub(crate) async fn end_login(
    app: App,
    _anyone: Anyone,
    headers: HeaderMap,
    form: Form,
) -> Result<Response, Problem> {
    // No `Session`: one that is over is answered as one that ends now.
    if let Some(text) = cookie(&headers, SESSION) {
        if !same(&form_token(text), form.field("csrf")) {
            return Ok(crate::page::sentence(
                path_prefix(&app.config().public_base_url),
                StatusCode::FORBIDDEN,
                "You are still signed in",
                "This page belongs to another session. Open your account's page and sign out there.",
            ));
        }
        let (issuer, now) = (&app.config().public_base_url, app.clock().now());
        let claims = token::verify(app.store(), issuer, text, TokenType::Access, now).await;
        match claims {
            Ok(claims) => {
                let tenant = auth::tenant_of(&claims)?;
                close(&app, &tenant, claims.user_id, &claims.sid, "session.closed").await?;
            }
            Err(TokenError::Store(error)) => return Err(error.into()),
            Err(TokenError::Invalid | TokenError::Expired) => {}
        }
    }
    let mut response = see_other(app.config(), "/login");
    set_cookie(&mut response, app.config(), SESSION, "", 0);
    Ok(response)
}
