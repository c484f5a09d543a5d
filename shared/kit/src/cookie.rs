//! People in a browser: the cookie that holds their session's token, and what shows that a page of ours sent a request.

use crate::caller::identify_session;
use crate::{App, Caller, Config, Problem};
use auth::{AuthError, Permission};
use axum::body::Body;
use axum::extract::FromRequestParts;
use axum::response::{IntoResponse, Response};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use constant_time_eq::constant_time_eq;
use hmac::{Hmac, KeyInit, Mac};
use http::request::Parts;
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use sha2::Sha256;
use url::form_urlencoded::byte_serialize;

/// The cookie with the token of a session.
pub const SESSION: &str = "deskhand_session";
/// Where a script puts what a page's form has as a field.
const FORM_TOKEN: HeaderName = HeaderName::from_static("x-csrf-token");

/// Somebody signed in with a browser, who may do `P`.
///
/// Without a session, a GET is answered with the way to the sign-in page. A request that changes something must also show
/// the session's form token as `X-CSRF-Token`, which only a page of ours can read.
pub struct Session<P> {
    caller: Caller<P>,
    form_token: String,
}

impl<P> Session<P> {
    /// Who it is.
    #[must_use]
    pub fn caller(&self) -> &Caller<P> {
        &self.caller
    }

    /// What the forms of a page for this session carry.
    #[must_use]
    pub fn form_token(&self) -> &str {
        &self.form_token
    }
}

impl<P: Permission> FromRequestParts<App> for Session<P> {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Response> {
        let Some(token) = cookie(&parts.headers, SESSION) else {
            return Err(turned_away(app.config(), parts));
        };
        let form_token = form_token(token);
        if !parts.method.is_safe() && !shows(&parts.headers, &form_token) {
            return Err(Problem::forbidden(
                "FORM_TOKEN_MISSING",
                "send the page's form token as X-CSRF-Token; reload the page to get it",
                &[],
            )
            .into_response());
        }
        match identify_session(app, token, &parts.extensions).await {
            Ok(identity) => {
                let caller = Caller::of(identity);
                let caller = caller.map_err(|error| Problem::from(error).into_response())?;
                Ok(Self { caller, form_token })
            }
            Err(AuthError::Unauthenticated | AuthError::Expired) => {
                Err(turned_away(app.config(), parts))
            }
            Err(error) => Err(Problem::from(error).into_response()),
        }
    }
}

/// The way to the sign-in page and back; a request that changes something is not made again by itself.
fn turned_away(config: &Config, parts: &Parts) -> Response {
    if parts.method != Method::GET && parts.method != Method::HEAD {
        return Problem::new(
            StatusCode::UNAUTHORIZED,
            "AUTH_FAILED",
            "your session is over; sign in at /login and do this again",
        )
        .into_response();
    }
    let asked = parts
        .uri
        .path_and_query()
        .map_or("/", |asked| asked.as_str());
    let next: String = byte_serialize(asked.as_bytes()).collect();
    see_other(config, &format!("/login?next={next}"))
}

fn shows(headers: &HeaderMap, form_token: &str) -> bool {
    let shown = headers.get(FORM_TOKEN).map(HeaderValue::as_bytes);
    shown.is_some_and(|shown| constant_time_eq(shown, form_token.as_bytes()))
}

/// What shows that a page of this session's sent a request: it is made from the session's token, which no page can read.
#[must_use]
pub fn form_token(session: &str) -> String {
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(session.as_bytes()) else {
        return String::new();
    };
    mac.update(b"form");
    URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes())
}

/// Whether two secrets are the same, and not empty; how far they agree cannot be timed.
#[must_use]
pub fn same(one: &str, other: &str) -> bool {
    !one.is_empty() && constant_time_eq(one.as_bytes(), other.as_bytes())
}

/// The value of a cookie.
#[must_use]
pub fn cookie<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let lines = headers.get_all(header::COOKIE).into_iter();
    lines
        .filter_map(|line| line.to_str().ok())
        .flat_map(|line| line.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(named, _)| *named == name)
        .map(|(_, value)| value)
}

/// Has the browser keep a cookie for so many seconds, none to drop it. No script reads it, no other site's form sends it.
pub fn set_cookie(response: &mut Response, config: &Config, name: &str, value: &str, seconds: u64) {
    let secure = config.public_base_url.starts_with("https://");
    let secure = if secure { "; Secure" } else { "" };
    let line = format!("{name}={value}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Lax{secure}");
    if let Ok(line) = HeaderValue::from_str(&line) {
        response.headers_mut().append(header::SET_COOKIE, line);
    }
}

/// Sends a browser on to a path of ours.
#[must_use]
pub fn see_other(config: &Config, path: &str) -> Response {
    let to = format!("{}{path}", path_prefix(&config.public_base_url));
    let mut response = Response::new(Body::from("<!doctype html><title>Deskhand</title>"));
    *response.status_mut() = StatusCode::SEE_OTHER;
    let headers = response.headers_mut();
    let kind = HeaderValue::from_static("text/html; charset=utf-8");
    headers.insert(header::CONTENT_TYPE, kind);
    if let Ok(to) = HeaderValue::from_str(&to) {
        headers.insert(header::LOCATION, to);
    }
    response
}

/// The path that our public address begins with: empty on a domain of its own, `/live` at a stage's address.
#[must_use]
pub fn path_prefix(public_base_url: &str) -> &str {
    let behind_scheme = public_base_url
        .split_once("://")
        .map_or(public_base_url, |(_, rest)| rest);
    behind_scheme
        .find('/')
        .map_or("", |at| behind_scheme[at..].trim_end_matches('/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(public_base_url: &str) -> Config {
        Config {
            stack: "s".to_owned(),
            public_base_url: public_base_url.to_owned(),
            environment: "local".to_owned(),
            seal_key: String::new(),
            machine_prefix: String::new(),
            region: String::new(),
            endpoint: None,
            handler: String::new(),
            service: "accounts",
            limits: store::Limits { user: 1, admin: 1 },
            address_limit: 1,
            service_limit: 1,
        }
    }

    fn asked(method: Method, uri: &str) -> Parts {
        let request = http::Request::builder().method(method).uri(uri);
        request.body(()).unwrap().into_parts().0
    }

    #[test]
    fn a_cookie_is_found_among_others_by_its_whole_name() {
        let mut headers = HeaderMap::new();
        let line = "a=1; x_deskhand_session=2;deskhand_session=3=; deskhand_session=4";
        headers.append(header::COOKIE, HeaderValue::from_static(line));
        assert_eq!(cookie(&headers, SESSION), Some("3="));
        assert_eq!(cookie(&headers, "deskhand"), None);
    }

    #[test]
    fn a_cookie_goes_over_https_only_where_we_are_reached_so() {
        let line = |url: &str| {
            let mut response = Response::default();
            set_cookie(&mut response, &config(url), SESSION, "t", 60);
            let line = response.headers()[header::SET_COOKIE].to_str().unwrap();
            line.to_owned()
        };
        let kept = "deskhand_session=t; Path=/; Max-Age=60; HttpOnly; SameSite=Lax";
        assert_eq!(line("http://localhost:8080"), kept);
        assert_eq!(line("https://desk.example.com"), format!("{kept}; Secure"));
    }

    #[test]
    fn who_is_not_signed_in_is_shown_the_way_there_and_back() {
        let stage = config("https://abc.example.com/live");
        let way = turned_away(&stage, &asked(Method::GET, "/account?tab=a%20b&x=1"));
        assert_eq!(way.status(), StatusCode::SEE_OTHER);
        let to = way.headers()[header::LOCATION].to_str().unwrap();
        assert_eq!(to, "/live/login?next=%2Faccount%3Ftab%3Da%2520b%26x%3D1");
        let refused = turned_away(&stage, &asked(Method::POST, "/account"));
        assert_eq!(refused.status(), StatusCode::UNAUTHORIZED);
    }

    #[test]
    fn a_change_needs_the_form_token_of_its_own_session() {
        let mut headers = HeaderMap::new();
        assert!(!shows(&headers, &form_token("one")));
        headers.insert(
            FORM_TOKEN,
            HeaderValue::from_str(&form_token("two")).unwrap(),
        );
        assert!(!shows(&headers, &form_token("one")));
        assert!(shows(&headers, &form_token("two")));
        assert!(same("a", "a") && !same("a", "b") && !same("", ""));
    }

    #[test]
    fn only_a_stage_address_has_a_prefix() {
        assert_eq!(path_prefix("http://localhost:8080"), "");
        assert_eq!(path_prefix("https://desk.example.com/"), "");
        assert_eq!(path_prefix("https://abc.example.com/live"), "/live");
    }
}
