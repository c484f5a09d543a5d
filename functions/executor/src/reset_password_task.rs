//! Task `reset_password_task`: the step `executor.reset_password` of a playbook.

use crate::in_run;
use desk::Opened;
use kit::{App, TaskError, TaskInput, TaskResult};
use serde_json::json;
use std::time::Duration;

/// How often a step is opened again because somebody wrote its run first.
const TRIES: u32 = 5;

/// Gives the step's user a pass, once. The answer is empty: the ledger holds the `credential_ref`.
///
/// # Errors
/// `Unknown` when a pass may have been made that nobody has; `Retryable` when nothing happened; `Failed` otherwise.
pub async fn reset_password_task(app: App, input: TaskInput) -> TaskResult {
    for again in 0..TRIES {
        let ended = match desk::open_step(&app, &input).await? {
            Opened::Done => true,
            Opened::Fresh(open) => Box::pin(in_run::reset(&app, &input, &open)).await?,
            Opened::Begun(open) => in_run::give_up(&app, &input, &open).await.map(|()| true)?,
        };
        if ended {
            return Ok(json!({}));
        }
        tokio::time::sleep(Duration::from_millis(20 << again)).await;
    }
    Err(TaskError::Retryable(
        "the run is being changed by many at once".to_owned(),
    ))
}
