//! Schedule, every minute: events that were kept and never dealt with are queued again. The message may have been lost
//! between our write and SQS; the worker is idempotent, so one too many does no harm.

use jiff::SignedDuration;
use kit::{App, Message, Problem};
use serde_json::{Value, json};
use std::time::Duration;

/// How long an event may be undealt with before it is queued again.
const PATIENCE: SignedDuration = SignedDuration::from_secs(60);
/// The most events one run queues.
const BATCH: usize = 100;

/// Queues what waits for more than a minute.
pub async fn redrive_inbound(app: App, _: Value) -> Result<Value, Problem> {
    let waiting = app
        .store()
        .unsettled(app.clock().now() - PATIENCE, BATCH)
        .await?;
    let found = waiting.len();
    for (tenant, event_id) in waiting {
        let message = Message {
            tenant,
            work: json!({"event_id": event_id}),
        };
        app.queues()
            .send("INBOUND_QUEUE", &message, Duration::ZERO)
            .await?;
    }
    if found > 0 {
        tracing::warn!(found, "events queued again");
    }
    Ok(json!({"queued": found}))
}
