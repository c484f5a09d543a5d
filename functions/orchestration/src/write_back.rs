//! Writing a decision back to the PSA: the field `automated` and a note with the reasons.

use audit::{Actor, Entry};
use desk::{Raced, find_ticket, retried, tell};
use domain::{EventId, Snapshot, Telling, Tenant, Ticket, TicketName};
use jiff::{SignedDuration, Timestamp};
use kit::{App, Problem};
use ports::PsaTicket;
use store::StoredDecision;

/// How long a worker may be at it: its function's timeout. A try that is older is over.
const TRY: SignedDuration = SignedDuration::from_secs(60);

/// A worker that may have to tell.
pub(crate) struct Teller<'a> {
    /// The event it works on. SQS and the door may give one event to two workers at once.
    pub(crate) event: &'a EventId,
    /// Whether the decision is this worker's own, so that nobody else can have told it.
    pub(crate) fresh: bool,
}

/// Tells the PSA of the decision in force, if this worker may. One worker at a time does; one that died is followed by its
/// own event's next try, or by any other after the lease. `keeps` is the snapshot that was read and what the PSA showed
/// since: it is kept in the same write, if it has not moved.
pub(crate) async fn write_back(
    app: &App,
    tenant: &Tenant,
    ticket: Ticket,
    seen: &PsaTicket,
    stored: &StoredDecision,
    teller: &Teller<'_>,
    keeps: Option<(&Option<Snapshot>, &Snapshot)>,
) -> Result<Ticket, Problem> {
    let (name, decision) = (TicketName::Id(ticket.id), &stored.decision);
    let Some(ticket) = taken(app, tenant, ticket, teller).await? else {
        return find_ticket(app, tenant, &name).await;
    };
    // The note first: the field's change is what starts the run, and an agent reads the note beside it.
    tell(
        app,
        tenant,
        &ticket,
        &decision.decision_id,
        &text(stored),
        teller.fresh,
    )
    .await?;
    if seen.automated != decision.automated {
        outside::psa(app, tenant)
            .await?
            .set_automated(seen.number, decision.automated)
            .await?;
    }
    retried(|| async {
        let ticket = find_ticket(app, tenant, &name).await?;
        if ticket.telling == Telling::Done {
            return Ok::<_, Raced>(ticket);
        }
        let mut next = Ticket {
            telling: Telling::Done,
            ..ticket.clone()
        };
        let actor = Actor::System("process_inbound".to_owned());
        let mut entry = Entry::new(app.clock().now(), actor, "psa.told")
            .fact("decision_id", decision.decision_id.clone())
            .fact("automated", decision.automated);
        if let Some((before, now_seen)) = keeps
            && ticket.snapshot == *before
        {
            next.snapshot = Some(now_seen.clone());
            entry = entry.fact("seen_status_id", now_seen.status_id);
        }
        let write = app
            .store()
            .write(tenant, "PSA told")
            .ticket(Some(&ticket), &next, vec![entry]);
        Ok(write.commit_returning().await?.ticket.unwrap_or(next))
    })
    .await
}

/// The ticket, when this worker is the one to tell; none when another event's is.
async fn taken(
    app: &App,
    tenant: &Tenant,
    ticket: Ticket,
    teller: &Teller<'_>,
) -> Result<Option<Ticket>, Problem> {
    if teller.fresh {
        return Ok(Some(ticket));
    }
    let (name, event) = (TicketName::Id(ticket.id), teller.event);
    retried(|| async {
        let ticket = find_ticket(app, tenant, &name).await?;
        let now = app.clock().now();
        if under_way(&ticket.telling, event, now) {
            let message = "another worker of this event is telling the PSA; it is looked at again";
            return Err(Raced::Problem(Problem::unavailable(message)));
        }
        if !ticket.telling.free_for(event, now) {
            return Ok(None);
        }
        let next = Ticket {
            telling: Telling::Taken {
                by: event.clone(),
                since: now,
            },
            ..ticket.clone()
        };
        let entry = Entry::new(
            now,
            Actor::System("process_inbound".to_owned()),
            "psa.telling",
        );
        let write =
            app.store()
                .write(tenant, "PSA telling")
                .ticket(Some(&ticket), &next, vec![entry]);
        Ok(Some(write.commit_returning().await?.ticket.unwrap_or(next)))
    })
    .await
}

/// Whether another worker of the same event may be telling right now. The event stays open until one of them is through.
fn under_way(telling: &Telling, event: &EventId, now: Timestamp) -> bool {
    matches!(telling, Telling::Taken { by, since } if by == event && now.duration_since(*since) <= TRY)
}

/// What an agent reads.
fn text(stored: &StoredDecision) -> String {
    let decision = &stored.decision;
    let percent = decision.confidence * 100.0;
    let head = match (&decision.playbook_id, &stored.proposed) {
        (Some(playbook), _) => format!(
            "Deskhand can solve this with the playbook {playbook} (confidence {percent:.0} %)."
        ),
        (None, Some(of)) => format!(
            "Deskhand leaves this to an agent. It would have started {of} (confidence {percent:.0} %), which is in shadow. Set the field to start it."
        ),
        (None, None) => match &decision.suggested_playbook_id {
            Some(playbook) => format!(
                "Deskhand leaves this to an agent. The playbook {playbook} may fit (confidence {percent:.0} %)."
            ),
            None => "Deskhand leaves this to an agent.".to_owned(),
        },
    };
    let reasons = decision.reasons.join("\n- ");
    format!(
        "{head}\n- {reasons}\nDecided by {}.",
        decision.classifier_version
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_worker_of_an_event_waits_until_the_first_is_over() {
        let event = EventId::parse("evt_1").unwrap();
        let since = Timestamp::UNIX_EPOCH;
        let telling = Telling::Taken {
            by: event.clone(),
            since,
        };
        assert!(under_way(&telling, &event, since + TRY));
        assert!(!under_way(&telling, &event, since + TRY * 2));
        let other = EventId::parse("evt_2").unwrap();
        assert!(!under_way(&telling, &other, since));
        assert!(!under_way(&Telling::Done, &event, since));
    }
}
