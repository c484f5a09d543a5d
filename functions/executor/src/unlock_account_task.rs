//! Task `unlock_account_task`: the step `executor.unlock_account` of a playbook.

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

/// Lets the step's user sign in again, once.
///
/// # Errors
/// `Unknown` when nobody knows whether it was done; `Retryable` when nothing happened; `Failed` otherwise.
pub async fn unlock_account_task(app: App, input: TaskInput) -> TaskResult {
    by_step::act(&app, &input, asked).await
}

pub(crate) fn asked(with: &Map<String, Value>, _: Timestamp) -> Result<Action, String> {
    let with: With = read(with)?;
    Ok(Action::UnlockAccount {
        user_id: with.user_id,
    })
}
