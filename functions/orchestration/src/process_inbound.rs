//! Queue `inbound`: an event becomes a ticket, a decision, or the start of a run.
//!
//! An event's body only names a ticket. The ticket is read back from its PSA, compared with the snapshot on our row, and
//! the difference is acted on, each act on a condition; so events may come twice, late, or in any order.

use crate::change::Change;
use crate::start::start_machine;
use crate::write_back::{Teller, write_back};
use audit::Actor;
use desk::{Arrival, Classified, Looking, classify, find_ticket};
use domain::{EventId, Intake, Origin, Snapshot, Telling, Tenant, TicketId, TicketName};
use kit::{App, Message, Problem};
use ports::CallError;
use serde::Deserialize;
use serde_json::Value;
use store::{InboxStatus, Verdict, VerdictKind};

/// An event to deal with.
#[derive(Debug, Deserialize)]
pub struct Inbound {
    event_id: EventId,
}

/// What became of an event: the verdict's kind and rule.
pub(crate) struct Outcome(
    pub(crate) VerdictKind,
    pub(crate) &'static str,
    pub(crate) Option<TicketId>,
);

/// Deals with one event.
pub async fn process_inbound(app: App, message: Message<Inbound>) -> Result<(), Problem> {
    let (tenant, id) = (&message.tenant, &message.work.event_id);
    let Some(row) = app.store().inbox(tenant, id).await? else {
        tracing::warn!(event_id = %id, "queued, but not there");
        return Ok(());
    };
    if row.status == InboxStatus::Settled {
        return Ok(());
    }
    let outcome = match number(&row.body) {
        Some(number) => act(&app, tenant, id, &row.source, number).await?,
        None => Outcome(VerdictKind::Rejected, "unreadable", None),
    };
    let Outcome(kind, rule, ticket_id) = outcome;
    let verdict = Verdict {
        kind,
        rule: rule.to_owned(),
        ticket_id,
        at: app.clock().now(),
    };
    match app.store().settle(tenant, id, &verdict).await {
        // Another worker of the same event was faster; what it did stands.
        Ok(()) | Err(store::StoreError::Conflict { .. }) => {}
        Err(error) => return Err(error.into()),
    }
    tracing::info!(event_id = %id, rule, "event settled");
    Ok(())
}

/// The ticket's number in the PSA: `object_id` or `ticket.id`, a number or a text of digits.
fn number(body: &str) -> Option<u64> {
    let event: Value = serde_json::from_str(body).ok()?;
    let read = |value: &Value| value.as_u64().or_else(|| value.as_str()?.parse().ok());
    event
        .get("object_id")
        .and_then(read)
        .or_else(|| event.pointer("/ticket/id").and_then(read))
}

/// How often an event is looked at afresh because the ticket's snapshot moved under it.
const LOOKS: u32 = 6;

/// Acts on the difference between the PSA's ticket and our snapshot of it.
///
/// The row is read before the PSA and written on the condition that its snapshot is the one that was read: a worker that
/// holds an older view of the PSA than the row does can only look again, never write it back.
async fn act(
    app: &App,
    tenant: &Tenant,
    event: &EventId,
    source: &str,
    number: u64,
) -> Result<Outcome, Problem> {
    for _ in 0..LOOKS {
        if let Some(outcome) = look(app, tenant, event, source, number).await? {
            return Ok(outcome);
        }
    }
    Err(Problem::unavailable(
        "the ticket keeps changing; the event will be tried again",
    ))
}

/// One look; none when the snapshot moved meanwhile.
async fn look(
    app: &App,
    tenant: &Tenant,
    event: &EventId,
    source: &str,
    number: u64,
) -> Result<Option<Outcome>, Problem> {
    let name = TicketName::Halo(number);
    let before = app
        .store()
        .ticket_named(tenant, &name)
        .await?
        .and_then(|ticket| ticket.snapshot);
    let seen = match outside::psa(app, tenant).await?.ticket(number).await {
        Ok(seen) => seen,
        Err(CallError::NotFound { .. }) => {
            return Ok(Some(Outcome(VerdictKind::Ignored, "no_such_ticket", None)));
        }
        Err(error) => return Err(error.into()),
    };
    let content = Intake {
        subject: seen.summary.clone(),
        body: seen.details.clone(),
    };
    let email = seen.requester_email.clone().unwrap_or_default();
    let actor = Actor::Source(source.to_owned());
    let arrival = Arrival {
        name: &name,
        origin: Origin::Halopsa,
        email: &email,
        category: seen.category.as_deref(),
        actor: actor.clone(),
    };
    let looking = Looking::Strict(event.clone());
    let Classified {
        ticket,
        stored,
        fresh,
        ..
    } = classify(app, tenant, &arrival, &content, &looking).await?;
    let decision = &stored.decision;
    let now_seen = Snapshot {
        status_id: seen.status_id,
        automated: seen.automated,
        content: Some(stored.content.clone()),
    };
    let starts = now_seen.automated && !before.as_ref().is_some_and(|before| before.automated);
    let change = Change {
        app,
        tenant,
        name: &name,
        before: &before,
        now_seen: &now_seen,
        closed: seen.closed,
        actor: &actor,
    };
    // Only who has been told of a suggestion can have taken it up.
    let was_told = ticket.telling == Telling::Done;
    let mut told = false;
    if ticket.telling != Telling::Done {
        // What is seen is kept with what is told, unless it starts a run: that write keeps it.
        let keeps = (!starts).then_some((&before, &now_seen));
        let teller = Teller { event, fresh };
        let after = write_back(app, tenant, ticket, &seen, &stored, &teller, keeps).await?;
        told = after.telling == Telling::Done;
        if told && !starts && after.snapshot.as_ref() == Some(&now_seen) {
            let rule = if before.is_none() {
                "classified"
            } else {
                "told"
            };
            return Ok(Some(Outcome(VerdictKind::Accepted, rule, Some(after.id))));
        }
    }
    if starts {
        return change.begin(&stored, was_told).await;
    }
    if before.as_ref() == Some(&now_seen) {
        let ticket = find_ticket(app, tenant, &name).await?;
        let proposed = stored.proposed.as_ref().map(|of| &of.playbook);
        let playbook = decision.playbook_id.as_ref().or(proposed);
        if let Some(live) = playbook.and_then(|playbook| ticket.live.get(playbook)) {
            start_machine(app, tenant, live).await?;
        }
        let (kind, rule) = if told {
            (VerdictKind::Accepted, "told")
        } else {
            (VerdictKind::Ignored, "no_change")
        };
        return Ok(Some(Outcome(kind, rule, Some(ticket.id))));
    }
    let rule = if before.is_none() {
        "classified"
    } else {
        "changed"
    };
    Ok(change
        .remember()
        .await?
        .map(|ticket| Outcome(VerdictKind::Accepted, rule, Some(ticket.id))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_number_may_stand_in_either_place_and_be_a_text() {
        assert_eq!(number(r#"{"object_id":4242}"#), Some(4242));
        assert_eq!(number(r#"{"object_id":"4242"}"#), Some(4242));
        assert_eq!(number(r#"{"object_id":null,"ticket":{"id":7}}"#), Some(7));
        assert_eq!(number(r#"{"id":"8f0e"}"#), None);
        assert_eq!(number("nonsense"), None);
    }
}
