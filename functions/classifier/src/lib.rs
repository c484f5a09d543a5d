//! The classifier service: what does a ticket ask for, and may a playbook act on it?

mod classify_ticket;
mod create_feedback;
mod get_classification;
mod get_classifier_report;
mod list_examples;
mod reply;
mod update_auto_start;

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
            Operation::http("create_feedback", || {
                OpenApiRouter::new().routes(routes!(create_feedback::create_feedback))
            }),
            Operation::http("get_classifier_report", || {
                OpenApiRouter::new().routes(routes!(get_classifier_report::get_classifier_report))
            }),
            Operation::http("list_examples", || {
                OpenApiRouter::new().routes(routes!(list_examples::list_examples))
            }),
            Operation::invoke("update_auto_start", update_auto_start::update_auto_start),
        ],
    }
}
