//! Handing a credential to its owner.
//!
//! A delivery is begun (its row, with the first try's intent) in one transaction and ended (its row, the credential
//! destroyed, the step) in another; the carrier is asked between them. A try whose end nobody recorded may have sent:
//! the carrier is asked for the message before it is sent again.
//!
//! **No delivery is forgotten.** Before a delivery's row is written, a message about its first try is put on the queue,
//! to be seen when that try must be over; before a try is recorded as to be repeated, a message about the next is put
//! there. So whenever the row says `queued`, a message about it exists, until it is sent, failed or expired, and nothing
//! has to search for lost ones. A message whose turn has passed is dropped (`schedule.rs`).

mod body;
mod carrier;
mod deliver;
mod direct;
mod get_delivery;
mod in_run;
mod ledger;
mod literal;
mod message;
mod name;
mod redeliver;
mod schedule;
mod send_sms;
mod send_sms_task;
mod tell;

use kit::Operation;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// Delivery's operations.
#[must_use]
pub fn service() -> kit::Service {
    kit::Service {
        name: "delivery",
        operations: vec![
            Operation::http("send_sms", || {
                OpenApiRouter::new().routes(routes!(send_sms::send_sms))
            }),
            Operation::http("get_delivery", || {
                OpenApiRouter::new().routes(routes!(get_delivery::get_delivery))
            }),
            Operation::task("send_sms_task", send_sms_task::send_sms_task),
            Operation::queue("redeliver", redeliver::redeliver),
        ],
    }
}
