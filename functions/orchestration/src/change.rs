//! What is done about a difference between the PSA's ticket and our snapshot of it, on the condition of that snapshot.

use crate::process_inbound::Outcome;
use crate::start::{By, Start, Starting, start};
use audit::{Actor, Entry};
use desk::{Choice, Labelled, Raced, chosen, find_ticket, retried, tell};
use domain::{
    Candidate, Decision, LabelSource, PlaybookName, Snapshot, Tenant, Ticket, TicketName,
};
use kit::{App, Problem};
use playbook::Flaw;
use serde_json::Map;
use store::{StoredDecision, VerdictKind};

/// What came of the field's becoming true.
enum Begin {
    Settled(Option<Outcome>),
    Unfit(Vec<Flaw>),
    Locked(Candidate, Vec<String>),
}

/// The playbook that the field stands for: the decided one, or a suggestion that a person took up.
fn meant(stored: &StoredDecision, was_told: bool) -> Option<&PlaybookName> {
    let decided = stored.decision.playbook_id.as_ref();
    let suggested = stored.proposed.as_ref().filter(|_| was_told);
    decided.or(suggested.map(|of| &of.playbook))
}

/// By whose word the field is true: Deskhand's own, or that of a person who sets it where Deskhand did not.
fn word(decision: &Decision, ticket: &Ticket) -> By {
    if decision.automated && ticket.withheld != ticket.decided {
        By::Decision
    } else {
        By::Person(LabelSource::Field)
    }
}

/// Why a decision that was to start a playbook does not, now that the version is in shadow.
fn locked(of: &Candidate, reasons: &[String]) -> String {
    format!(
        "Deskhand did not start {of}, which is in shadow now: {}. To start it yourself, take the field back and set it again.",
        reasons.join("; ")
    )
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
pub(crate) struct Change<'a> {
    pub(crate) app: &'a App,
    pub(crate) tenant: &'a Tenant,
    pub(crate) name: &'a TicketName,
    pub(crate) before: &'a Option<Snapshot>,
    pub(crate) now_seen: &'a Snapshot,
    /// Whether the ticket is closed.
    pub(crate) closed: bool,
    pub(crate) actor: &'a Actor,
}

impl Change<'_> {
    /// The PSA's field has become true: start the playbook it stands for, on the condition of the snapshot, so once. None when
    /// the snapshot moved.
    pub(crate) async fn begin(
        &self,
        stored: &StoredDecision,
        was_told: bool,
    ) -> Result<Option<Outcome>, Problem> {
        let decision = &stored.decision;
        let Some(playbook) = meant(stored, was_told) else {
            return match &stored.proposed {
                Some(of) => {
                    let text = format!(
                        "The field was set before Deskhand had said what it stands for; nothing was started. Set it again to start {of}."
                    );
                    self.leave(decision, "not_told", &text).await
                }
                None => {
                    let text = "The field was set by hand, but Deskhand decided on no playbook for this ticket; nothing was started.";
                    self.leave(decision, "no_playbook", text).await
                }
            };
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
                actor: self.actor,
                by: word(decision, &ticket),
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
                Start::Locked(of, reasons) => Ok(Begin::Locked(of, reasons)),
            }
        });
        match outcome.await? {
            Begin::Settled(outcome) => Ok(outcome),
            Begin::Unfit(flaws) => {
                self.leave(decision, "needs_inputs", &needs(playbook, &flaws))
                    .await
            }
            Begin::Locked(of, reasons) => {
                self.leave(decision, "in_shadow", &locked(&of, &reasons))
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
        let Some(ticket) = self.kept(rule == "in_shadow").await? else {
            return Ok(None);
        };
        let marker = format!("{rule}-{}", decision.decision_id);
        tell(self.app, self.tenant, &ticket, &marker, text, false).await?;
        Ok(Some(Outcome(VerdictKind::Ignored, rule, Some(ticket.id))))
    }

    /// Keeps what the PSA showed; none when the snapshot moved.
    pub(crate) async fn remember(&self) -> Result<Option<Ticket>, Problem> {
        self.kept(false).await
    }

    /// The same, and whether the decision's own start is withheld by it.
    async fn kept(&self, withheld: bool) -> Result<Option<Ticket>, Problem> {
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
            if withheld {
                next.withheld.clone_from(&ticket.decided);
            }
            let label = self.solved_otherwise(&ticket).await?;
            let actor = Actor::System("process_inbound".to_owned());
            let entry = Entry::new(self.app.clock().now(), actor, "ticket.seen")
                .fact("status_id", self.now_seen.status_id)
                .fact("automated", self.now_seen.automated);
            let entry = match &label {
                Some(label) => label.told(entry),
                None => entry,
            };
            let write = self.app.store().write(self.tenant, "snapshot kept");
            let write = write.ticket(Some(&ticket), &next, vec![entry]);
            match &label {
                Some(label) => label.add(write).commit().await?,
                None => write.commit().await?,
            }
            Ok(Some(next))
        })
        .await
    }

    /// What it says of the decision that the ticket is closed and no playbook was ever started for it.
    async fn solved_otherwise(&self, ticket: &Ticket) -> Result<Option<Labelled>, Problem> {
        if !self.closed || !ticket.runs.is_empty() {
            return Ok(None);
        }
        let choice = Choice {
            playbook: None,
            source: LabelSource::Closed,
            actor: self.actor,
            note: None,
            text: None,
        };
        chosen(self.app, self.tenant, ticket, choice).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::Intake;

    fn stored(automated: bool) -> StoredDecision {
        let content = Intake {
            subject: "s".into(),
            body: "b".into(),
        };
        let of = Candidate {
            playbook: PlaybookName::parse("unlock").unwrap(),
            version: "1.0".into(),
        };
        StoredDecision {
            content: content.hash(),
            decision: Decision {
                decision_id: "dec_1".into(),
                automated,
                playbook_id: automated.then(|| of.playbook.clone()),
                suggested_playbook_id: Some(of.playbook.clone()),
                confidence: 0.9,
                classifier_version: "linear-1".into(),
                reasons: vec!["a phrase".into()],
                decided_at: jiff::Timestamp::UNIX_EPOCH,
            },
            context: Map::new(),
            proposed: Some(of),
        }
    }

    #[test]
    fn a_suggestion_is_taken_up_only_by_somebody_who_was_told_of_it() {
        assert_eq!(meant(&stored(false), false), None);
        assert_eq!(meant(&stored(false), true).unwrap().as_str(), "unlock");
        assert_eq!(meant(&stored(true), false).unwrap().as_str(), "unlock");
        let none = StoredDecision {
            proposed: None,
            ..stored(false)
        };
        assert_eq!(meant(&none, true), None);
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
