//! A company's own sign-in: an OIDC issuer in the form of Entra's.

mod authorize;
pub(crate) mod state;
mod token;

use axum::{
    Json, Router,
    extract::{Path, State},
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use serde_json::{Value, json};

use crate::{forms, world::World};

pub(crate) fn routes() -> Router<World> {
    Router::new()
        .route(
            "/oidc/{tenant}/v2.0/.well-known/openid-configuration",
            get(metadata),
        )
        .route(
            "/oidc/{tenant}/oauth2/v2.0/authorize",
            get(authorize::authorize),
        )
        .route("/oidc/{tenant}/oauth2/v2.0/token", post(token::token))
        .route("/oidc/{tenant}/discovery/v2.0/keys", get(keys))
}

/// The issuer of this tenant, as the caller reached it.
fn issuer(headers: &HeaderMap, tenant: &str) -> String {
    format!("{}/oidc/{tenant}/v2.0", forms::base_url(headers))
}

async fn metadata(headers: HeaderMap, Path(tenant): Path<String>) -> Json<Value> {
    let base = format!("{}/oidc/{tenant}", forms::base_url(&headers));
    Json(json!({
        "issuer": issuer(&headers, &tenant),
        "authorization_endpoint": format!("{base}/oauth2/v2.0/authorize"),
        "token_endpoint": format!("{base}/oauth2/v2.0/token"),
        "jwks_uri": format!("{base}/discovery/v2.0/keys"),
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "subject_types_supported": ["pairwise"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "token_endpoint_auth_methods_supported": ["client_secret_post"],
        "code_challenge_methods_supported": ["S256"],
        "scopes_supported": ["openid", "profile", "email"],
    }))
}

async fn keys(State(world): State<World>) -> Response {
    match world.with(|state| state.issuer.key_set()) {
        Ok(keys) => Json(keys).into_response(),
        Err(why) => (StatusCode::INTERNAL_SERVER_ERROR, why).into_response(),
    }
}
