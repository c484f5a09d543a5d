//! Sensitive actions in foreign systems.
//!
//! Each action spends a receipt: the approval of the person it concerns. The spending stands in the transaction of the
//! intent, before the vendor is asked, and the result in a transaction after it. An action whose answer was lost is
//! `unknown`; nothing here ever makes it again. What the vendor made is sealed before it is recorded, and travels as a
//! `credential_ref`.

mod ask;
mod direct;
mod in_run;
mod intent;
mod issue;
mod receipt;
mod reset_password;
mod reset_password_task;
mod standing;

use kit::Operation;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// The executor's operations.
#[must_use]
pub fn service() -> kit::Service {
    kit::Service {
        name: "executor",
        operations: vec![
            Operation::http("reset_password", || {
                OpenApiRouter::new().routes(routes!(reset_password::reset_password))
            }),
            Operation::task(
                "reset_password_task",
                reset_password_task::reset_password_task,
            ),
        ],
    }
}
