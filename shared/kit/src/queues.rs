//! Putting messages on our queues.

use crate::{Config, Error};
use serde::Serialize;
use std::time::Duration;

/// Our queues. A message is JSON and carries ids, never a secret.
pub struct Queues {
    client: aws_sdk_sqs::Client,
}

/// A message was not taken.
#[derive(Debug, thiserror::Error)]
pub enum SendError {
    /// This function may not send there.
    #[error(transparent)]
    Unset(#[from] Error),
    /// SQS could not be asked.
    #[error("the queue is not available")]
    Unavailable(#[source] Box<dyn std::error::Error + Send + Sync>),
}

impl Queues {
    pub(crate) fn new(client: aws_sdk_sqs::Client) -> Self {
        Self { client }
    }

    /// Puts `message` on the queue whose URL the environment variable `queue` holds, to be seen after `delay` (SQS: 15
    /// minutes at most).
    ///
    /// # Errors
    /// When the queue could not take it.
    pub async fn send(
        &self,
        queue: &'static str,
        message: &impl Serialize,
        delay: Duration,
    ) -> Result<(), SendError> {
        let url = Config::queue_url(queue)?;
        let body = serde_json::to_string(message)
            .map_err(|error| SendError::Unavailable(Box::new(error)))?;
        let seconds = i32::try_from(delay.as_secs().min(900)).unwrap_or(900);
        self.client
            .send_message()
            .queue_url(url)
            .message_body(body)
            .delay_seconds(seconds)
            .send()
            .await
            .map_err(|error| SendError::Unavailable(Box::new(error)))?;
        Ok(())
    }
}
