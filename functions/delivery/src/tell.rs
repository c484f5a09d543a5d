//! Telling how a delivery ended: the step that waits for it, or a person.

use crate::ledger::EXPIRED;
use domain::{Delivery, DeliveryStatus, StepState, Tenant};
use kit::{App, Problem, TaskError};
use secrecy::SecretString;

/// Why a delivery was not sent, for an agent.
pub(crate) fn reason(delivery: &Delivery) -> String {
    if delivery.status == DeliveryStatus::Expired {
        return EXPIRED.to_owned();
    }
    let last = delivery
        .attempts
        .last()
        .map_or("never tried", |last| last.outcome.as_str());
    format!(
        "the credential could not be delivered; tries: {}, the last: {last}",
        delivery.attempts.len()
    )
}

/// Answers the step that waits for an ended delivery. A bad end that no run hears of escalates the ticket. Safe to
/// repeat.
pub(crate) async fn tell(app: &App, tenant: &Tenant, delivery: &Delivery) -> Result<(), Problem> {
    if delivery.status == DeliveryStatus::Queued {
        return Ok(());
    }
    let run = match &delivery.waiting {
        Some((run, step)) => app
            .store()
            .execution(tenant, run)
            .await?
            .map(|run| (run, step)),
        None => None,
    };
    if run.as_ref().is_some_and(|(run, _)| !run.status.is_final())
        && let Some(sealed) = &delivery.sealed_token
    {
        let token = app
            .seal()
            .open(tenant, delivery.id.as_str(), sealed)
            .await?;
        if answer(app, &token, delivery).await? {
            return Ok(());
        }
    }
    // A step that failed has its run escalate; one that was left behind as queued has nobody.
    let heard =
        run.and_then(|(run, step)| run.step(step).map(|step| step.state == StepState::Failed));
    if delivery.status == DeliveryStatus::Sent || heard == Some(true) {
        return Ok(());
    }
    desk::escalate_ticket(
        app,
        tenant,
        delivery.ticket_id,
        &reason(delivery),
        delivery.id.as_str(),
    )
    .await
}

/// Answers a step's task token. `false` when nobody waits there any more.
pub(crate) async fn answer(
    app: &App,
    token: &SecretString,
    delivery: &Delivery,
) -> Result<bool, Problem> {
    let failed = TaskError::Failed(reason(delivery));
    let result = if delivery.status == DeliveryStatus::Sent {
        Ok(())
    } else {
        Err(&failed)
    };
    Ok(app.machines().answer(token, result).await?)
}
