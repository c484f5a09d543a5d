//! Queue `delivery`: look at a delivery when its next try is due, or when a try must be over.

use crate::deliver::{self, Due};
use crate::ledger::{Event, Ledger};
use crate::schedule::{Turn, turn};
use crate::tell::tell;
use audit::Actor;
use kit::{App, Message, Problem};

/// Does what is due: tries, looks for a lost answer, expires, or tells how it ended.
///
/// # Errors
/// When something could not be asked; the queue shows the message again.
pub(crate) async fn redeliver(app: App, message: Message<Due>) -> Result<(), Problem> {
    let Message {
        tenant,
        work: Due {
            delivery_id,
            attempt,
        },
    } = message;
    let Some(delivery) = app.store().delivery(&tenant, &delivery_id).await? else {
        // The message goes out before the row is written; here the row never was.
        tracing::info!(delivery = %delivery_id, "never begun");
        return Ok(());
    };
    let ledger = Ledger {
        app: &app,
        tenant: &tenant,
        actor: Actor::System("redeliver".to_owned()),
    };
    let now = app.clock().now();
    let delivery = match turn(&delivery, attempt, now) {
        Turn::Over => delivery,
        Turn::Stale => return Ok(()),
        Turn::Wait(left) => {
            return deliver::remind(&app, &tenant, &delivery_id, attempt, left).await;
        }
        Turn::Expire => ledger.record(&delivery, &Event::Expired).await?,
        Turn::Look => deliver::look(&ledger, &delivery, attempt).await?,
        Turn::Try => deliver::retry(&ledger, &delivery, attempt).await?,
    };
    tell(&app, &tenant, &delivery).await
}
