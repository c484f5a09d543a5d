//! Queue `inbound`: an event becomes a ticket, a decision, or the start of a run.
//!
//! An event's body only names a ticket. The ticket is read back from its PSA, compared with the snapshot on our row, and
//! the difference is acted on, each act on a condition; so events may come twice, late, or in any order.

use crate::start::{Start, Starting, start, start_machine};
use crate::write_back::{Teller, write_back};
use audit::{Actor, Entry};
use desk::{Arrival, Classified, Looking, Raced, classify, find_ticket, retried, tell};
use domain::{
    Decision, EventId, Intake, Origin, PlaybookName, Snapshot, Telling, Tenant, Ticket, TicketId,
    TicketName,
};
use kit::{App, Message, Problem};
use playbook::Flaw;
use ports::CallError;
use serde::Deserialize;
use serde_json::{Map, Value};
use store::{InboxStatus, Verdict, VerdictKind};

/// An event to deal with.
#[derive(Debug, Deserialize)]
pub struct Inbound {
    event_id: EventId,
}

/// What became of an event: the verdict's kind and rule.
struct Outcome(VerdictKind, &'static str, Option<TicketId>);

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
    };
    let mut told = false;
    if ticket.telling != Telling::Done {
        // What is seen is kept with what is told, unless it starts a run: that write keeps it.
        let keeps = (!starts).then_some((&before, &now_seen));
        let teller = Teller { event, fresh };
        let after = write_back(app, tenant, ticket, &seen, decision, &teller, keeps).await?;
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
        return change.begin(decision, &actor).await;
    }
    if before.as_ref() == Some(&now_seen) {
        let ticket = find_ticket(app, tenant, &name).await?;
        let playbook = decision.playbook_id.as_ref();
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

/// What came of the field's becoming true.
enum Begin {
    Settled(Option<Outcome>),
    Unfit(Vec<Flaw>),
}

/// Why a webhook cannot start a playbook: it gives no inputs.
fn needs(playbook: &PlaybookName, flaws: &[Flaw]) -> String {
    let names: Vec<&str> = flaws
        .iter()
        .map(|flaw| flaw.path.trim_start_matches("inputs."))
        .collect();
    format!(
        "Deskhand did not start {playbook}: it needs {}, which a ticket does not say. An agent takes over, or starts it with them.",
        names.join(", ")
    )
}

/// A difference between the PSA's ticket and our snapshot.
struct Change<'a> {
    app: &'a App,
    tenant: &'a Tenant,
    name: &'a TicketName,
    before: &'a Option<Snapshot>,
    now_seen: &'a Snapshot,
}

impl Change<'_> {
    /// The PSA's field has become true: start the decided playbook, on the condition of the snapshot, so once. None when
    /// the snapshot moved.
    async fn begin(&self, decision: &Decision, actor: &Actor) -> Result<Option<Outcome>, Problem> {
        let Some(playbook) = decision.playbook_id.as_ref().filter(|_| decision.automated) else {
            let text = "The field was set by hand, but Deskhand decided on no playbook for this ticket; nothing was started.";
            return self.leave(decision, "no_playbook", text).await;
        };
        let outcome = retried(|| async {
            let ticket = find_ticket(self.app, self.tenant, self.name).await?;
            if ticket.snapshot != *self.before {
                return Ok::<_, Raced>(Begin::Settled(None));
            }
            if ticket.started.is_some() && ticket.started == ticket.decided {
                // A caller had it run before the PSA said so: what was asked for is done, or under way.
                let kept = self.remember().await?;
                return Ok(Begin::Settled(kept.map(|ticket| {
                    Outcome(VerdictKind::Ignored, "already_started", Some(ticket.id))
                })));
            }
            let starting = Starting {
                playbook,
                actor,
                context: &Map::new(),
                snapshot: Some(self.now_seen.clone()),
            };
            match start(self.app, self.tenant, &ticket, starting).await? {
                Start::Made(_) => Ok(Begin::Settled(Some(Outcome(
                    VerdictKind::Accepted,
                    "started",
                    Some(ticket.id),
                )))),
                Start::Unfit(flaws) => Ok(Begin::Unfit(flaws)),
            }
        });
        match outcome.await? {
            Begin::Settled(outcome) => Ok(outcome),
            Begin::Unfit(flaws) => {
                self.leave(decision, "needs_inputs", &needs(playbook, &flaws))
                    .await
            }
        }
    }

    /// Starts nothing, and tells an agent why; none when the snapshot moved.
    async fn leave(
        &self,
        decision: &Decision,
        rule: &'static str,
        text: &str,
    ) -> Result<Option<Outcome>, Problem> {
        let Some(ticket) = self.remember().await? else {
            return Ok(None);
        };
        let marker = format!("nothing-{}", decision.decision_id);
        tell(self.app, self.tenant, &ticket, &marker, text, false).await?;
        Ok(Some(Outcome(VerdictKind::Ignored, rule, Some(ticket.id))))
    }

    /// Keeps what the PSA showed; none when the snapshot moved.
    async fn remember(&self) -> Result<Option<Ticket>, Problem> {
        retried(|| async {
            let ticket = find_ticket(self.app, self.tenant, self.name).await?;
            if ticket.snapshot != *self.before {
                return Ok::<_, Raced>(None);
            }
            let mut next = Ticket {
                snapshot: Some(self.now_seen.clone()),
                ..ticket.clone()
            };
            if !self.now_seen.automated && self.before.as_ref().is_some_and(|seen| seen.automated) {
                // Somebody took the field back: setting it again asks for another run.
                next.started = None;
            }
            let actor = Actor::System("process_inbound".to_owned());
            let entry = Entry::new(self.app.clock().now(), actor, "ticket.seen")
                .fact("status_id", self.now_seen.status_id)
                .fact("automated", self.now_seen.automated);
            let write = self.app.store().write(self.tenant, "snapshot kept");
            write
                .ticket(Some(&ticket), &next, vec![entry])
                .commit()
                .await?;
            Ok(Some(next))
        })
        .await
    }
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

    #[test]
    fn an_agent_is_told_what_the_playbook_needs() {
        let flaw = |name: &str| Flaw {
            path: format!("inputs.{name}"),
            line: None,
            code: playbook::FlawCode::Missing,
            message: String::new(),
        };
        let playbook = PlaybookName::parse("grant_access").unwrap();
        let told = needs(&playbook, &[flaw("group"), flaw("days")]);
        assert!(
            told.contains("grant_access: it needs group, days,"),
            "{told}"
        );
    }
}
