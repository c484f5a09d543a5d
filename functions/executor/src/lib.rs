//! Sensitive actions in foreign systems.
//!
//! Each action spends the receipts that `domain::Policy` asks for: the confirmation of the person it concerns, their
//! manager's consent. The spending stands in the transaction of the intent, before the vendor is asked, and the result in a
//! transaction after it.
//!
//! A reset makes a secret. When its answer was lost it is `unknown`, and nothing here ever makes it again; what the vendor
//! made is sealed before it is recorded, and travels as a `credential_ref`.
//!
//! The other actions set a state (`action.rs`). Before one, the directory is looked at: it is so already, or may not
//! be, or is needed. After it, the directory is read back, and only what it shows is a success: so a lost answer is settled,
//! and an answer that was no more than a word is found out.

mod access;
mod account;
mod action;
mod answers;
mod ask;
mod ask_access;
mod by_call;
mod by_step;
mod carry;
mod cases;
mod cost;
mod direct;
#[cfg(test)]
mod doubles;
mod grant_access;
mod grant_access_task;
mod grants;
mod in_run;
mod intent;
mod issue;
mod look;
mod needs;
mod problems;
mod receipt;
mod reconcile_grants;
mod record;
mod reset_password;
mod reset_password_task;
mod revoke_access;
mod revoke_access_task;
mod revoke_sessions;
mod revoke_sessions_task;
mod scene;
mod simulate;
mod simulate_playbook;
#[cfg(test)]
mod simulate_tests;
mod simulation;
mod slot;
mod stage;
mod standing;
mod undo;
mod unlock_account;
mod unlock_account_task;
mod vendors;

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
            Operation::http("unlock_account", || {
                OpenApiRouter::new().routes(routes!(unlock_account::unlock_account))
            }),
            Operation::task(
                "unlock_account_task",
                unlock_account_task::unlock_account_task,
            ),
            Operation::http("revoke_sessions", || {
                OpenApiRouter::new().routes(routes!(revoke_sessions::revoke_sessions))
            }),
            Operation::task(
                "revoke_sessions_task",
                revoke_sessions_task::revoke_sessions_task,
            ),
            Operation::http("grant_access", || {
                OpenApiRouter::new().routes(routes!(grant_access::grant_access))
            }),
            Operation::task("grant_access_task", grant_access_task::grant_access_task),
            Operation::http("revoke_access", || {
                OpenApiRouter::new().routes(routes!(revoke_access::revoke_access))
            }),
            Operation::task("revoke_access_task", revoke_access_task::revoke_access_task),
            Operation::invoke("reconcile_grants", reconcile_grants::reconcile_grants),
            Operation::http("simulate_playbook", || {
                OpenApiRouter::new().routes(routes!(simulate_playbook::simulate_playbook))
            }),
        ],
    }
}
