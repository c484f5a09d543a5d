//! `/_sandbox`: what the sandbox itself can do.

mod bedrock;
pub(crate) mod config;
pub(crate) mod graph;
mod groups;
mod halo;
mod oidc;
mod people;
mod rmm;
mod routes;

pub(crate) use routes::routes;

use axum::{
    Json,
    body::to_bytes,
    extract::{FromRequest, Request},
    http::StatusCode,
    response::{IntoResponse, Response},
};
use serde::de::DeserializeOwned;
use serde_json::json;

const BODY_BYTES: usize = 256 * 1024;

/// A refusal that says what to do.
struct Refusal(StatusCode, String);

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        (self.0, Json(json!({"error": self.1}))).into_response()
    }
}

/// A JSON body, whatever the content type says.
struct Body<T>(T);

impl<T: DeserializeOwned, S: Sync> FromRequest<S> for Body<T> {
    type Rejection = Refusal;

    async fn from_request(request: Request, _: &S) -> Result<Self, Refusal> {
        let bytes = to_bytes(request.into_body(), BODY_BYTES).await;
        let bytes =
            bytes.map_err(|cause| Refusal(StatusCode::PAYLOAD_TOO_LARGE, cause.to_string()))?;
        let body = serde_json::from_slice(&bytes);
        body.map(Self)
            .map_err(|cause| Refusal(StatusCode::UNPROCESSABLE_ENTITY, cause.to_string()))
    }
}
