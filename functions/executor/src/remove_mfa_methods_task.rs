//! Task `remove_mfa_methods_task`: the step `executor.remove_mfa_methods` of a playbook.

use crate::action::Action;
use crate::by_step::{self, read};
use domain::UserId;
use jiff::Timestamp;
use kit::{App, TaskInput, TaskResult};
use serde::Deserialize;
use serde_json::{Map, Value};

/// A step's inputs.
#[derive(Deserialize)]
struct With {
    user_id: UserId,
}

/// Takes away what the step's user proves themselves with, once.
///
/// # Errors
/// `Unknown` when nobody knows whether all is gone; `Retryable` when nothing happened; `Failed` otherwise, also when some of
/// it was done.
pub async fn remove_mfa_methods_task(app: App, input: TaskInput) -> TaskResult {
    by_step::act(&app, &input, asked).await
}

pub(crate) fn asked(with: &Map<String, Value>, _: Timestamp) -> Result<Action, String> {
    let with: With = read(with)?;
    Ok(Action::RemoveMfaMethods {
        user_id: with.user_id,
    })
}
