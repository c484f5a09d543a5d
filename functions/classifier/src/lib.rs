//! The classifier service: what does a ticket ask for, and may a playbook act on it?

mod classify_ticket;
mod get_classification;
mod reply;

use kit::{Operation, Service};
use utoipa_axum::{router::OpenApiRouter, routes};

/// What this service can do.
#[must_use]
pub fn service() -> Service {
    Service {
        name: "classifier",
        operations: vec![
            Operation::http("classify_ticket", || {
                OpenApiRouter::new().routes(routes!(classify_ticket::classify_ticket))
            }),
            Operation::http("get_classification", || {
                OpenApiRouter::new().routes(routes!(get_classification::get_classification))
            }),
        ],
    }
}
