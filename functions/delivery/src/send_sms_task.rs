//! Task `send_sms_task`: the step `delivery.sms` of a playbook. Its state waits for the answer to a token.

use crate::in_run::{Came, Waiting};
use desk::Opened;
use kit::{App, TaskError, TaskInput, TaskResult};
use serde_json::json;
use std::time::Duration;

/// How often a step is opened again because somebody wrote its run first.
const TRIES: u32 = 5;

/// Begins the delivery of a credential. The state goes on when it is sent, now or by `redeliver`.
///
/// # Errors
/// `Retryable` when nothing happened; `Failed` when it cannot be delivered.
pub async fn send_sms_task(app: App, input: TaskInput) -> TaskResult {
    let missing = || TaskError::Failed("the state gives no task token".to_owned());
    let token = input.task_token.clone().ok_or_else(missing)?;
    let waiting = Waiting {
        app: &app,
        input: &input,
        token: &token,
    };
    for again in 0..TRIES {
        let came = match desk::open_step(&app, &input).await? {
            Opened::Done => {
                app.machines().answer(&token, Ok(())).await?;
                Came::Through
            }
            Opened::Fresh(open) => waiting.deliver(&open).await?,
            Opened::Begun(open) => waiting.take_over(&open).await?,
        };
        if matches!(came, Came::Through) {
            return Ok(json!({}));
        }
        tokio::time::sleep(Duration::from_millis(20 << again)).await;
    }
    Err(TaskError::Retryable(
        "the run is being changed by many at once".to_owned(),
    ))
}
