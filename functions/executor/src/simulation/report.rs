//! What a simulation says.

use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

/// What a version would do, case by case.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct SimulationReport {
    /// The playbook.
    #[schema(example = "password_reset")]
    pub(crate) playbook_id: String,
    /// The version that was simulated.
    #[schema(example = "1.3")]
    pub(crate) version: String,
    /// SHA-256 of its text: the simulation counts for this text alone.
    pub(crate) checksum: String,
    /// Whether there is no flaw, nothing was refused in a case that is meant to succeed, and every branch was taken.
    pub(crate) green: bool,
    /// Everything that is in the way of green but missing coverage.
    pub(crate) findings: Vec<SimulationFlaw>,
    /// Which branches of the machine the cases took.
    pub(crate) coverage: SimulationCoverage,
    /// The cases.
    pub(crate) cases: Vec<SimulatedCase>,
}

/// Which branches of the machine the cases took.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct SimulationCoverage {
    /// Branches taken.
    #[schema(example = 4)]
    pub(crate) covered: usize,
    /// Branches there are.
    #[schema(example = 4)]
    pub(crate) branches: usize,
    /// Those that no case took.
    #[schema(example = json!([]))]
    pub(crate) uncovered: Vec<String>,
}

/// Something that is wrong, or that would be refused.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct SimulationFlaw {
    /// The case.
    pub(crate) case: String,
    /// The step.
    #[schema(example = "grant")]
    pub(crate) step: String,
    /// A word for programs.
    #[schema(example = "target_not_found")]
    pub(crate) code: String,
    /// A sentence for people.
    pub(crate) message: String,
}

/// One case.
#[derive(Debug, Clone, Default, PartialEq, Serialize, ToSchema)]
pub struct SimulatedCase {
    /// What it is called.
    #[schema(example = "verify_mfa: deny")]
    pub(crate) name: String,
    /// The ticket it was simulated for; none for a sample.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) ticket_id: Option<String>,
    /// Whether nobody is supposed to refuse or fail in it.
    pub(crate) meant_to_succeed: bool,
    /// How the run would end: `completed`, `denied`, `timed_out`, `escalated` or `cancelled`.
    #[schema(example = "completed")]
    pub(crate) ends: &'static str,
    /// The states that are left, in order, with why.
    pub(crate) path: Vec<SimulatedState>,
    /// Who would be asked.
    pub(crate) asked: Vec<SimulatedQuestion>,
    /// What would be changed, before and after.
    pub(crate) changes: Vec<SimulatedChange>,
    /// Who would be sent something.
    pub(crate) told: Vec<SimulatedMessage>,
    /// What would be refused.
    pub(crate) refusals: Vec<SimulationFlaw>,
    /// The steps whose deeds would be taken back, in that order.
    pub(crate) undone: Vec<String>,
    /// How much would be touched.
    pub(crate) blast: SimulatedBlast,
    /// About what the run would cost.
    pub(crate) cost: SimulatedCost,
}

/// A state that is left.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct SimulatedState {
    /// The state: a step's id, or a state that every machine has.
    #[schema(example = "verify_mfa")]
    pub(crate) state: String,
    /// How the step stands then; none for a state that is no step.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "succeeded")]
    pub(crate) status: Option<&'static str>,
    /// The state that follows; `End` at the end.
    #[schema(example = "reset_password")]
    pub(crate) to: String,
    /// Why.
    pub(crate) why: String,
    /// How often it is called.
    pub(crate) tries: u32,
}

/// Somebody who would be asked.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct SimulatedQuestion {
    /// The step that asks.
    pub(crate) step: String,
    /// As what: `user` or `manager`.
    #[schema(example = "manager")]
    pub(crate) role: &'static str,
    /// Their id in the directory.
    #[schema(example = "def-456")]
    pub(crate) user_id: String,
    /// Their name, masked.
    #[schema(example = "J… S…")]
    pub(crate) name: String,
    /// The steps that are put to them to allow.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) allows: Vec<String>,
}

/// A change of somebody else's system.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct SimulatedChange {
    /// The step that makes it.
    pub(crate) step: String,
    /// What it does: `grant_access`.
    pub(crate) action: String,
    /// To whom, by their id in the directory.
    pub(crate) user_id: String,
    /// Their name, masked.
    pub(crate) name: String,
    /// The group or the licence.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) target: Option<String>,
    /// Whether anything would change: `false` where it is so already.
    pub(crate) changed: bool,
    /// What the directory shows now.
    #[schema(value_type = Object)]
    pub(crate) before: Value,
    /// What it would show.
    #[schema(value_type = Object)]
    pub(crate) after: Value,
}

/// A message that would be sent.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct SimulatedMessage {
    /// The step that sends it.
    pub(crate) step: String,
    /// How.
    #[schema(example = "sms")]
    pub(crate) medium: &'static str,
    /// To whom, by their id in the directory.
    pub(crate) user_id: String,
    /// Where to, masked.
    #[schema(example = "…90")]
    pub(crate) to: String,
}

/// How much would be touched.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct SimulatedBlast {
    /// People whose accounts or access would change.
    pub(crate) people: usize,
    /// Groups and licences that would change.
    pub(crate) targets: usize,
    /// People in those groups before, also by groups in them; null where the directory does not say.
    #[schema(example = 300)]
    pub(crate) group_members: Option<u64>,
    /// Changes in all.
    pub(crate) changes: usize,
    /// Questions and messages that people would get.
    pub(crate) messages: usize,
}

/// About what a run would cost.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct SimulatedCost {
    /// Transitions of the state machine, repeated calls included.
    pub(crate) transitions: u32,
    /// Write units of the tables, from the run's start to its end; an estimate by the rows that each step writes.
    pub(crate) write_units: u32,
}

/// A name of which nobody is told more than the beginnings.
pub(crate) fn masked(name: &str) -> String {
    let words = name.split_whitespace();
    let first = words.filter_map(|word| word.chars().next());
    let shown: Vec<String> = first.map(|letter| format!("{letter}…")).collect();
    shown.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_masked_name_tells_its_first_letters() {
        assert_eq!(masked("Jane  Smith"), "J… S…");
        assert_eq!(masked(""), "");
    }
}
