//! The edge of every HTTP operation: what is true of each request and answer, once.

use crate::admission::Admission;
use crate::dialect::Dialect;
use crate::extract::{MAX_BODY, too_large};
use crate::usage::Usage;
use crate::waiting::{Waiting, milliseconds};
use crate::{App, Operation, Problem, envelope, idempotency};
use axum::Router;
use axum::body::Body;
use axum::response::Response;
use http::{HeaderName, HeaderValue, Request, StatusCode, Uri, header};
use lambda_http::RequestExt;
use std::sync::Arc;
use std::time::Instant;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The id of the request being answered.
#[derive(Debug, Clone)]
pub struct RequestId(pub String);

/// One HTTP operation, mounted, and the form of its paths.
#[derive(Clone)]
pub(crate) struct Mounted {
    router: Router,
    /// Whether its paths are written with a slash at the end.
    slashed: bool,
    /// Its paths, as they are documented.
    paths: Arc<[String]>,
    /// What keys use it for.
    usage: Arc<Usage>,
}

/// Answers one request and writes its one log line.
pub(crate) async fn answer(
    app: &App,
    mounted: Mounted,
    operation: &'static str,
    event: lambda_http::Request,
) -> Response {
    let (started, waiting) = (Instant::now(), Waiting::default());
    let id = request_id(&event);
    let method = event.method().clone();
    let path = event.uri().path().to_owned();
    let answering = answered(app, mounted, operation, event, &id, started);
    let response = waiting.during(answering).await;
    let (took, aws) = (started.elapsed(), waiting.so_far());
    tracing::info!(
        operation,
        %method,
        path,
        status = response.status().as_u16(),
        ms = milliseconds(took),
        aws_ms = aws.milliseconds(),
        aws_calls = aws.calls,
        request_id = id,
        "request"
    );
    response
}

/// The answer: bounded body, a slash at the end forgiven, repetitions recognised, problems rendered.
async fn answered(
    app: &App,
    mounted: Mounted,
    operation: &'static str,
    event: lambda_http::Request,
    id: &str,
    started: Instant,
) -> Response {
    let path = event.uri().path().to_owned();
    let dialect = Dialect::of(&path, event.headers());
    let enveloped = envelope::wanted(event.headers());
    let admission = Admission::default();
    let mut response = match request(event, id, mounted.slashed, &admission) {
        Ok(request) => idempotency::answer(app, mounted.router.clone(), request, operation).await,
        Err(problem) => axum::response::IntoResponse::into_response(problem),
    };
    if let Some(problem) = unmatched(&response) {
        response = axum::response::IntoResponse::into_response(problem);
    }
    if let Some(problem) = response.extensions_mut().remove::<Problem>() {
        response = dialect.render(app.clock().now(), &problem, id);
    }
    if enveloped {
        response = envelope::wrapped(response).await;
    }
    admission.tell(&mut response);
    if let Ok(value) = HeaderValue::from_str(id) {
        response.headers_mut().insert(REQUEST_ID, value);
    }
    response
        .headers_mut()
        .entry(header::CACHE_CONTROL)
        .or_insert(HeaderValue::from_static("no-store"));
    let is_success = response.status().as_u16() < 400;
    for key in admission.keys() {
        let documented = documented(&mounted.paths, &path);
        mounted
            .usage
            .count(key, documented, is_success, started.elapsed());
    }
    mounted.usage.write(app).await;
    response
}

/// The caller's id of the request when it is a plain one, else Lambda's.
fn request_id(event: &lambda_http::Request) -> String {
    let given = event
        .headers()
        .get(&REQUEST_ID)
        .and_then(|value| value.to_str().ok());
    let fits = |id: &&str| {
        (1..=64).contains(&id.len())
            && id
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
    };
    given
        .filter(fits)
        .map(str::to_owned)
        .or_else(|| {
            event
                .lambda_context_ref()
                .map(|context| context.request_id.clone())
        })
        .unwrap_or_default()
}

fn request(
    event: lambda_http::Request,
    id: &str,
    slashed: bool,
    admission: &Admission,
) -> Result<Request<Body>, Problem> {
    let (mut parts, body) = event.into_parts();
    let bytes: Vec<u8> = match body {
        lambda_http::Body::Text(text) => text.into_bytes(),
        lambda_http::Body::Binary(bytes) => bytes,
        _ => Vec::new(),
    };
    if bytes.len() > MAX_BODY {
        return Err(too_large());
    }
    parts.uri = with_form(&parts.uri, slashed);
    parts.extensions.insert(admission.clone());
    parts.extensions.insert(RequestId(id.to_owned()));
    Ok(Request::from_parts(parts, Body::from(bytes)))
}

/// The same address in the form of its route, with or without a slash at the end: both are served, never redirected.
fn with_form(uri: &Uri, slashed: bool) -> Uri {
    let path = uri.path();
    if path == "/" {
        return uri.clone();
    }
    let short = path.strip_suffix('/').unwrap_or(path);
    let slash = if slashed { "/" } else { "" };
    let target = uri.query().map_or(format!("{short}{slash}"), |query| {
        format!("{short}{slash}?{query}")
    });
    target.parse().unwrap_or_else(|_| uri.clone())
}

/// The documented path that this one is of.
fn documented<'a>(paths: &'a [String], path: &str) -> &'a str {
    let given: Vec<&str> = path.trim_end_matches('/').split('/').collect();
    let fits = |documented: &&String| {
        let parts: Vec<&str> = documented.trim_end_matches('/').split('/').collect();
        let mut pairs = parts.iter().zip(&given);
        parts.len() == given.len()
            && pairs.all(|(part, given)| part.starts_with('{') || part == given)
    };
    let found = paths.iter().find(fits).or_else(|| paths.first());
    found.map_or("", String::as_str)
}

/// The problem that axum's own empty 404 and 405 stand for.
fn unmatched(response: &Response) -> Option<Problem> {
    if response.extensions().get::<Problem>().is_some()
        || response.headers().contains_key(header::CONTENT_TYPE)
    {
        return None;
    }
    match response.status() {
        StatusCode::NOT_FOUND => Some(Problem::not_found("route")),
        StatusCode::METHOD_NOT_ALLOWED => Some(Problem::new(
            StatusCode::METHOD_NOT_ALLOWED,
            "METHOD_NOT_ALLOWED",
            "this path takes another method",
        )),
        _ => None,
    }
}

/// Mounts one HTTP operation and nothing else.
pub(crate) fn mounted(app: &App, operation: &Operation) -> Option<Mounted> {
    let (router, document) = operation.routes()?.split_for_parts();
    let paths: Arc<[String]> = document.paths.paths.into_keys().collect();
    let slashed = paths
        .iter()
        .any(|path| path.len() > 1 && path.ends_with('/'));
    Some(Mounted {
        router: router.with_state(app.clone()),
        slashed,
        paths,
        usage: Arc::default(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_is_counted_under_its_documented_path() {
        let paths = ["/docs", "/docs/{file}", "/api/v1/users/{id}/"].map(str::to_owned);
        let found = |path| documented(&paths, path);
        assert_eq!(found("/docs/"), "/docs");
        assert_eq!(found("/docs/swagger.js"), "/docs/{file}");
        assert_eq!(found("/api/v1/users/12"), "/api/v1/users/{id}/");
        assert_eq!(found("/something/else/altogether"), "/docs");
        assert_eq!(documented(&[], "/docs"), "");
    }

    #[test]
    fn a_slash_at_the_end_is_forgiven_or_added_and_the_query_kept() {
        let form = |text: &str, slashed| with_form(&text.parse().unwrap(), slashed).to_string();
        assert_eq!(form("/api/v1/playbooks/", false), "/api/v1/playbooks");
        assert_eq!(
            form("/api/v1/playbooks/?limit=2", false),
            "/api/v1/playbooks?limit=2"
        );
        assert_eq!(form("/token", true), "/token/");
        assert_eq!(form("/api/v1/users/?page=2", true), "/api/v1/users/?page=2");
        assert_eq!(form("/", false), "/");
        assert_eq!(form("/a//", false), "/a/");
    }
}
