//! The branches of a machine: what a set of walks has to take so that nothing of it was left out.
//!
//! The way straight through is one branch. Each way off it is another: out of a step whose silence, refusal or failure
//! leads somewhere else, out of a group, and out of what only such a way leads to. A step with a `when` has two more, acting
//! and being skipped. What `Complete` and `Escalate` do, and the states that take steps back, is the same in every machine
//! and no branch.

use std::collections::BTreeSet;
use std::fmt;

use serde_json::Value;

use crate::names::StepId;
use crate::version::PlaybookVersion;
use crate::walk::{BadMachine, Came, END, OUT, Passage, branches as branches_of, next};

/// A branch of a machine.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Branch {
    /// From the first state to the good end, nothing failing.
    Through,
    /// A step's `when` said yes.
    Acts {
        /// The step.
        step: String,
    },
    /// A step's `when` said no.
    Skips {
        /// The step.
        step: String,
    },
    /// A way off the straight one.
    Way {
        /// The state that is left.
        from: String,
        /// The state that is entered.
        to: String,
        /// The errors that lead there; none where success does.
        on: Vec<String>,
    },
}

impl fmt::Display for Branch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Through => f.write_str("straight through"),
            Self::Acts { step } => write!(f, "{step} acts"),
            Self::Skips { step } => write!(f, "{step} is skipped"),
            Self::Way { from, to, on } if on.is_empty() => write!(f, "{from} → {to}"),
            Self::Way { from, to, on } => write!(f, "{from} → {to} on {}", on.join(", ")),
        }
    }
}

impl Branch {
    /// Whether a walk that took these ways took this one.
    #[must_use]
    pub fn is_taken(&self, passages: &[Passage]) -> bool {
        let skipped = |passage: &&Passage| passage.came == Came::Skipped;
        match self {
            Self::Through => {
                let failed = |passage: &Passage| matches!(passage.came, Came::Failed(_));
                passages.last().is_some_and(|last| last.to == END) && !passages.iter().any(failed)
            }
            Self::Acts { step } => {
                let mut left = passages.iter().filter(|passage| passage.from == *step);
                left.any(|passage| !skipped(&passage))
            }
            Self::Skips { step } => {
                let mut left = passages.iter().filter(|passage| passage.from == *step);
                left.any(|passage| skipped(&passage))
            }
            Self::Way { from, to, .. } => passages
                .iter()
                .any(|passage| passage.from == *from && passage.to == *to),
        }
    }
}

/// The branches of a version's machine, the straight way first.
///
/// # Errors
/// When the machine is not one that the compiler makes.
pub fn branches(version: &PlaybookVersion, machine: &Value) -> Result<Vec<Branch>, BadMachine> {
    let mut straight = BTreeSet::new();
    follow(machine, &mut straight)?;
    let mut found = vec![Branch::Through];
    for step in version.each_step().filter(|step| step.when.is_some()) {
        let step = step.id.to_string();
        found.push(Branch::Acts { step: step.clone() });
        found.push(Branch::Skips { step });
    }
    ways(machine, &straight, &mut found)?;
    let order: Vec<&str> = version
        .each_step()
        .flat_map(|step| step.group.as_ref().into_iter().chain([&step.id]))
        .map(StepId::as_str)
        .collect();
    found.sort_by_key(|branch| match branch {
        Branch::Through => 0,
        Branch::Acts { step: at } | Branch::Skips { step: at } | Branch::Way { from: at, .. } => {
            1 + order.iter().position(|id| id == at).unwrap_or(order.len())
        }
    });
    Ok(found)
}

/// The states that follow one another while nothing fails, those of groups included.
fn follow<'m>(scope: &'m Value, straight: &mut BTreeSet<&'m str>) -> Result<(), BadMachine> {
    let mut at = scope["StartAt"].as_str();
    while let Some(name) = at.filter(|name| straight.insert(name)) {
        let state = &scope["States"][name];
        if state["Type"] == "Parallel" {
            for branch in branches_of(name, state)? {
                follow(branch, straight)?;
            }
        }
        at = match state["Type"].as_str() {
            Some("Succeed" | "Fail") => None,
            _ => next(name, state)?,
        };
    }
    Ok(())
}

/// The ways off the straight one, out of steps and groups that have more than one way out.
fn ways(
    scope: &Value,
    straight: &BTreeSet<&str>,
    found: &mut Vec<Branch>,
) -> Result<(), BadMachine> {
    for (name, state) in scope["States"].as_object().into_iter().flatten() {
        let is_group = state["Type"] == "Parallel";
        let payload = &state["Parameters"]["Payload"];
        let is_step = payload["step"].is_string() && payload["undo"] != true;
        if !is_group && !is_step {
            continue;
        }
        let done = next(name, state)?.unwrap_or(END);
        let mut out: Vec<(String, Vec<String>)> = vec![(done.to_owned(), Vec::new())];
        for catcher in state["Catch"].as_array().into_iter().flatten() {
            let to = catcher["Next"].as_str().unwrap_or(OUT);
            let errors = catcher["ErrorEquals"].as_array().into_iter().flatten();
            let errors = errors.filter_map(|error| error.as_str().map(str::to_owned));
            match out.iter_mut().find(|(there, _)| there == to) {
                Some((_, on)) => on.extend(errors),
                None => out.push((to.to_owned(), errors.collect())),
            }
        }
        let off = |(to, _): &(String, Vec<String>)| to != done || !straight.contains(name.as_str());
        if out.len() > 1 {
            for (to, on) in out.into_iter().filter(off) {
                let on = if to == done { Vec::new() } else { on };
                let from = name.clone();
                found.push(Branch::Way { from, to, on });
            }
        }
        if is_group {
            for branch in branches_of(name, state)? {
                ways(branch, straight, found)?;
            }
        }
    }
    Ok(())
}
