//! Amazon Bedrock: one model behind Converse, which does as it is told or chooses by the words it hears.

mod converse;
pub(crate) mod orders;

use axum::{
    Json, Router,
    body::Bytes,
    extract::{Path, State},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
    routing::post,
};
use serde_json::{Value, json};

use crate::{BEDROCK_MODEL, world::World};

/// The header that names an error.
const ERROR_TYPE: &str = "x-amzn-errortype";

pub(crate) fn routes() -> Router<World> {
    Router::new().route("/bedrock/model/{id}/converse", post(converse))
}

struct Refusal(StatusCode, &'static str, String);

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let Self(status, kind, message) = self;
        let mut answer = (status, Json(error_body(&message))).into_response();
        let kind = HeaderValue::from_static(kind);
        answer.headers_mut().insert(ERROR_TYPE, kind);
        answer
    }
}

/// Bedrock's error body; its kind is a header.
pub(crate) fn error_body(message: &str) -> Value {
    json!({"message": message})
}

/// An ordered fault, by its status.
pub(crate) fn fault(status: StatusCode) -> Response {
    let kind = match status {
        StatusCode::FORBIDDEN => "AccessDeniedException",
        StatusCode::TOO_MANY_REQUESTS => "ThrottlingException",
        _ => "InternalServerException",
    };
    let message = "The sandbox was asked to fail this call.".to_owned();
    Refusal(status, kind, message).into_response()
}

async fn converse(
    State(world): State<World>,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Json<Value>, Refusal> {
    if !is_signed(&headers) {
        let message = "Missing Authentication Token".to_owned();
        let status = StatusCode::FORBIDDEN;
        return Err(Refusal(
            status,
            "MissingAuthenticationTokenException",
            message,
        ));
    }
    if id != BEDROCK_MODEL {
        let message = format!("The provided model identifier {id} is invalid.");
        return Err(Refusal(
            StatusCode::BAD_REQUEST,
            "ValidationException",
            message,
        ));
    }
    let asked = converse::Asked::read(&body).map_err(|why| {
        let status = StatusCode::BAD_REQUEST;
        Refusal(status, "ValidationException", why)
    })?;
    let order = world.with(|state| state.orders.take(&asked.text));
    Ok(Json(asked.answer(order)))
}

/// Whether the request carries a signature for Bedrock, of this form; whose it is, is not looked at.
fn is_signed(headers: &HeaderMap) -> bool {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let given = text(header::AUTHORIZATION.as_str()).unwrap_or_default();
    given.starts_with("AWS4-HMAC-SHA256 Credential=")
        && given.contains("/bedrock/aws4_request, SignedHeaders=")
        && given.contains("host;x-amz-date")
        && given.contains(", Signature=")
        && text("x-amz-date").is_some()
}
