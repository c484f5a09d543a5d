//! The verification service: is this person who they say they are, and does their manager consent?

mod answer;
mod answer_approval;
mod ask;
mod consent;
mod consent_mail;
mod consent_page;
mod decide;
mod get_manager_approval;
mod get_mfa;
mod link;
mod plan;
mod poll_mfa;
mod receive_mfa_response;
mod reply;
mod request_approval_task;
mod request_manager_approval;
mod request_mfa;
mod request_mfa_task;
mod show_approval;
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
            Operation::http("request_manager_approval", || {
                OpenApiRouter::new()
                    .routes(routes!(request_manager_approval::request_manager_approval))
            }),
            Operation::http("get_manager_approval", || {
                OpenApiRouter::new().routes(routes!(get_manager_approval::get_manager_approval))
            }),
            Operation::task(
                "request_approval_task",
                request_approval_task::request_approval_task,
            ),
            Operation::http("show_approval", || {
                OpenApiRouter::new().routes(routes!(show_approval::show_approval))
            }),
            Operation::http("answer_approval", || {
                OpenApiRouter::new().routes(routes!(answer_approval::answer_approval))
            }),
        ],
    }
}
