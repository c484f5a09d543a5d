//! A playbook's `caps`: how often its runs may act.

use std::ops::RangeInclusive;

use serde::Serialize;

use crate::fields::Fields;
use crate::flaw::{FlawCode, Flaws};
use crate::node::Node;
use crate::values;

pub(crate) const FIELDS: [&str; 2] = ["per_hour", "per_subject_per_day"];

/// What each may say.
pub(crate) const PER_HOUR: RangeInclusive<u32> = 1..=10_000;
pub(crate) const PER_SUBJECT_PER_DAY: RangeInclusive<u32> = 1..=100;

/// How often the runs of a playbook may act in one organization. A run counts once, with its first sensitive action.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Caps {
    /// Most runs that act in an hour of the clock.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub per_hour: Option<u32>,
    /// Most runs that act on the same person in a day, in UTC.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub per_subject_per_day: Option<u32>,
}

impl Caps {
    /// Whether it says nothing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

pub(crate) fn read(node: &Node, flaws: &mut Flaws) -> Option<Caps> {
    let fields = Fields::open(node, "caps", &FIELDS, flaws)?;
    let mut cap = |name: &str, range| {
        let node = fields.get(name)?;
        values::whole(node, &fields.at(name), range, "runs", flaws)
    };
    let caps = Caps {
        per_hour: cap("per_hour", PER_HOUR),
        per_subject_per_day: cap("per_subject_per_day", PER_SUBJECT_PER_DAY),
    };
    if FIELDS.iter().all(|name| fields.get(name).is_none()) {
        let message = "say per_hour, per_subject_per_day or both, or leave caps out";
        flaws.add("caps", node.line, FlawCode::Missing, message);
    }
    Some(caps)
}
