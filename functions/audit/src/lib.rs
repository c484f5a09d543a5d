//! The audit service: what was done, by whom, and whether the record of it is whole.
//!
//! Reading is itself recorded: each answer puts one `audit.read` behind the ticket's chain, after what it shows was read.

mod account;
mod chain;
mod get_classification_audit;
mod get_execution_audit;
mod get_step_audit;
mod head;
mod reading;
mod record;
mod verify_audit;
mod walk;

use kit::{Operation, Service};
use utoipa_axum::{router::OpenApiRouter, routes};

/// What this service can do.
#[must_use]
pub fn service() -> Service {
    Service {
        name: "audit",
        operations: vec![
            Operation::http("get_execution_audit", || {
                OpenApiRouter::new().routes(routes!(get_execution_audit::get_execution_audit))
            }),
            Operation::http("get_classification_audit", || {
                OpenApiRouter::new()
                    .routes(routes!(get_classification_audit::get_classification_audit))
            }),
            Operation::http("get_step_audit", || {
                OpenApiRouter::new().routes(routes!(get_step_audit::get_step_audit))
            }),
            Operation::http("verify_audit", || {
                OpenApiRouter::new().routes(routes!(verify_audit::verify_audit))
            }),
        ],
    }
}
