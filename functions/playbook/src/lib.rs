//! The playbook service: writing, checking, activating and reading the tenant's playbooks.

mod accept;
mod activate_playbook;
mod create_playbook;
mod definition;
mod delete_playbook;
mod disable_playbook;
mod gate;
mod get_playbook;
mod get_playbook_version;
mod held;
mod list_playbook_versions;
mod list_playbooks;
mod optional;
mod point;
mod ready;
mod remove_machines;
mod rollback_playbook;
mod save;
mod update_playbook;
mod validate_playbook;
mod version_path;

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
            Operation::http("get_playbook_version", || {
                OpenApiRouter::new().routes(routes!(get_playbook_version::get_playbook_version))
            }),
            Operation::http("list_playbooks", || {
                OpenApiRouter::new().routes(routes!(list_playbooks::list_playbooks))
            }),
            Operation::http("list_playbook_versions", || {
                OpenApiRouter::new().routes(routes!(list_playbook_versions::list_playbook_versions))
            }),
            Operation::http("create_playbook", || {
                OpenApiRouter::new()
                    .routes(routes!(create_playbook::create_playbook))
                    .routes(routes!(create_playbook::create_playbook_admin))
            }),
            Operation::http("update_playbook", || {
                OpenApiRouter::new()
                    .routes(routes!(update_playbook::update_playbook))
                    .routes(routes!(update_playbook::update_playbook_admin))
            }),
            Operation::http("validate_playbook", || {
                OpenApiRouter::new().routes(routes!(validate_playbook::validate_playbook))
            }),
            Operation::http("activate_playbook", || {
                OpenApiRouter::new().routes(routes!(activate_playbook::activate_playbook))
            }),
            Operation::http("disable_playbook", || {
                OpenApiRouter::new().routes(routes!(disable_playbook::disable_playbook))
            }),
            Operation::http("rollback_playbook", || {
                OpenApiRouter::new().routes(routes!(rollback_playbook::rollback_playbook))
            }),
            Operation::http("delete_playbook", || {
                OpenApiRouter::new().routes(routes!(delete_playbook::delete_playbook))
            }),
            Operation::invoke("remove_machines", remove_machines::remove_machines),
        ],
    }
}
