//! The verification service: is this person who they say they are?

mod answer;
mod ask;
mod get_mfa;
mod poll_mfa;
mod receive_mfa_response;
mod reply;
mod request_mfa;
mod request_mfa_task;
mod signature;

use kit::{Operation, Service};
use utoipa_axum::{router::OpenApiRouter, routes};

/// What this service can do.
#[must_use]
pub fn service() -> Service {
    Service {
        name: "verification",
        operations: vec![
            Operation::http("request_mfa", || {
                OpenApiRouter::new().routes(routes!(request_mfa::request_mfa))
            }),
            Operation::http("get_mfa", || {
                OpenApiRouter::new().routes(routes!(get_mfa::get_mfa))
            }),
            Operation::task("request_mfa_task", request_mfa_task::request_mfa_task),
            Operation::queue("poll_mfa", poll_mfa::poll_mfa),
            Operation::http("receive_mfa_response", || {
                OpenApiRouter::new().routes(routes!(receive_mfa_response::receive_mfa_response))
            }),
        ],
    }
}
