//! The platform service: whether we are alive and ready, and the API's documents.

mod accept;
mod contract;
mod document;
mod get_docs;
mod get_health;
mod get_index;
mod get_ready;
mod get_redoc;
mod get_schema;
mod page;

use kit::{Operation, Service};
use utoipa_axum::{router::OpenApiRouter, routes};

/// What this service can do.
#[must_use]
pub fn service() -> Service {
    Service {
        name: "platform",
        operations: vec![
            Operation::http("get_health", || {
                OpenApiRouter::new()
                    .routes(routes!(get_health::get_health))
                    .routes(routes!(get_health::get_service_health))
            }),
            Operation::http("get_ready", || {
                OpenApiRouter::new().routes(routes!(get_ready::get_ready))
            }),
            Operation::http("get_docs", || {
                OpenApiRouter::new()
                    .routes(routes!(get_docs::get_docs))
                    .routes(routes!(get_docs::get_api_docs))
                    .routes(routes!(get_docs::get_docs_file))
            }),
            Operation::http("get_index", || {
                OpenApiRouter::new().routes(routes!(get_index::get_index))
            }),
            Operation::http("get_redoc", || {
                OpenApiRouter::new()
                    .routes(routes!(get_redoc::get_redoc))
                    .routes(routes!(get_redoc::get_redoc_file))
            }),
            Operation::http("get_schema", || {
                OpenApiRouter::new()
                    .routes(routes!(get_schema::get_schema))
                    .routes(routes!(get_schema::get_postman_collection))
                    .routes(routes!(get_schema::get_playbook_schema))
            }),
        ],
    }
}
