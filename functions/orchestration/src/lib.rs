//! The orchestration service: what came in becomes a ticket, a decision and a run; a run's end becomes known.

mod again;
mod cancel_execution;
mod change;
mod complete_execution;
mod ending;
mod escalate_execution;
mod execute_playbook;
mod find;
mod get_execution;
mod list_executions;
mod process_inbound;
mod redrive_inbound;
mod retry_execution;
mod start;
mod stopped;
mod view;
mod waiting;
mod write_back;

use kit::{Operation, Service};
use utoipa_axum::{router::OpenApiRouter, routes};

/// What this service can do.
#[must_use]
pub fn service() -> Service {
    Service {
        name: "orchestration",
        operations: vec![
            Operation::http("execute_playbook", || {
                OpenApiRouter::new().routes(routes!(execute_playbook::execute_playbook))
            }),
            Operation::http("get_execution", || {
                OpenApiRouter::new().routes(routes!(get_execution::get_execution))
            }),
            Operation::http("list_executions", || {
                OpenApiRouter::new().routes(routes!(list_executions::list_executions))
            }),
            Operation::http("cancel_execution", || {
                OpenApiRouter::new().routes(routes!(cancel_execution::cancel_execution))
            }),
            Operation::http("retry_execution", || {
                OpenApiRouter::new().routes(routes!(retry_execution::retry_execution))
            }),
            Operation::queue("process_inbound", process_inbound::process_inbound),
            Operation::invoke("redrive_inbound", redrive_inbound::redrive_inbound),
            Operation::task("complete_execution", complete_execution::complete_execution),
            Operation::task("escalate_execution", escalate_execution::escalate_execution),
        ],
    }
}
