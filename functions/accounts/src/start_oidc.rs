//! `GET /oidc/login`: on to the company's own sign-in.

use crate::company::company;
use crate::page::{onward, sentence};
use auth::{fingerprint, is_token};
use axum::response::Response;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use jiff::SignedDuration;
use kit::{Anyone, App, Params, Problem, ProblemBody, cookie, path_prefix, set_cookie};
use oidc::Begin;
use serde::Deserialize;
use store::CompanySignInRow;
use utoipa::IntoParams;

/// The cookie of the browser that began a sign-in.
pub(crate) const BROWSER: &str = "deskhand_oidc";
/// How long a sign-in may take, in seconds.
const LASTS_S: u32 = 600;

/// Whose company.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct CompanyQuery {
    /// The organization's name or id.
    #[serde(default)]
    #[param(example = "example")]
    organization: String,
    /// The path to go on to afterwards.
    #[serde(default)]
    #[param(example = "/account")]
    next: String,
}

/// On to the company's own sign-in. It has to be over within ten minutes, in the same browser.
#[utoipa::path(get, path = "/oidc/login", operation_id = "start_oidc", params(CompanyQuery),
    responses((status = 302, description = "On to the company's sign-in."),
        (status = 404, description = "No company sign-in under this name.", body = String, content_type = "text/html"),
        (status = 429, description = "Too many requests from this address.", body = ProblemBody),
        (status = 502, description = "The company's sign-in cannot be reached.", body = ProblemBody)))]
pub(crate) async fn start_oidc(
    app: App,
    _anyone: Anyone,
    headers: HeaderMap,
    Params(asked): Params<CompanyQuery>,
) -> Result<Response, Problem> {
    let Some(company) = company(&app, &asked.organization).await? else {
        return Ok(sentence(
            path_prefix(&app.config().public_base_url),
            StatusCode::NOT_FOUND,
            "No company sign-in",
            "There is no company sign-in under this name. Check the organization's name or id, or sign in with your password.",
        ));
    };
    let chance = || URL_SAFE_NO_PAD.encode(app.ids().bytes(32));
    let (state, nonce, verifier) = (chance(), chance(), chance());
    // A browser that signs in twice at once keeps what it has.
    let kept = cookie(&headers, BROWSER).filter(|kept| is_token(kept));
    let browser = kept.map_or_else(chance, str::to_owned);
    let redirect_uri = redirect_uri(&app);
    let begin = Begin {
        redirect_uri: &redirect_uri,
        state: &state,
        nonce: &nonce,
        verifier: &verifier,
    };
    let to = company.issuer.authorization(begin).await?;
    let row = CompanySignInRow::new(
        &company.tenant,
        (nonce.clone(), verifier.clone()),
        fingerprint(browser.as_bytes()),
        onward(&asked.next).to_owned(),
        app.clock().now() + SignedDuration::from_secs(i64::from(LASTS_S)),
    );
    let hash = fingerprint(state.as_bytes());
    app.store().begin_company_sign_in(&hash, &row).await?;
    let mut response = Response::default();
    *response.status_mut() = StatusCode::FOUND;
    let to = HeaderValue::from_str(&to).map_err(|error| Problem::internal(&error))?;
    response.headers_mut().insert(header::LOCATION, to);
    set_cookie(
        &mut response,
        app.config(),
        BROWSER,
        &browser,
        u64::from(LASTS_S),
    );
    Ok(response)
}

/// Where people come back to; the issuer has to know it.
pub(crate) fn redirect_uri(app: &App) -> String {
    format!("{}/oidc/callback", app.config().public_base_url)
}
