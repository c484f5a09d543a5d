//! Writing a decision back to the PSA: the field `automated` and a note with the reasons.

use audit::{Actor, Entry};
use desk::{Raced, find_ticket, retried, tell};
use domain::{Decision, EventId, Snapshot, Telling, Tenant, Ticket, TicketName};
use kit::{App, Problem};
use ports::PsaTicket;

/// Tells the PSA of the decision in force, if `event`'s worker may. One worker at a time does; one that died is followed
/// by its own event's next try, or by any other after the lease. `keeps` is the snapshot that was read and what the PSA
/// showed since: it is kept in the same write, if it has not moved.
pub(crate) async fn write_back(
    app: &App,
    tenant: &Tenant,
    ticket: Ticket,
    seen: &PsaTicket,
    decision: &Decision,
    event: &EventId,
    keeps: Option<(&Option<Snapshot>, &Snapshot)>,
) -> Result<Ticket, Problem> {
    let fresh = matches!(&ticket.telling, Telling::Taken { by, since }
        if by == event && app.clock().now().duration_since(*since).as_secs() < 2);
    let Some(ticket) = taken(app, tenant, ticket, event).await? else {
        return find(app, tenant, seen.number).await;
    };
    // The note first: the field's change is what starts the run, and an agent reads the note beside it.
    tell(
        app,
        tenant,
        &ticket,
        &decision.decision_id,
        &text(decision),
        fresh,
    )
    .await?;
    if seen.automated != decision.automated {
        outside::psa(app, tenant)
            .await?
            .set_automated(seen.number, decision.automated)
            .await?;
    }
    retried(|| async {
        let ticket = find(app, tenant, seen.number).await?;
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

/// The ticket, when this event's worker is the one to tell.
async fn taken(
    app: &App,
    tenant: &Tenant,
    ticket: Ticket,
    event: &EventId,
) -> Result<Option<Ticket>, Problem> {
    if matches!(&ticket.telling, Telling::Taken { by, .. } if by == event) {
        return Ok(Some(ticket));
    }
    let name = TicketName::Id(ticket.id);
    retried(|| async {
        let ticket = find_ticket(app, tenant, &name).await?;
        let now = app.clock().now();
        if !ticket.telling.free_for(event, now) {
            return Ok::<_, Raced>(None);
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

async fn find(app: &App, tenant: &Tenant, number: u64) -> Result<Ticket, Problem> {
    find_ticket(app, tenant, &TicketName::Halo(number)).await
}

/// What an agent reads.
fn text(decision: &Decision) -> String {
    let head = match &decision.playbook_id {
        Some(playbook) => format!(
            "Deskhand can solve this with the playbook {playbook} (confidence {:.0} %).",
            decision.confidence * 100.0
        ),
        None => "Deskhand leaves this to an agent.".to_owned(),
    };
    let reasons = decision.reasons.join("\n- ");
    format!(
        "{head}\n- {reasons}\nDecided by {}.",
        decision.classifier_version
    )
}
