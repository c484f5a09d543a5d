//! `GET /oidc/callback`: back from the company's own sign-in.

use crate::federated::{Turned, account, granted};
use crate::login::{AccessToken, bearer};
use crate::organization::lets_in;
use crate::page::sentence;
use crate::session::{self, Kind, Tokens};
use crate::start_oidc::{BROWSER, redirect_uri};
use crate::submit_login::signed_in_with;
use auth::fingerprint;
use auth::oidc::{Expected, IdClaims, IdTokenError, key_id, verify};
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, StatusCode, header};
use kit::{Anyone, App, Params, Problem, ProblemBody, cookie, path_prefix, same};
use oidc::Oidc;
use ports::CallError;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use store::CompanySignInRow;
use utoipa::IntoParams;

/// What the company's sign-in sends back.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct CallbackQuery {
    /// To be exchanged for the ID token, once.
    #[serde(default)]
    code: String,
    /// Which sign-in it is about.
    #[serde(default)]
    state: String,
    /// Why there is no code.
    #[serde(default)]
    error: String,
}

/// Why nobody is signed in.
enum Refusal {
    /// A sentence for the person: status, word, heading, what to do.
    Told(StatusCode, &'static str, &'static str, &'static str),
    /// Anything else.
    Problem(Problem),
}

impl<E: Into<Problem>> From<E> for Refusal {
    fn from(error: E) -> Self {
        Self::Problem(error.into())
    }
}

const LAPSED: Refusal = Refusal::Told(
    StatusCode::BAD_REQUEST,
    "SIGN_IN_LAPSED",
    "This sign-in is over",
    "It took more than ten minutes, was finished already, or began in another browser. Sign in again.",
);
const REFUSED: Refusal = Refusal::Told(
    StatusCode::UNAUTHORIZED,
    "AUTH_FAILED",
    "Your company did not sign you in",
    "You cancelled, or your company's sign-in gave no valid answer. Sign in again; if that does not help, ask your administrator.",
);

/// Back from the company's sign-in: a session for the browser, or for `Accept: application/json` its token.
///
/// An account is made at the first sign-in. Roles are those of the person's groups, at every sign-in anew.
#[utoipa::path(get, path = "/oidc/callback", operation_id = "finish_oidc", params(CallbackQuery),
    responses((status = 303, description = "Signed in; on to where one was going.", body = String, content_type = "text/html"),
        (status = 200, description = "Signed in.", body = AccessToken),
        (status = 400, description = "This sign-in is over.", body = String, content_type = "text/html"),
        (status = 401, description = "The company did not vouch for anybody.", body = String, content_type = "text/html"),
        (status = 403, description = "The person has no role or no active account here.", body = String, content_type = "text/html"),
        (status = 409, description = "Another account has the address.", body = String, content_type = "text/html"),
        (status = 429, description = "Too many requests from this address.", body = ProblemBody),
        (status = 502, description = "The company's sign-in cannot be reached.", body = ProblemBody)))]
pub(crate) async fn finish_oidc(
    app: App,
    _anyone: Anyone,
    headers: HeaderMap,
    Params(asked): Params<CallbackQuery>,
) -> Result<Response, Problem> {
    let accepts = headers
        .get(header::ACCEPT)
        .and_then(|accepts| accepts.to_str().ok());
    let is_program = accepts.is_some_and(|accepts| accepts.contains("application/json"));
    match finished(&app, &headers, &asked).await {
        Ok((tokens, _)) if is_program => Ok(bearer(tokens).into_response()),
        Ok((tokens, next)) => Ok(signed_in_with(&app, &tokens.access, &next)),
        Err(Refusal::Told(status, code, _, text)) if is_program => {
            Err(Problem::new(status, code, text))
        }
        Err(Refusal::Told(status, _, title, text)) => {
            let prefix = path_prefix(&app.config().public_base_url);
            Ok(sentence(prefix, status, title, text))
        }
        Err(Refusal::Problem(problem)) => Err(problem),
    }
}

/// The session of whoever comes back, and where they were going.
async fn finished(
    app: &App,
    headers: &HeaderMap,
    asked: &CallbackQuery,
) -> Result<(Tokens, String), Refusal> {
    let hash = fingerprint(asked.state.as_bytes());
    let now = app.clock().now();
    let began = app.store().end_company_sign_in(&hash, now).await?;
    let browser = cookie(headers, BROWSER).unwrap_or_default();
    let browser = fingerprint(browser.as_bytes());
    let began = began.filter(|began| same(&browser, &began.browser));
    let began = began.ok_or(LAPSED)?;
    if asked.code.is_empty() || !asked.error.is_empty() {
        return Err(REFUSED);
    }
    let tenant = began.tenant()?;
    lets_in(app, &tenant).await?;
    let issuer = outside::oidc(app, &tenant).await?;
    let redirect_uri = redirect_uri(app);
    let token = match issuer
        .exchange(&asked.code, &began.verifier, &redirect_uri)
        .await
    {
        Err(CallError::Refused { code, .. }) => {
            tracing::warn!(code, "a code of the company's sign-in was refused");
            return Err(REFUSED);
        }
        token => token?,
    };
    let claims = vouched(app, &issuer, &token, &began).await?;
    let roles = granted(issuer.config(), &claims.groups)?;
    let user = account(app, &tenant, &issuer.config().issuer, &claims, &roles).await?;
    let tokens = session::open(app, &tenant, &user, Kind::Sliding, "fed").await?;
    Ok((tokens, began.next))
}

/// Whom the ID token vouches for.
async fn vouched(
    app: &App,
    issuer: &Oidc,
    token: &SecretString,
    began: &CompanySignInRow,
) -> Result<IdClaims, Refusal> {
    #[expect(
        clippy::disallowed_methods,
        reason = "read to check its signature, and sent nowhere"
    )]
    let token = token.expose_secret();
    let keys = issuer.keys(&key_id(token).unwrap_or_default()).await?;
    let expected = Expected {
        issuer: &issuer.config().issuer,
        audience: &issuer.config().client_id,
        nonce: &began.nonce,
        now: app.clock().now(),
    };
    verify(&keys, token, expected).map_err(|error: IdTokenError| {
        tracing::warn!(metric = "id_token_refused", cause = %error, "an ID token was refused");
        REFUSED
    })
}

impl From<Turned> for Refusal {
    fn from(turned: Turned) -> Self {
        let forbidden = |code, title, text| Self::Told(StatusCode::FORBIDDEN, code, title, text);
        match turned {
            Turned::NoRole => forbidden(
                "NO_ROLE",
                "You have no role here",
                "Your company signed you in, but none of your groups has a role here. Ask your administrator for one.",
            ),
            Turned::TooManyGroups => forbidden(
                "TOO_MANY_GROUPS",
                "Your groups are not known",
                "You are in more groups than your company's sign-in tells. Ask your administrator to have it tell only \
                 the groups assigned to this application.",
            ),
            Turned::NoEmail => forbidden(
                "NO_EMAIL",
                "Your e-mail address is not known",
                "Your company's sign-in tells no e-mail address. Ask your administrator to add the claim email to it.",
            ),
            Turned::Inactive => forbidden(
                "ACCOUNT_INACTIVE",
                "Your account is not active",
                "Your account here was made inactive or removed. Ask your administrator.",
            ),
            Turned::EmailTaken => Self::Told(
                StatusCode::CONFLICT,
                "EMAIL_TAKEN",
                "Another account has your e-mail address",
                "It is not joined with your company's sign-in by itself. Sign in to it with its password, or ask your \
                 administrator to remove it or change its address; then sign in with your company again.",
            ),
            Turned::Problem(problem) => Self::Problem(problem),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_refusal_says_what_to_do() {
        for turned in [
            Turned::NoRole,
            Turned::TooManyGroups,
            Turned::NoEmail,
            Turned::Inactive,
            Turned::EmailTaken,
        ] {
            let Refusal::Told(status, _, _, text) = Refusal::from(turned) else {
                panic!("a refusal is told")
            };
            assert!(status.is_client_error());
            assert!(text.contains("sk your administrator"), "{text}");
        }
    }
}
