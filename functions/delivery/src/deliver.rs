//! One try of a delivery, and the look for one whose answer was lost. The same for a caller, a step and the queue.

use crate::carrier::{self, NotReady, Ready};
use crate::ledger::{Event, Ledger};
use crate::schedule::{self, ASK_AGAIN_AFTER, LOOK_AFTER, TRIES};
use domain::{Delivery, DeliveryId, Tenant};
use jiff::SignedDuration;
use kit::{App, Message, Problem};
use ports::CallError;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// The queue of deliveries to look at.
const QUEUE: &str = "DELIVERY_QUEUE";
/// How far the carrier's clock may be behind ours.
const SKEW: SignedDuration = SignedDuration::from_mins(1);

/// A delivery to look at, and the try that this is about.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Due {
    pub(crate) delivery_id: DeliveryId,
    pub(crate) attempt: usize,
}

/// Has the queue show a delivery again.
pub(crate) async fn remind(
    app: &App,
    tenant: &Tenant,
    delivery_id: &DeliveryId,
    attempt: usize,
    after: Duration,
) -> Result<(), Problem> {
    let work = Due {
        delivery_id: delivery_id.clone(),
        attempt,
    };
    app.queues()
        .send(
            QUEUE,
            &Message {
                tenant: tenant.clone(),
                work,
            },
            after,
        )
        .await?;
    Ok(())
}

/// Sends what was begun and records what came of it; returns the delivery as it stands then.
pub(crate) async fn attempt(
    ledger: &Ledger<'_>,
    begun: &Delivery,
    ready: &Ready,
) -> Result<Delivery, Problem> {
    let tried = begun.attempts.len();
    let event = match ready.carrier.sms.send(&ready.carrier.to, &ready.text).await {
        Ok(carrier_id) => Event::Sent {
            carrier_id: carrier_id.0,
        },
        Err(CallError::Unavailable { message, .. }) if tried >= TRIES => Event::Failed {
            reason: format!("{TRIES} tries are spent; the last: {message}"),
            outcome: Some("unavailable"),
        },
        Err(CallError::Unavailable { retry_after, .. }) => {
            again(
                ledger,
                begun,
                "unavailable",
                schedule::pause(tried, retry_after),
            )
            .await?
        }
        Err(CallError::Unknown { .. }) => again(ledger, begun, "unknown", LOOK_AFTER).await?,
        Err(error) => Event::Failed {
            reason: error.to_string(),
            outcome: Some("refused"),
        },
    };
    ledger.record(begun, &event).await
}

/// The message about the next try first, the record after it: a recorded wait always has its message.
async fn again(
    ledger: &Ledger<'_>,
    begun: &Delivery,
    outcome: &'static str,
    pause: Duration,
) -> Result<Event, Problem> {
    remind(
        ledger.app,
        ledger.tenant,
        &begun.id,
        begun.attempts.len() + 1,
        pause,
    )
    .await?;
    let due =
        ledger.app.clock().now() + SignedDuration::try_from(pause).unwrap_or(SignedDuration::ZERO);
    Ok(Event::Again { outcome, due })
}

/// Looks for the message of the last try at the carrier; sends it if it is not there.
pub(crate) async fn look(
    ledger: &Ledger<'_>,
    delivery: &Delivery,
    attempt: usize,
) -> Result<Delivery, Problem> {
    let ready = match ready(ledger, delivery).await? {
        Ok(ready) => ready,
        Err(why) => return later(ledger, delivery, attempt, &why).await,
    };
    let since = delivery.created_at - SKEW;
    match ready
        .carrier
        .sms
        .find(&ready.carrier.to, &ready.text, since)
        .await
    {
        Ok(Some(carrier_id)) => {
            ledger
                .record(
                    delivery,
                    &Event::Sent {
                        carrier_id: carrier_id.0,
                    },
                )
                .await
        }
        Ok(None) if delivery.attempts.len() >= TRIES => {
            let reason = format!("{TRIES} tries are spent; the carrier does not have the message");
            ledger
                .record(
                    delivery,
                    &Event::Failed {
                        reason,
                        outcome: None,
                    },
                )
                .await
        }
        Ok(None) => send(ledger, delivery, attempt, &ready).await,
        Err(error) => later(ledger, delivery, attempt, &NotReady::Call(error)).await,
    }
}

/// Tries again what the last try did not send.
pub(crate) async fn retry(
    ledger: &Ledger<'_>,
    delivery: &Delivery,
    attempt: usize,
) -> Result<Delivery, Problem> {
    match ready(ledger, delivery).await? {
        Ok(ready) => send(ledger, delivery, attempt, &ready).await,
        Err(why) => later(ledger, delivery, attempt, &why).await,
    }
}

async fn ready(
    ledger: &Ledger<'_>,
    delivery: &Delivery,
) -> Result<Result<Ready, NotReady>, Problem> {
    let credential = ledger
        .app
        .store()
        .credential(ledger.tenant, &delivery.credential_ref)
        .await?;
    Ok(carrier::ready(
        ledger.app,
        ledger.tenant,
        credential.as_ref(),
        &delivery.message,
    )
    .await)
}

async fn send(
    ledger: &Ledger<'_>,
    delivery: &Delivery,
    attempt: usize,
    ready: &Ready,
) -> Result<Delivery, Problem> {
    let next = delivery.attempts.len() + 1;
    if next > attempt {
        // This message is about the try before, and would be passed over if this one were cut short.
        remind(
            ledger.app,
            ledger.tenant,
            &delivery.id,
            next,
            schedule::UNDER_WAY,
        )
        .await?;
    }
    if let Some(begun) = ledger.begin(delivery).await? {
        return self::attempt(ledger, &begun, ready).await;
    }
    if next == attempt {
        // Whoever began it may be us, with the answer lost: this message stays about it.
        remind(
            ledger.app,
            ledger.tenant,
            &delivery.id,
            attempt,
            schedule::UNDER_WAY,
        )
        .await?;
    }
    Ok(delivery.clone())
}

/// Waits for what a try needs, unless it will never be there or has been waited for long enough.
async fn later(
    ledger: &Ledger<'_>,
    delivery: &Delivery,
    attempt: usize,
    why: &NotReady,
) -> Result<Delivery, Problem> {
    let reason = why.sentence();
    if why.may_pass() && !schedule::is_given_up(delivery, ledger.app.clock().now()) {
        tracing::warn!(delivery = %delivery.id, reason, "a try has to wait");
        remind(
            ledger.app,
            ledger.tenant,
            &delivery.id,
            attempt,
            ASK_AGAIN_AFTER,
        )
        .await?;
        return Ok(delivery.clone());
    }
    ledger
        .record(
            delivery,
            &Event::Failed {
                reason,
                outcome: None,
            },
        )
        .await
}
