//! The webhooks service: verify, store, queue, answer. Nothing else happens before the answer.

mod basic;
mod get_inbox_event;
mod hint;
mod receive;
mod receive_ticket_created;
mod receive_ticket_updated;

use kit::{Operation, Service};
use utoipa_axum::{router::OpenApiRouter, routes};

/// What this service can do.
#[must_use]
pub fn service() -> Service {
    Service {
        name: "webhooks",
        operations: vec![
            Operation::http("receive_ticket_created", || {
                OpenApiRouter::new().routes(routes!(receive_ticket_created::receive_ticket_created))
            }),
            Operation::http("receive_ticket_updated", || {
                OpenApiRouter::new().routes(routes!(receive_ticket_updated::receive_ticket_updated))
            }),
            Operation::http("get_inbox_event", || {
                OpenApiRouter::new().routes(routes!(get_inbox_event::get_inbox_event))
            }),
        ],
    }
}
