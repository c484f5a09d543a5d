//! Task `revoke_sessions_task`: the step `executor.revoke_sessions` of a playbook.

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

/// Ends the sessions of the step's user, once.
///
/// # Errors
/// `Unknown` when nobody knows whether it was done; `Retryable` when nothing happened; `Failed` otherwise.
pub async fn revoke_sessions_task(app: App, input: TaskInput) -> TaskResult {
    by_step::act(&app, &input, asked).await
}

pub(crate) fn asked(with: &Map<String, Value>, _: Timestamp) -> Result<Action, String> {
    let with: With = read(with)?;
    Ok(Action::RevokeSessions {
        user_id: with.user_id,
    })
}
