//! `GET /verify-email` and `POST /verify-email`: the link by which somebody shows that an address is theirs. Programs that
//! look into mail open links, so opening it changes nothing; the page's button does. Its token is what vouches.

use crate::session::actor;
use crate::users::renamed;
use audit::Entry;
use auth::fingerprint;
use axum::body::{Body, Bytes};
use axum::response::Response;
use desk::Raced;
use http::{HeaderName, HeaderValue, StatusCode, header};
use kit::{Anyone, App, Params, Problem, Problems};
use serde::Deserialize;
use store::{StoreError, UserRow};
use utoipa::{IntoParams, ToSchema};

const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; \
     base-uri 'none'; frame-ancestors 'none'";

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
    let (base, token) = (&app.config().public_base_url, &asked.token);
    let form = format!(
        "<form method=\"post\" action=\"{base}/verify-email\"><input type=\"hidden\" name=\"token\" value=\"{token}\">\
         <button>Confirm</button></form>"
    );
    page(
        StatusCode::OK,
        "Is this e-mail address yours?",
        "Confirm that you asked for it to be used with your account.",
        &form,
    )
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
    body: Bytes,
) -> Result<Response, Problem> {
    match token_of(&body) {
        Some(token) => Ok(told(decide(&app, &token).await?)),
        None => Ok(told(Outcome::Gone)),
    }
}

async fn decide(app: &App, token: &str) -> Result<Outcome, Problem> {
    let (store, now) = (app.store(), app.clock().now());
    let hash = fingerprint(token.as_bytes());
    let Some(link) = store.verification(&hash, now).await? else {
        return Ok(Outcome::Gone);
    };
    let tenant = link.tenant()?;
    desk::retried(|| async {
        let Some(seen) = store.user(&tenant, link.user_id).await? else {
            return Ok(Outcome::Gone);
        };
        let Some(next) = confirmed(&seen, &link.email) else {
            return Ok(Outcome::Gone);
        };
        if next == seen {
            return Ok(Outcome::Confirmed);
        }
        let entry = Entry::new(now, actor(&seen), "user.email_verified")
            .fact("user_id", seen.id)
            .fact("changed", seen.email != next.email);
        let write = store
            .write(&tenant, "email verified")
            .user(Some(&seen), &next, vec![entry]);
        match renamed(write, &seen, &next).commit().await {
            Ok(()) => Ok(Outcome::Confirmed),
            Err(StoreError::Conflict {
                what: "sign-in name",
            }) => Ok(Outcome::Taken),
            Err(error) => Err(Raced::from(error)),
        }
    })
    .await
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

/// The token of a form's body.
fn token_of(body: &[u8]) -> Option<String> {
    let text = std::str::from_utf8(body).ok()?;
    let mut fields = text.split('&');
    let token = fields.find_map(|field| field.strip_prefix("token="))?;
    is_token(token).then(|| token.to_owned())
}

/// Whether this has the form of a token: 32 bytes in base64url.
fn is_token(text: &str) -> bool {
    text.len() == 43
        && text
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
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
    page(status, title, text, "")
}

fn page(status: StatusCode, title: &str, text: &str, more: &str) -> Response {
    let html = format!(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><title>{title}</title>\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
         <style>body{{font:16px/1.5 system-ui,sans-serif;max-width:32rem;margin:15vh auto;padding:0 1rem}}</style></head>\
         <body><h1>{title}</h1><p>{text}</p>{more}</body></html>"
    );
    let mut response = Response::new(Body::from(html));
    *response.status_mut() = status;
    let headers: [(HeaderName, &'static str); 4] = [
        (header::CONTENT_TYPE, "text/html; charset=utf-8"),
        (header::CONTENT_SECURITY_POLICY, CONTENT_SECURITY_POLICY),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
    ];
    for (name, value) in headers {
        response
            .headers_mut()
            .insert(name, HeaderValue::from_static(value));
    }
    response
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

    #[test]
    fn only_a_token_reaches_the_page_or_the_table() {
        let token = auth::mint("", &[7; 32]).plain;
        assert!(is_token(&token));
        assert_eq!(
            token_of(format!("a=b&token={token}").as_bytes()),
            Some(token)
        );
        for bad in [
            "",
            "token=",
            "token=short",
            "token=\"><script>alert(1)</script>xxxxxxxxxxxxxxxxx",
        ] {
            assert_eq!(token_of(bad.as_bytes()), None, "{bad}");
        }
    }

    #[test]
    fn a_page_may_send_its_form_home_and_load_nothing() {
        let page = told(Outcome::Confirmed);
        let policy = page.headers()[header::CONTENT_SECURITY_POLICY]
            .to_str()
            .unwrap();
        assert!(policy.starts_with("default-src 'none';") && policy.contains("form-action 'self'"));
    }
}
