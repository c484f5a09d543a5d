//! Datto RMM: token, devices, components, quick jobs and their results. It counts requests.

mod routes;

pub(crate) use routes::routes;

use axum::{
    Json,
    body::Bytes,
    extract::{FromRequestParts, State},
    http::{HeaderMap, Method, StatusCode, header, request::Parts},
    response::{IntoResponse, Response},
};
use base64::{Engine, prelude::BASE64_STANDARD};
use serde_json::{Value, json};

use crate::{DATTO_API_KEY, DATTO_API_SECRET, clock, forms, tokens::Audience, world::World};

/// Datto's error body.
pub(crate) fn error_body(status: StatusCode, message: &str) -> Value {
    json!({
        "timestamp": clock::now().to_string(),
        "status": status.as_u16(),
        "error": status.canonical_reason().unwrap_or_default().replace(' ', ""),
        "message": message,
    })
}

struct Refusal(StatusCode, String);

impl Refusal {
    fn not_found(what: &str) -> Self {
        Self(StatusCode::NOT_FOUND, format!("{what} was not found."))
    }

    fn bad(why: impl Into<String>) -> Self {
        Self(StatusCode::BAD_REQUEST, why.into())
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        (self.0, Json(error_body(self.0, &self.1))).into_response()
    }
}

/// The holder of the key, let in by a bearer token, and only so often in a minute.
struct Holder;

impl FromRequestParts<World> for Holder {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, world: &World) -> Result<Self, Refusal> {
        let now = clock::now();
        let write = parts.method != Method::GET;
        world.with(|state| {
            if !state.tokens.open(&parts.headers, Audience::Datto, now) {
                let why = "Request can not be authorized.";
                return Err(Refusal(StatusCode::UNAUTHORIZED, why.into()));
            }
            if !state.fleet.let_in(write, now) {
                let why = "Too many requests in the last 60 seconds.";
                return Err(Refusal(StatusCode::TOO_MANY_REQUESTS, why.into()));
            }
            Ok(Self)
        })
    }
}

async fn token(State(world): State<World>, headers: HeaderMap, body: Bytes) -> Response {
    let form = forms::body(&headers, &body);
    let field = |name: &str| form.get(name).map(String::as_str).unwrap_or_default();
    let client = format!("Basic {}", BASE64_STANDARD.encode("public-client:public"));
    let refuse = |status: StatusCode, error: &str, why: &str| {
        (
            status,
            Json(json!({"error": error, "error_description": why})),
        )
            .into_response()
    };
    let by = headers
        .get(header::AUTHORIZATION)
        .and_then(|by| by.to_str().ok());
    if by != Some(client.as_str()) {
        return refuse(StatusCode::UNAUTHORIZED, "unauthorized", "Bad credentials");
    }
    if field("grant_type") != "password" {
        let error = "unsupported_grant_type";
        return refuse(StatusCode::BAD_REQUEST, error, "Unsupported grant type");
    }
    let secret = field("password").as_bytes();
    let known = constant_time_eq::constant_time_eq(secret, DATTO_API_SECRET.as_bytes());
    if field("username") != DATTO_API_KEY || !known {
        return refuse(StatusCode::BAD_REQUEST, "invalid_grant", "Bad credentials");
    }
    let (token, seconds) = world.with(|state| {
        let seconds = state.config.token_seconds.unwrap_or(360_000);
        let token = state.tokens.issue(Audience::Datto, clock::now(), seconds);
        (token, seconds)
    });
    Json(json!({"access_token": token, "token_type": "bearer", "expires_in": seconds, "scope": "any"}))
        .into_response()
}
