//! A playbook version: one immutable text.

use serde::{Deserialize, Serialize, Serializer};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::caps::Caps;
use crate::names::{PlaybookName, StepId, Version};
use crate::parameter::Parameters;
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
    /// What a run is started with, by name: at most 20.
    #[serde(skip_serializing_if = "Parameters::is_empty")]
    pub inputs: Parameters,
    /// How often its runs may act.
    #[serde(skip_serializing_if = "Caps::is_empty")]
    pub caps: Caps,
    /// What it does, in order: 1 to 100 steps, fallbacks included. The steps of a group follow one another and name it;
    /// written, they stand in it.
    #[serde(serialize_with = "in_groups")]
    pub steps: Vec<Step>,
}

/// What stands in a playbook's list of steps.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Block<'a> {
    /// A step by itself.
    Step(&'a Step),
    /// Steps that run beside one another.
    Group(&'a StepId, &'a [Step]),
}

impl<'a> Block<'a> {
    /// The name of its state.
    #[must_use]
    pub fn id(self) -> &'a StepId {
        match self {
            Self::Step(step) => &step.id,
            Self::Group(id, _) => id,
        }
    }
}

impl PlaybookVersion {
    /// The step called `id`, be it a fallback or one of a group.
    #[must_use]
    pub fn step(&self, id: &str) -> Option<&Step> {
        self.each_step().find(|step| step.id == id)
    }

    /// The ids of all its steps in order, a fallback after the step it stands in for.
    pub fn step_ids(&self) -> impl Iterator<Item = &StepId> {
        self.each_step().map(|step| &step.id)
    }

    /// All its steps in order, a fallback after the step it stands in for.
    pub fn each_step(&self) -> impl Iterator<Item = &Step> {
        self.steps.iter().flat_map(Step::with_fallback)
    }

    /// What follows one another: steps, and groups of steps that run beside one another.
    pub fn blocks(&self) -> impl Iterator<Item = Block<'_>> {
        blocks(&self.steps)
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

fn blocks(steps: &[Step]) -> impl Iterator<Item = Block<'_>> {
    let same = |a: &Step, b: &Step| a.group.is_some() && a.group == b.group;
    steps.chunk_by(same).filter_map(|chunk| match chunk {
        [step] if step.group.is_none() => Some(Block::Step(step)),
        [first, ..] => Some(Block::Group(first.group.as_ref()?, chunk)),
        [] => None,
    })
}

/// A group as it is written.
#[derive(Serialize)]
struct Group<'a> {
    id: &'a StepId,
    parallel: &'a [Step],
}

fn in_groups<S: Serializer>(steps: &[Step], serializer: S) -> Result<S::Ok, S::Error> {
    let written = blocks(steps).map(|block| match block {
        Block::Step(step) => json!(step),
        Block::Group(id, parallel) => json!(Group { id, parallel }),
    });
    serializer.collect_seq(written)
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
