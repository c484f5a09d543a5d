//! `GET /api/authinfo` and `POST /auth/token`.

use axum::{
    Json,
    body::Bytes,
    extract::{RawQuery, State},
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
};
use serde_json::{Value, json};

use crate::{HALO_CLIENT_ID, HALO_CLIENT_SECRET, clock, forms, tokens::Audience, world::World};

const TENANT: &str = "sandbox";

pub(super) async fn authinfo(headers: HeaderMap) -> Json<Value> {
    let auth_url = format!("{}/halopsa/auth", forms::base_url(&headers));
    Json(json!({"auth_url": auth_url, "tenant_id": TENANT}))
}

pub(super) async fn token(
    State(world): State<World>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let query = forms::parse(query.unwrap_or_default().as_bytes());
    if query.get("tenant").is_some_and(|tenant| tenant != TENANT) {
        return refuse("invalid_request", "The specified tenant does not exist.");
    }
    let form = forms::body(&headers, &body);
    let field = |name: &str| form.get(name).map(String::as_str).unwrap_or_default();
    if field("grant_type") != "client_credentials" {
        return refuse(
            "unsupported_grant_type",
            "The specified grant type is not supported.",
        );
    }
    let secret = field("client_secret").as_bytes();
    let known = constant_time_eq::constant_time_eq(secret, HALO_CLIENT_SECRET.as_bytes());
    if field("client_id") != HALO_CLIENT_ID || !known {
        return refuse(
            "invalid_client",
            "The specified client credentials are invalid.",
        );
    }
    if field("scope").is_empty() {
        return refuse("invalid_scope", "The scope is missing.");
    }
    let (token, seconds) = world.with(|state| {
        let seconds = state.config.token_seconds.unwrap_or(3600);
        (
            state.tokens.issue(Audience::Halo, clock::now(), seconds),
            seconds,
        )
    });
    Json(json!({
        "token_type": "Bearer",
        "access_token": token,
        "expires_in": seconds,
        "refresh_token": null,
        "id_token": null,
    }))
    .into_response()
}

fn refuse(error: &str, why: &str) -> Response {
    let body = json!({"error": error, "error_description": why});
    (StatusCode::BAD_REQUEST, Json(body)).into_response()
}
