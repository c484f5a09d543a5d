//! NinjaOne: token, devices, users, scripts, runs, jobs and the journal of activities.

mod journal;
mod routes;

pub(crate) use routes::routes;

use axum::{
    Json,
    body::Bytes,
    extract::{FromRequestParts, State},
    http::{HeaderMap, StatusCode, request::Parts},
    response::{IntoResponse, Response},
};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::{
    NINJAONE_CLIENT_ID, NINJAONE_CLIENT_SECRET, clock, forms, tokens::Audience, world::World,
};

/// NinjaOne's error body.
pub(crate) fn error_body(message: &str) -> Value {
    json!({"resultCode": "FAILURE", "errorMessage": message, "incidentId": Uuid::new_v4().to_string()})
}

struct Refusal(StatusCode, String);

impl Refusal {
    fn not_found(what: &str) -> Self {
        Self(StatusCode::NOT_FOUND, format!("{what}_not_found"))
    }

    fn bad(why: impl Into<String>) -> Self {
        Self(StatusCode::BAD_REQUEST, why.into())
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        (self.0, Json(error_body(&self.1))).into_response()
    }
}

/// The API application, let in by its bearer token.
struct Application;

impl FromRequestParts<World> for Application {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, world: &World) -> Result<Self, Refusal> {
        let now = clock::now();
        if world.with(|state| state.tokens.open(&parts.headers, Audience::Ninjaone, now)) {
            Ok(Self)
        } else {
            Err(Refusal(StatusCode::UNAUTHORIZED, "invalid_token".into()))
        }
    }
}

async fn token(State(world): State<World>, headers: HeaderMap, body: Bytes) -> Response {
    let form = forms::body(&headers, &body);
    let field = |name: &str| form.get(name).map(String::as_str).unwrap_or_default();
    let refuse = |error: &str| (StatusCode::BAD_REQUEST, Json(json!({"error": error})));
    if field("grant_type") != "client_credentials" {
        return refuse("unsupported_grant_type").into_response();
    }
    let secret = field("client_secret").as_bytes();
    let known = constant_time_eq::constant_time_eq(secret, NINJAONE_CLIENT_SECRET.as_bytes());
    if field("client_id") != NINJAONE_CLIENT_ID || !known {
        return (
            StatusCode::UNAUTHORIZED,
            Json(json!({"error": "invalid_client"})),
        )
            .into_response();
    }
    let scope = field("scope").to_owned();
    let all = ["monitoring", "management", "control"];
    if scope.is_empty() || !scope.split(' ').all(|one| all.contains(&one)) {
        return refuse("invalid_scope").into_response();
    }
    let (token, seconds) = world.with(|state| {
        let seconds = state.config.token_seconds.unwrap_or(3600);
        let token = state
            .tokens
            .issue(Audience::Ninjaone, clock::now(), seconds);
        (token, seconds)
    });
    Json(json!({"access_token": token, "expires_in": seconds, "scope": scope, "token_type": "Bearer"}))
        .into_response()
}
