//! Twilio: create, list and read messages.

pub(crate) mod messages;
mod routes;

pub(crate) use routes::routes;

use axum::http::StatusCode;
use serde_json::{Value, json};

/// Twilio's error body.
pub(crate) fn error_body(status: StatusCode, code: u32, message: &str) -> Value {
    json!({
        "code": code,
        "message": message,
        "more_info": format!("https://www.twilio.com/docs/errors/{code}"),
        "status": status.as_u16(),
    })
}
