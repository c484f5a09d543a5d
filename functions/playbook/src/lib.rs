//! The playbook service: reading the tenant's playbooks.

mod accept;
mod get_playbook;
mod list_playbooks;

use kit::{Operation, Service};
use utoipa_axum::{router::OpenApiRouter, routes};

/// What this service can do.
#[must_use]
pub fn service() -> Service {
    Service {
        name: "playbook",
        operations: vec![
            Operation::http("get_playbook", || {
                OpenApiRouter::new().routes(routes!(get_playbook::get_playbook))
            }),
            Operation::http("list_playbooks", || {
                OpenApiRouter::new().routes(routes!(list_playbooks::list_playbooks))
            }),
        ],
    }
}
