//! Rules for classifications as they are written and shown.

use classifier::TenantRules;
use kit::Problem;
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

/// What an organization lays down beside the model.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct RulesDocument {
    /// 100 at most.
    rules: Vec<RuleDocument>,
    /// How many second opinions a language model may be asked for in a day, about tickets that are left undecided; 0 for none.
    #[schema(example = 0, maximum = 10_000)]
    second_opinions_per_day: u32,
}

/// One rule: which tickets it is about, and what it does. Of each kind of condition that is written one must hold; without any
/// it is about every ticket.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct RuleDocument {
    /// Its name, which the reasons of a decision say.
    #[schema(example = "The board")]
    name: String,
    /// Words in a row that the ticket says, however they are disguised: 20 at most.
    #[serde(default)]
    phrases: Vec<String>,
    /// Addresses it comes from, or domains behind an `@`: 50 at most.
    #[serde(default)]
    #[schema(example = json!(["@board.example.com"]))]
    senders: Vec<String>,
    /// Categories it has where it comes from, `>` between the levels; a level covers those below it: 20 at most.
    #[serde(default)]
    categories: Vec<String>,
    effect: EffectDocument,
    /// The playbook that is forced or forbidden.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(example = "password_reset")]
    playbook_id: Option<String>,
}

/// What a rule does. `leave_to_people` and `forbid` are stronger than `force`, and a caution is stronger than that.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum EffectDocument {
    /// The ticket asks for the playbook.
    Force,
    /// The playbook is neither started nor suggested.
    Forbid,
    /// No playbook starts by itself.
    LeaveToPeople,
}

impl RulesDocument {
    /// The rules that are written, and the text they are kept in.
    ///
    /// # Errors
    /// 422 with everything that is wrong with them, the first in the usual place.
    pub(crate) fn read(&self) -> Result<(TenantRules, String), Problem> {
        let text = serde_json::to_string(self).map_err(|error| Problem::internal(&error))?;
        match TenantRules::parse(&text) {
            Ok(rules) => Ok((rules, text)),
            Err(flaws) => {
                let flaws = flaws.0.into_iter().map(|flaw| (flaw.path, flaw.message));
                Err(refused(&flaws.collect::<Vec<_>>()))
            }
        }
    }

    /// Rules that were kept.
    ///
    /// # Errors
    /// When the text is of another form.
    pub(crate) fn kept(text: &str) -> Result<Self, Problem> {
        serde_json::from_str(text).map_err(|error| Problem::internal(&error))
    }
}

/// 422 with these flaws, places and remedies, the first in the usual place.
pub(crate) fn refused(flaws: &[(String, String)]) -> Problem {
    let all: Vec<_> = flaws
        .iter()
        .map(|(path, message)| json!({"path": path, "message": message}))
        .collect();
    let (path, message) = flaws.first().cloned().unwrap_or_default();
    Problem::invalid(&path, message).with("flaws", all)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::Value;

    fn document(value: Value) -> RulesDocument {
        serde_json::from_value(value).unwrap()
    }

    #[test]
    fn what_is_shown_may_be_sent_back() {
        let written = json!({"rules": [
            {"name": "VPN", "phrases": ["vpn password"], "effect": "force", "playbook_id": "password_reset"},
            {"name": "The board", "senders": ["@board.example.com"], "effect": "leave_to_people"},
            {"name": "No groups", "categories": ["Contractors"], "effect": "forbid", "playbook_id": "grant_group_access"},
        ], "second_opinions_per_day": 5});
        let document = document(written);
        let (rules, text) = document.read().unwrap();
        assert_eq!(rules.second_opinions_per_day(), 5);
        assert_eq!(rules.playbooks().count(), 2);
        assert_eq!(RulesDocument::kept(&text).unwrap(), document);
    }

    #[test]
    fn everything_that_is_wrong_is_said_with_its_place() {
        let written = json!({"rules": [
            {"name": "A", "senders": ["nobody"], "effect": "leave_to_people"},
            {"name": "B", "effect": "force", "playbook_id": "password_reset"},
        ]});
        let told = format!("{:?}", document(written).read().unwrap_err());
        for place in ["rules[0].senders[0]", "rules[1]"] {
            assert!(
                told.contains(&format!("\"path\": String({place:?})")),
                "{told}"
            );
        }
        for slip in [
            json!({"rule": []}),
            json!({"rules": [{"name": "A", "effect": "allow"}]}),
        ] {
            assert!(serde_json::from_value::<RulesDocument>(slip).is_err());
        }
    }
}
