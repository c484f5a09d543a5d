//! `GET /verify-email` and `POST /verify-email`: the link by which somebody shows that an address is theirs. Programs that
//! look into mail open links, so opening it changes nothing; the page's button does. Its token is what vouches.

use crate::page::page;
use crate::session::actor;
use crate::users::renamed;
use crate::verification::tell_old;
use audit::Entry;
use auth::{fingerprint, is_token};
use axum::response::Response;
use desk::Raced;
use http::StatusCode;
use kit::{Anyone, App, Form, Params, Problem, Problems, path_prefix};
use serde::Deserialize;
use store::{StoreError, UserRow};
use utoipa::{IntoParams, ToSchema};

/// The link's token.
#[derive(Deserialize, IntoParams, ToSchema)]
#[into_params(parameter_in = Query)]
pub(crate) struct VerificationToken {
    /// From the link.
    #[serde(default)]
    token: String,
}

/// What became of a link.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Outcome {
    /// The address is theirs.
    Confirmed,
    /// Somebody else of the tenant has it by now.
    Taken,
    /// The link is none, or says nothing any more.
    Gone,
}

/// The page with the button that confirms an address. Opening it changes nothing.
#[utoipa::path(get, path = "/verify-email", operation_id = "show_verify_email", params(VerificationToken),
    responses((status = 200, description = "A page with a button.", body = String, content_type = "text/html"),
        (status = 410, description = "The link says nothing.", body = String, content_type = "text/html"), Problems))]
pub(crate) async fn show_verify_email(
    app: App,
    _anyone: Anyone,
    Params(asked): Params<VerificationToken>,
) -> Response {
    if !is_token(&asked.token) {
        return told(Outcome::Gone);
    }
    let (prefix, token) = (path_prefix(&app.config().public_base_url), &asked.token);
    let form = format!(
        "<p>Confirm that you asked for it to be used with your account.</p>\
         <form method=\"post\" action=\"{prefix}/verify-email\"><input type=\"hidden\" name=\"token\" value=\"{token}\">\
         <button>Confirm</button></form>"
    );
    page(StatusCode::OK, "Is this e-mail address yours?", &form)
}

/// Confirm that an address is one's own. Doing it again is ok while the link works.
#[utoipa::path(post, path = "/verify-email", operation_id = "verify_email",
    request_body(content = VerificationToken, content_type = "application/x-www-form-urlencoded"),
    responses((status = 200, description = "It is confirmed.", body = String, content_type = "text/html"),
        (status = 410, description = "The link says nothing any more.", body = String, content_type = "text/html"),
        Problems))]
pub(crate) async fn verify_email(
    app: App,
    _anyone: Anyone,
    form: Form,
) -> Result<Response, Problem> {
    match form.field("token") {
        token if is_token(token) => Ok(told(decide(&app, token).await?)),
        _ => Ok(told(Outcome::Gone)),
    }
}

async fn decide(app: &App, token: &str) -> Result<Outcome, Problem> {
    let (store, now) = (app.store(), app.clock().now());
    let hash = fingerprint(token.as_bytes());
    let Some(link) = store.verification(&hash, now).await? else {
        return Ok(Outcome::Gone);
    };
    let tenant = link.tenant()?;
    let (outcome, moved) = desk::retried(|| async {
        let Some(seen) = store.user(&tenant, link.user_id).await? else {
            return Ok((Outcome::Gone, None));
        };
        let Some(next) = confirmed(&seen, &link.email) else {
            return Ok((Outcome::Gone, None));
        };
        if next == seen {
            return Ok((Outcome::Confirmed, None));
        }
        let entry = Entry::new(now, actor(&seen), "user.email_verified")
            .fact("user_id", seen.id)
            .fact("changed", seen.email != next.email);
        let write = store
            .write(&tenant, "email verified")
            .user(Some(&seen), &next, vec![entry]);
        match renamed(write, &seen, &next).commit().await {
            Ok(()) => Ok((Outcome::Confirmed, Some((seen, next)))),
            Err(StoreError::Conflict {
                what: "sign-in name",
            }) => Ok((Outcome::Taken, None)),
            Err(error) => Err(Raced::from(error)),
        }
    })
    .await?;
    if let Some((seen, next)) = moved {
        tell_old(app, &seen, &next).await;
    }
    Ok(outcome)
}

/// The user once this address was shown to be theirs; none when they have asked for another since.
fn confirmed(seen: &UserRow, email: &str) -> Option<UserRow> {
    if seen.deleted_at.is_some() {
        return None;
    }
    let mut next = seen.clone();
    if seen.pending_email.as_deref() == Some(email) {
        email.clone_into(&mut next.email);
        next.pending_email = None;
    } else if seen.email != email {
        return None;
    }
    next.email_verified = true;
    Some(next)
}

fn told(outcome: Outcome) -> Response {
    let (status, title, text) = match outcome {
        Outcome::Confirmed => (
            StatusCode::OK,
            "Your e-mail address is confirmed",
            "You can close this page.",
        ),
        Outcome::Taken => (
            StatusCode::CONFLICT,
            "This e-mail address is in use",
            "Somebody of your organization has it by now. Change your account to another, or ask your administrator.",
        ),
        Outcome::Gone => (
            StatusCode::GONE,
            "This link does not work any more",
            "It is not whole, is more than 24 hours old, or you have given another address since. Sign in and ask for \
             another link.",
        ),
    };
    page(status, title, &format!("<p>{text}</p>"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::users::tests::user;

    #[test]
    fn a_link_confirms_only_what_the_user_still_asks_for() {
        let mut jane = user(&[]);
        jane.email_verified = false;
        let own = confirmed(&jane, "jane@example.com").unwrap();
        assert!(own.email_verified && own.email == "jane@example.com");
        jane.pending_email = Some("jane.doe@example.com".to_owned());
        let moved = confirmed(&jane, "jane.doe@example.com").unwrap();
        assert_eq!(
            (moved.email.as_str(), moved.pending_email),
            ("jane.doe@example.com", None)
        );
        assert_eq!(confirmed(&jane, "jane.roe@example.com"), None);
        jane.deleted_at = Some(jiff::Timestamp::UNIX_EPOCH);
        assert_eq!(confirmed(&jane, "jane@example.com"), None);
    }
}
