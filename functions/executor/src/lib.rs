//! Sensitive actions in foreign systems.
//!
//! Each action spends the receipts that `domain::Policy` asks for: the confirmation of the person it concerns, their
//! manager's consent. The spending stands in the transaction of the intent, before the vendor is asked, and the result in a
//! transaction after it.
//!
//! A reset makes a secret, which is sealed and travels as a `credential_ref`. A pass whose answer was lost is `unknown`, and
//! nothing here ever makes it again; a password is sealed before the directory is asked, and is a success only when the
//! directory shows that it changed.
//!
//! A script on somebody's device runs for minutes: its intent holds what finds it again (`script_run.rs`), it is started once, and
//! a queue asks the vendor until it says how it ended (`poll_script.rs`).
//!
//! The other actions set a state (`action.rs`). Before one, the directory is looked at: it is so already, or may not
//! be, or is needed. After it, the directory is read back, and only what it shows is a success: so a lost answer is settled,
//! and an answer that was no more than a word is found out. What a step was about to do stays in its ledger as its deed, and
//! its undo takes back just that.

mod access;
mod account;
mod action;
mod answer;
mod ask;
mod ask_access;
mod begun;
mod by_call;
mod by_step;
mod caps;
mod carry;
mod direct;
mod disable_account;
mod disable_account_task;
mod disabled;
#[cfg(test)]
mod doubles;
mod get_script;
mod get_script_run;
mod grant_access;
mod grant_access_task;
mod grants;
mod in_run;
mod instead;
mod intent;
mod issue;
mod list_scripts;
mod look;
mod looked;
mod methods;
mod needs;
mod opposite;
mod password;
mod poll_script;
mod problems;
mod receipt;
mod reconcile_grants;
mod record;
mod remove_mfa_methods;
mod remove_mfa_methods_task;
mod replace_scripts;
mod reset_password;
mod reset_password_task;
mod revoke_access;
mod revoke_access_task;
mod revoke_sessions;
mod revoke_sessions_task;
mod rules;
mod script_ask;
mod script_end;
mod script_run;
mod simulate_playbook;
mod simulation;
mod slot;
mod standing;
mod trigger_device_script;
mod trigger_device_script_task;
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
            Operation::http("disable_account", || {
                OpenApiRouter::new().routes(routes!(disable_account::disable_account))
            }),
            Operation::task(
                "disable_account_task",
                disable_account_task::disable_account_task,
            ),
            Operation::http("remove_mfa_methods", || {
                OpenApiRouter::new().routes(routes!(remove_mfa_methods::remove_mfa_methods))
            }),
            Operation::task(
                "remove_mfa_methods_task",
                remove_mfa_methods_task::remove_mfa_methods_task,
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
            Operation::http("trigger_device_script", || {
                OpenApiRouter::new().routes(routes!(trigger_device_script::trigger_device_script))
            }),
            Operation::task(
                "trigger_device_script_task",
                trigger_device_script_task::trigger_device_script_task,
            ),
            Operation::queue("poll_script", poll_script::poll_script),
            Operation::http("get_script_run", || {
                OpenApiRouter::new().routes(routes!(get_script_run::get_script_run))
            }),
            Operation::http("list_scripts", || {
                OpenApiRouter::new().routes(routes!(list_scripts::list_scripts))
            }),
            Operation::http("replace_scripts", || {
                OpenApiRouter::new().routes(routes!(replace_scripts::replace_scripts))
            }),
            Operation::http("get_script", || {
                OpenApiRouter::new().routes(routes!(get_script::get_script))
            }),
            Operation::http("simulate_playbook", || {
                OpenApiRouter::new().routes(routes!(simulate_playbook::simulate_playbook))
            }),
        ],
    }
}
