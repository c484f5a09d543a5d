//! What a tenant's rules make of the model's judgement.

use super::{About, Effect, Met, TenantRules};
use crate::text::Heard;
use crate::{Judged, Model, cautions, judge, sentences};
use domain::PlaybookName;

/// Judges a ticket by `model`, the cautions and a tenant's rules.
pub(crate) fn judge_by<'a>(
    model: &'a Model,
    rules: &'a TenantRules,
    ticket: &Heard,
    about: &About<'_>,
) -> Judged<'a> {
    let judged = judge(model, ticket);
    let met = rules.met(ticket, about);
    if met.is_empty() {
        return judged;
    }
    applied(model, ticket, judged, &met)
}

fn applied<'a>(
    model: &'a Model,
    ticket: &Heard,
    mut judged: Judged<'a>,
    met: &[Met<'a>],
) -> Judged<'a> {
    let forbidding = |playbook: &str| {
        let mut rules = met.iter();
        rules.find(
            |met| matches!(&met.rule.effect, Effect::Forbid(name) if name.as_str() == playbook),
        )
    };
    judged.is_open = false;
    let mut notes = Vec::new();
    let mut forced: Option<(&Met<'a>, &'a PlaybookName)> = None;
    let mut is_torn = false;
    for by in met {
        let Effect::Force(playbook) = &by.rule.effect else {
            continue;
        };
        match (forbidding(playbook.as_str()), forced) {
            (Some(forbids), _) => {
                is_torn = true;
                notes.push(format!(
                    "a person should look first: {} wants {playbook}, which {} forbids",
                    by.named(),
                    forbids.named()
                ));
            }
            (None, Some((other, first))) if first != playbook => {
                is_torn = true;
                notes.push(format!(
                    "a person should look first: {} wants {first} and {} wants {playbook}",
                    other.named(),
                    by.named()
                ));
            }
            (None, Some(_)) => {}
            (None, None) => forced = Some((by, playbook)),
        }
    }
    if let Some(forbids) = judged.playbook.and_then(forbidding) {
        let playbook = judged.playbook.unwrap_or_default();
        notes.insert(
            0,
            format!("{playbook} is forbidden here by {}", forbids.named()),
        );
        judged.playbook = None;
        judged.acts = false;
    }
    match forced {
        Some((by, playbook)) if !is_torn => force(model, ticket, &mut judged, by, playbook),
        _ => judged.acts &= !is_torn,
    }
    let leaves = |met: &&Met<'_>| met.rule.effect == Effect::LeaveToPeople;
    if let Some(by) = met.iter().find(leaves) {
        judged.acts = false;
        notes.push(format!(
            "a person should look first: {} says so",
            by.named()
        ));
    }
    judged.reasons.extend(notes);
    judged
}

/// Puts the playbook that a rule forces in the place of the model's choice. Its confidence is the model's own, and none where
/// the model chose another: the rule decided, nothing was measured.
fn force<'a>(
    model: &Model,
    ticket: &Heard,
    judged: &mut Judged<'a>,
    by: &Met<'_>,
    playbook: &'a PlaybookName,
) {
    let playbook = playbook.as_str();
    let agrees = judged.playbook == Some(playbook);
    let mut reasons = vec![format!("{playbook}: {}", by.named())];
    if agrees {
        let told = judged.reasons.iter().take(1);
        reasons.extend(told.map(|said| format!("the model agrees: {said}")));
    } else {
        judged.confidence = 0.0;
    }
    let caution = caution(model, ticket, playbook);
    if let Some(caution) = &caution {
        reasons.push(format!("a person should look first: {caution}"));
    }
    let left_out = ticket.left_out.iter();
    reasons.extend(left_out.map(|left_out| format!("left out: {left_out}")));
    *judged = Judged {
        playbook: Some(playbook),
        confidence: judged.confidence,
        acts: caution.is_none(),
        is_open: false,
        reasons,
    };
}

/// Why a person should look first although a rule names the playbook. A playbook that the model does not know is taken for
/// what the model's first choice is: what else it hears is the second request.
fn caution(model: &Model, ticket: &Heard, playbook: &str) -> Option<String> {
    if let Some(heard) = cautions::heard(ticket, playbook) {
        return Some(heard);
    }
    let mut verdict = model.verdict(&ticket.own);
    let known = model.labels.iter().position(|label| label == playbook);
    verdict.label = known.unwrap_or(verdict.label);
    // A tenant's own words for it need not sound like ours.
    sentences::another(model, &verdict, ticket)
}

impl Met<'_> {
    /// The rule by its name, and what met it.
    fn named(&self) -> String {
        format!("the rule “{}” ({})", self.rule.name, self.by)
    }
}
