//! The edge of every HTTP operation: what is true of each request and answer, once.

use crate::extract::{MAX_BODY, too_large};
use crate::problem::{Problem, ProblemBody};
use crate::{App, Operation};
use axum::Router;
use axum::body::Body;
use axum::response::Response;
use http::{HeaderName, HeaderValue, Request, StatusCode, Uri, header};
use lambda_http::RequestExt;
use std::time::Instant;
use tower::ServiceExt;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The id of the request being answered.
#[derive(Debug, Clone)]
pub struct RequestId(pub String);

/// Answers one request: bounded body, one trailing slash forgiven, problems rendered, one log line.
pub(crate) async fn answer(
    app: &App,
    router: Router,
    operation: &'static str,
    event: lambda_http::Request,
) -> Response {
    let started = Instant::now();
    let id = request_id(&event);
    let method = event.method().clone();
    let path = event.uri().path().to_owned();
    let mut response = match request(event, &id) {
        Ok(request) => match router.oneshot(request).await {
            Ok(response) => response,
            Err(never) => match never {},
        },
        Err(problem) => axum::response::IntoResponse::into_response(problem),
    };
    if let Some(problem) = unmatched(&response) {
        response = axum::response::IntoResponse::into_response(problem);
    }
    if let Some(problem) = response.extensions_mut().remove::<Problem>() {
        response = render(app, &problem, &id);
    }
    if let Ok(value) = HeaderValue::from_str(&id) {
        response.headers_mut().insert(REQUEST_ID, value);
    }
    response
        .headers_mut()
        .entry(header::CACHE_CONTROL)
        .or_insert(HeaderValue::from_static("no-store"));
    let status = response.status().as_u16();
    let ms = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
    tracing::info!(operation, %method, path, status, ms, request_id = id, "request");
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

fn request(event: lambda_http::Request, id: &str) -> Result<Request<Body>, Problem> {
    let (mut parts, body) = event.into_parts();
    let bytes: Vec<u8> = match body {
        lambda_http::Body::Text(text) => text.into_bytes(),
        lambda_http::Body::Binary(bytes) => bytes,
        _ => Vec::new(),
    };
    if bytes.len() > MAX_BODY {
        return Err(too_large());
    }
    parts.uri = without_slash(&parts.uri);
    parts.extensions.insert(RequestId(id.to_owned()));
    Ok(Request::from_parts(parts, Body::from(bytes)))
}

/// The same address without one trailing slash: both forms of a path are one route, never a redirect.
fn without_slash(uri: &Uri) -> Uri {
    let path = uri.path();
    let Some(short) = path.strip_suffix('/').filter(|short| !short.is_empty()) else {
        return uri.clone();
    };
    let target = uri
        .query()
        .map_or(short.to_owned(), |query| format!("{short}?{query}"));
    target.parse().unwrap_or_else(|_| uri.clone())
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

fn render(app: &App, problem: &Problem, id: &str) -> Response {
    let body = ProblemBody {
        error: problem.message.clone(),
        detail: problem.message.clone(),
        details: problem.more.clone(),
        code: problem.code.to_owned(),
        status_code: problem.status.as_u16(),
        timestamp: app.clock().now().to_string(),
        request_id: id.to_owned(),
    };
    let mut json = serde_json::to_value(body).unwrap_or_default();
    if let Some(object) = json.as_object_mut() {
        for (name, value) in &problem.more {
            object.entry(name.clone()).or_insert_with(|| value.clone());
        }
    }
    let mut response = Response::new(Body::from(json.to_string()));
    *response.status_mut() = problem.status;
    let headers = response.headers_mut();
    headers.insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("application/json"),
    );
    if let Some(seconds) = problem.retry_after {
        headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
    response
}

/// Mounts one HTTP operation and nothing else.
pub(crate) fn router(app: &App, operation: &Operation) -> Option<Router> {
    operation
        .routes()
        .map(|routes| routes.split_for_parts().0.with_state(app.clone()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_trailing_slash_is_forgiven_and_the_query_kept() {
        let strip = |text: &str| without_slash(&text.parse().unwrap()).to_string();
        assert_eq!(strip("/api/v1/playbooks/"), "/api/v1/playbooks");
        assert_eq!(
            strip("/api/v1/playbooks/?limit=2"),
            "/api/v1/playbooks?limit=2"
        );
        assert_eq!(strip("/"), "/");
        assert_eq!(strip("/a//"), "/a/");
    }
}
