//! `Idempotency-Key`: the second call with the same key and body is answered as the first was, and nothing happens again.
//!
//! It belongs to whoever calls, so it holds for callers with a credential. What is shown once (a credential, a new key, a
//! token) is never kept: the repetition has `null` in its place. The body is told apart by an HMAC under the key itself,
//! which is not kept either, so that no password can be tried against the row.

use crate::caller::identify;
use crate::{App, Problem};
use auth::Identity;
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::response::{IntoResponse, Response};
use base64::{Engine, engine::general_purpose::STANDARD};
use hmac::{Hmac, KeyInit, Mac};
use http::{HeaderName, HeaderValue, Method, Request, StatusCode, header};
use serde_json::Value;
use sha2::{Digest, Sha256};
use store::{Begun, Kept, Repeatable};
use tower::ServiceExt;

const KEY: HeaderName = HeaderName::from_static("idempotency-key");
const REPLAYED: HeaderName = HeaderName::from_static("idempotent-replayed");
/// The longest key, in bytes.
const LONGEST: usize = 255;
/// The largest answer that is kept, in bytes.
const LARGEST: usize = 200 * 1024;
/// Members that are shown once wherever they stand, even if their handler forgets to say so.
const NEVER_KEPT: [&str; 8] = [
    "access",
    "access_token",
    "credential",
    "key",
    "password",
    "refresh",
    "refresh_token",
    "secret",
];

/// An answer some of whose members are shown once.
pub struct ShownOnce<T>(pub T, pub &'static [&'static str]);

/// The members of an answer that are shown once.
#[derive(Clone, Copy)]
struct Members(&'static [&'static str]);

impl<T: IntoResponse> IntoResponse for ShownOnce<T> {
    fn into_response(self) -> Response {
        let mut response = self.0.into_response();
        response.extensions_mut().insert(Members(self.1));
        response
    }
}

/// Answers a request, once for each key that its caller gives.
pub(crate) async fn answer(
    app: &App,
    router: Router,
    mut request: Request<Body>,
    operation: &str,
) -> Response {
    let repeatable = [Method::POST, Method::PUT, Method::PATCH].contains(request.method());
    let key = request.headers().get(&KEY).filter(|_| repeatable).cloned();
    let Some(key) = key else {
        return routed(router, request).await;
    };
    let Ok(identity) = identify(app, request.headers(), request.extensions()).await else {
        // Public, or refused by its handler.
        return routed(router, request).await;
    };
    if key.is_empty() || key.len() > LONGEST {
        return Problem::invalid(
            "Idempotency-Key",
            "an idempotency key has 1 to 255 characters",
        )
        .into_response();
    }
    let (parts, body) = request.into_parts();
    let Ok(body) = to_bytes(body, crate::MAX_BODY).await else {
        return crate::extract::too_large().into_response();
    };
    let call = Repeatable {
        who: identity.who.name(),
        key_hash: hex::encode(Sha256::digest(key.as_bytes())),
        fingerprint: fingerprint(
            key.as_bytes(),
            &[
                operation.as_bytes(),
                parts.uri.to_string().as_bytes(),
                &body,
            ],
        ),
        claim: hex::encode(app.ids().bytes(16)),
    };
    request = Request::from_parts(parts, Body::from(body));
    request.extensions_mut().insert(identity.clone());
    let store = app.store();
    match store
        .begin_idempotent(&identity.tenant, &call, app.clock().now())
        .await
    {
        Ok(Begun::First) => {}
        Ok(Begun::Again(kept)) => return replayed(kept),
        Ok(Begun::Another) => {
            return Problem::new(
                StatusCode::UNPROCESSABLE_ENTITY,
                "IDEMPOTENCY_CONFLICT",
                "this idempotency key stands for another request; use a new key for a new request",
            )
            .into_response();
        }
        Ok(Begun::UnderWay(seconds)) => {
            return Problem::conflict(
                "IDEMPOTENCY_IN_FLIGHT",
                "the same request is being answered; ask again for its answer",
            )
            .retry_after(seconds.min(2))
            .into_response();
        }
        Err(error) => return Problem::from(error).into_response(),
    }
    let response = routed(router, request).await;
    Box::pin(keep(app, &identity, &call, response)).await
}

async fn routed(router: Router, request: Request<Body>) -> Response {
    match router.oneshot(request).await {
        Ok(response) => response,
        Err(never) => match never {},
    }
}

/// Keeps an answer that says what is the case; one that only says "not now" lets the key go.
async fn keep(app: &App, identity: &Identity, call: &Repeatable, response: Response) -> Response {
    let (parts, body) = response.into_parts();
    let passing = parts.status.is_server_error()
        || matches!(parts.status, StatusCode::UNAUTHORIZED | StatusCode::TOO_MANY_REQUESTS)
        || parts.headers.contains_key(header::SET_COOKIE)
        // A problem is rendered at the edge with its own time and request: it is answered anew.
        || parts.extensions.get::<Problem>().is_some();
    let Ok(bytes) = to_bytes(body, usize::MAX).await else {
        return Problem::unavailable("the answer was cut off; ask again").into_response();
    };
    let kept = (!passing && bytes.len() <= LARGEST).then(|| Kept {
        status: parts.status.as_u16(),
        headers: kept_headers(&parts.headers),
        body: STANDARD.encode(without_once(
            &bytes,
            parts
                .extensions
                .get::<Members>()
                .map_or(&[], |members| members.0),
        )),
    });
    let written = match kept {
        Some(kept) => {
            app.store()
                .keep_idempotent(&identity.tenant, call, kept, app.clock().now())
                .await
        }
        None => app.store().free_idempotent(&identity.tenant, call).await,
    };
    if let Err(error) = written {
        // The row stays under way and its time ends: what the handler did is guarded by its own conditions.
        tracing::warn!(%error, "an answer could not be kept for its repetition");
    }
    Response::from_parts(parts, Body::from(bytes))
}

fn kept_headers(headers: &http::HeaderMap) -> Vec<(String, String)> {
    [header::CONTENT_TYPE, header::ETAG, header::LOCATION]
        .iter()
        .filter_map(|name| {
            let value = headers.get(name)?.to_str().ok()?;
            Some((name.to_string(), value.to_owned()))
        })
        .collect()
}

/// The body with `null` for what is shown once; byte for byte the same otherwise.
fn without_once(bytes: &[u8], members: &[&str]) -> Vec<u8> {
    let (Ok(body), Ok(text)) = (
        serde_json::from_slice::<Value>(bytes),
        std::str::from_utf8(bytes),
    ) else {
        return bytes.to_vec();
    };
    let mut once = Vec::new();
    gather(&body, members, &mut once);
    let mut kept = text.to_owned();
    for secret in once {
        // As serde writes it, which is how every answer of ours is written.
        kept = kept.replace(&Value::from(secret).to_string(), "null");
    }
    kept.into_bytes()
}

/// The texts that are shown once, wherever they stand.
fn gather<'a>(value: &'a Value, members: &[&str], once: &mut Vec<&'a str>) {
    match value {
        Value::Object(fields) => {
            for (name, field) in fields {
                let named = members.contains(&name.as_str()) || NEVER_KEPT.contains(&name.as_str());
                match field {
                    Value::String(secret) if named => once.push(secret),
                    other => gather(other, members, once),
                }
            }
        }
        Value::Array(values) => values.iter().for_each(|value| gather(value, members, once)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

fn replayed(kept: Kept) -> Response {
    let Ok(body) = STANDARD.decode(kept.body) else {
        return Problem::unavailable("the first answer cannot be read any more").into_response();
    };
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = StatusCode::from_u16(kept.status).unwrap_or(StatusCode::OK);
    for (name, value) in kept.headers {
        if let (Ok(name), Ok(value)) = (name.parse::<HeaderName>(), HeaderValue::from_str(&value)) {
            response.headers_mut().insert(name, value);
        }
    }
    response
        .headers_mut()
        .insert(REPLAYED, HeaderValue::from_static("true"));
    response
}

fn fingerprint(key: &[u8], parts: &[&[u8]]) -> String {
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key) else {
        return String::new();
    };
    for part in parts {
        mac.update(&(part.len() as u64).to_be_bytes());
        mac.update(part);
    }
    hex::encode(mac.finalize().into_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_shown_once_is_not_kept_wherever_it_stands() {
        let body = br#"{"id":1,"key":"vetrai_x","pass":"ABC","more":[{"credential":"s"}],"key_prefix":"v"}"#;
        let kept = String::from_utf8(without_once(body, &["pass"])).unwrap();
        assert_eq!(
            kept,
            r#"{"id":1,"key":null,"pass":null,"more":[{"credential":null}],"key_prefix":"v"}"#
        );
    }

    #[test]
    fn a_body_without_secrets_is_kept_byte_for_byte() {
        let body = br#"{ "b": 1,  "a": 2.0 }"#;
        assert_eq!(without_once(body, &[]), body);
        assert_eq!(without_once(b"not json", &[]), b"not json");
    }

    #[test]
    fn parts_of_a_call_cannot_run_into_each_other() {
        assert_ne!(
            fingerprint(b"k", &[b"ab", b"c"]),
            fingerprint(b"k", &[b"a", b"bc"])
        );
        assert_ne!(fingerprint(b"k", &[b"a"]), fingerprint(b"l", &[b"a"]));
    }
}
