//! Decisions held against what people do: whether a version may be started by a decision, and what a person's choice says of
//! the decision before it.

use audit::{Actor, Entry};
use domain::{Candidate, Example, Intake, LabelSource, Standing, Tenant, Ticket, TrackRecord};
use jiff::Timestamp;
use kit::{App, Problem};
use serde::Serialize;
use store::{PlaybookRow, StoredDecision, Tally, Write};
use utoipa::ToSchema;

/// Whether decisions may start a playbook version by themselves.
#[derive(Debug, Serialize, ToSchema)]
pub struct AutoStart {
    /// Whether they may. While they may not, the version is in shadow: they say what they would have started, and leave the
    /// ticket to people.
    unlocked: bool,
    /// Why, or why not.
    #[schema(example = json!(["people have labelled 12 decisions for unlock_account 1.0, and 100 are needed"]))]
    reasons: Vec<String>,
}

impl From<Standing> for AutoStart {
    fn from(standing: Standing) -> Self {
        Self {
            unlocked: standing.unlocked,
            reasons: standing.reasons,
        }
    }
}

/// The version of a playbook that runs, if it may be started.
#[must_use]
pub fn candidate(row: &PlaybookRow) -> Option<Candidate> {
    let version = row.active_version.clone().filter(|_| row.enabled)?;
    Some(Candidate {
        playbook: row.name.clone(),
        version,
    })
}

/// Whether decisions may start a version in this tenant, and why or why not.
///
/// # Errors
/// When the table cannot be asked.
pub async fn auto_start(app: &App, tenant: &Tenant, of: &Candidate) -> Result<Standing, Problem> {
    Ok(app.store().track(tenant, of).await?.standing())
}

/// What a person did or said about a ticket that was decided about.
pub struct Choice<'a> {
    /// The playbook they chose; none for "no playbook".
    pub playbook: Option<&'a Candidate>,
    /// How it shows.
    pub source: LabelSource,
    /// Who.
    pub actor: &'a Actor,
    /// What they said.
    pub note: Option<String>,
    /// What the ticket said, where they gave it to be kept.
    pub text: Option<Intake>,
}

/// A decision with its label, and the records it changes, to be written with what the person did.
pub struct Labelled {
    seen: Option<Example>,
    /// The decision with its label.
    pub example: Example,
    record: Option<(TrackRecord, TrackRecord)>,
}

/// What a person's act says of the decision in force. It says nothing where nobody decided, where the act is the decision
/// itself carried out, where there is a label already, and where both are "no playbook".
///
/// # Errors
/// When the tables cannot be asked.
pub async fn chosen(
    app: &App,
    tenant: &Tenant,
    ticket: &Ticket,
    choice: Choice<'_>,
) -> Result<Option<Labelled>, Problem> {
    let Some(content) = &ticket.decided else {
        return Ok(None);
    };
    let Some(stored) = app.store().decision(tenant, ticket.id, content).await? else {
        return Ok(None);
    };
    let name = |candidate: Option<&Candidate>| candidate.map(|of| of.playbook.clone());
    let same = name(stored.proposed.as_ref()) == name(choice.playbook);
    let carried_out = stored.decision.automated && ticket.withheld.as_ref() != Some(content);
    if same && (carried_out || choice.playbook.is_none()) {
        return Ok(None);
    }
    let known = app.store().example(tenant, ticket.id, content).await?;
    if known.is_some() {
        return Ok(None);
    }
    with_record(app, tenant, ticket, &stored, choice, None)
        .await
        .map(Some)
}

/// What a person says the decision should have been. It takes the place of any label before it.
///
/// # Errors
/// When the tables cannot be asked.
pub async fn corrected(
    app: &App,
    tenant: &Tenant,
    ticket: &Ticket,
    stored: &StoredDecision,
    choice: Choice<'_>,
) -> Result<Labelled, Problem> {
    let store = app.store();
    let seen = store.example(tenant, ticket.id, &stored.content).await?;
    with_record(app, tenant, ticket, stored, choice, seen).await
}

/// The label, and the record of the version that was decided for with it in the place of the one `seen`.
async fn with_record(
    app: &App,
    tenant: &Tenant,
    ticket: &Ticket,
    stored: &StoredDecision,
    choice: Choice<'_>,
    seen: Option<Example>,
) -> Result<Labelled, Problem> {
    let example = example(ticket, stored, choice, app.clock().now());
    let before = match &example.decided {
        None => None,
        Some(of) => Some(app.store().track(tenant, of).await?),
    };
    if let Some(known) = seen.clone().filter(|seen| says_the_same(seen, &example)) {
        return Ok(Labelled {
            seen,
            example: known,
            record: before.map(|record| (record.clone(), record)),
        });
    }
    let record = before.map(|before| {
        let without = match &seen {
            Some(seen) => before.clone().without(seen),
            None => before.clone(),
        };
        let after = without.with(&example);
        (before, after)
    });
    Ok(Labelled {
        seen,
        example,
        record,
    })
}

fn says_the_same(seen: &Example, next: &Example) -> bool {
    let name = |label: &Option<Candidate>| label.as_ref().map(|of| of.playbook.clone());
    (seen.source, name(&seen.label), &seen.note, &seen.text)
        == (next.source, name(&next.label), &next.note, &next.text)
}

fn example(
    ticket: &Ticket,
    stored: &StoredDecision,
    choice: Choice<'_>,
    now: Timestamp,
) -> Example {
    let decision = &stored.decision;
    Example {
        ticket_id: ticket.id,
        content: stored.content.clone(),
        decision_id: decision.decision_id.clone(),
        classifier_version: decision.classifier_version.clone(),
        confidence: decision.confidence,
        decided: stored.proposed.clone(),
        label: choice.playbook.cloned(),
        source: choice.source,
        note: choice.note,
        text: choice.text,
        labelled_by: choice.actor.id().to_owned(),
        labelled_at: now,
        rev: 0,
    }
}

impl Labelled {
    /// Whether it says what was said before, so that nothing is to be written.
    #[must_use]
    pub fn is_known(&self) -> bool {
        self.seen.as_ref() == Some(&self.example)
    }

    /// Whether decisions may start the version that was decided for, now that this is known.
    #[must_use]
    pub fn standing(&self) -> Option<(&Candidate, Standing)> {
        let (_, after) = self.record.as_ref()?;
        Some((&after.of, after.standing()))
    }

    /// `write` with its rows.
    pub fn add<'w>(&self, write: Write<'w>) -> Write<'w> {
        let write = write.example(self.seen.as_ref(), &self.example);
        match &self.record {
            Some((before, after)) => write.track(before, after),
            None => write,
        }
    }

    /// `entry` with what it says of the decision.
    #[must_use]
    pub fn told(&self, entry: Entry) -> Entry {
        let name = |of: &Option<Candidate>| of.as_ref().map(ToString::to_string);
        let may = self.standing().map(|(_, standing)| standing.unlocked);
        entry
            .fact("decision_id", self.example.decision_id.clone())
            .fact("decided", name(&self.example.decided))
            .fact("label", name(&self.example.label))
            .fact("label_source", self.example.source.as_str())
            .fact("agrees", self.example.agrees())
            .fact("auto_start", may)
    }
}

/// Counts, once a label is written, what should have been decided and was not.
pub async fn tallied(app: &App, tenant: &Tenant, label: &Labelled) {
    let was = label.seen.as_ref().and_then(Example::missed);
    let is = label.example.missed();
    if was == is {
        return;
    }
    for (of, missed) in [(was, -1), (is, 1)] {
        if let Some(of) = of {
            let more = Tally { decided: 0, missed };
            counted(app, tenant, of, more).await;
        }
    }
}

/// Adds to counts that nothing is decided by: one that fails is logged.
pub(crate) async fn counted(app: &App, tenant: &Tenant, of: &Candidate, more: Tally) {
    if let Err(error) = app.store().count_decisions(tenant, of, more).await {
        tracing::warn!(%of, %error, "a count of decisions was not made");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::PlaybookName;

    fn row(enabled: bool, active: Option<&str>) -> PlaybookRow {
        let name = PlaybookName::parse("unlock").unwrap();
        PlaybookRow {
            enabled,
            active_version: active.map(str::to_owned),
            ..PlaybookRow::new(name, "1.1", Timestamp::UNIX_EPOCH)
        }
    }

    #[test]
    fn only_a_version_that_may_be_started_is_decided_for() {
        let of = candidate(&row(true, Some("1.0"))).unwrap();
        assert_eq!(of.to_string(), "unlock 1.0");
        assert_eq!(candidate(&row(false, Some("1.0"))), None);
        assert_eq!(candidate(&row(true, None)), None);
    }
}
