//! A playbook version: one immutable text.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::names::{PlaybookName, StepId, Version};
use crate::step::Step;
use crate::{canonical, parse, write};

/// One immutable text of a playbook. [`crate::parse`] makes it from text and `Deserialize` from what was stored; both
/// check everything, so a version in hand is a valid one.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Value")]
#[non_exhaustive]
pub struct PlaybookVersion {
    /// Which playbook.
    pub name: PlaybookName,
    /// Which of its texts.
    pub version: Version,
    /// What it is for, at most 1000 characters.
    pub description: String,
    /// What it does, in order: 1 to 100 steps.
    pub steps: Vec<Step>,
}

impl PlaybookVersion {
    /// The step called `id`.
    #[must_use]
    pub fn step(&self, id: &str) -> Option<&Step> {
        self.steps.iter().find(|step| step.id == id)
    }

    /// The ids of its steps, in order.
    pub fn step_ids(&self) -> impl Iterator<Item = &StepId> {
        self.steps.iter().map(|step| &step.id)
    }

    /// The canonical JSON: keys sorted, no spaces. `Deserialize` reads it back.
    #[must_use]
    pub fn to_json(&self) -> String {
        canonical::compact(&json!(self))
    }

    /// SHA-256 (hex) over [`Self::to_json`]. Two texts that say the same have the same one.
    #[must_use]
    pub fn checksum(&self) -> String {
        hex::encode(Sha256::digest(self.to_json()))
    }

    /// The version as YAML that [`crate::parse`] reads back to an equal version.
    #[must_use]
    pub fn to_yaml(&self) -> String {
        write::yaml(self)
    }
}

impl TryFrom<Value> for PlaybookVersion {
    type Error = String;

    fn try_from(stored: Value) -> Result<Self, String> {
        parse::from_json(&stored).map_err(|flaws| match flaws.first() {
            Some(flaw) => flaw.to_string(),
            None => "not a playbook".to_owned(),
        })
    }
}
