//! A rule over all steps: a failed verification leads to no sensitive action.

use crate::flaw::{FlawCode, Flaws};
use crate::node::Node;
use crate::step::{OnFailure, Step};

/// Where a verification says `goto`, every way from there meets another verification before a sensitive step.
pub(crate) fn fallbacks(steps: &[Step], nodes: &[Node], flaws: &mut Flaws) {
    for (at, step) in steps
        .iter()
        .enumerate()
        .filter(|(_, step)| step.service.is_verification())
    {
        let OnFailure::Goto(target) = &step.on_failure else {
            continue;
        };
        if let Some(found) =
            position(steps, target.as_str()).and_then(|start| unguarded(steps, start))
        {
            let message = format!(
                "when this verification fails, `{}` would run without another one: go to a verification or escalate",
                found.id
            );
            flaws.add(
                &format!("steps[{at}].on_failure"),
                nodes.get(at).and_then(|node| node.line),
                FlawCode::Unsafe,
                message,
            );
        }
    }
}

fn position(steps: &[Step], id: &str) -> Option<usize> {
    steps.iter().position(|step| step.id == id)
}

/// The first sensitive step that can be met from `start` without passing a verification that always runs.
fn unguarded(steps: &[Step], start: usize) -> Option<&Step> {
    let mut open = vec![start];
    let mut seen = vec![false; steps.len()];
    while let Some(at) = open.pop() {
        let Some(step) = steps.get(at) else { continue };
        if std::mem::replace(&mut seen[at], true)
            || (step.service.is_verification() && step.when.is_none())
        {
            continue;
        }
        if step.service.is_sensitive() {
            return Some(step);
        }
        open.push(at + 1);
        if let OnFailure::Goto(target) = &step.on_failure {
            open.extend(position(steps, target.as_str()));
        }
    }
    None
}
