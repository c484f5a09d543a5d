//! Rules over all steps: a failed verification leads to no sensitive action, and none runs beside one.

use crate::flaw::{FlawCode, Flaws};
use crate::outline::Named;
use crate::step::{OnFailure, Step};

type Placed<'a> = (Step, &'a Named<'a>);

/// Where a verification says `goto`, every way from there meets another verification before a sensitive step.
pub(crate) fn ways_around(steps: &[Placed<'_>], flaws: &mut Flaws) {
    for (step, named) in steps {
        let OnFailure::Goto(target) = &step.on_failure else {
            continue;
        };
        if !step.service.is_verification() {
            continue;
        }
        if let Some(found) =
            position(steps, target.as_str()).and_then(|start| unguarded(steps, start))
        {
            let message = format!(
                "when this verification fails, `{}` would run without another one: go to a verification or escalate",
                found.id
            );
            let path = format!("{}.on_failure", named.path);
            flaws.add(&path, named.node.line, FlawCode::Unsafe, message);
        }
    }
}

/// Where the step or group called `id` begins.
fn position(steps: &[Placed<'_>], id: &str) -> Option<usize> {
    let named =
        |step: &Step| step.id == id || step.group.as_ref().is_some_and(|group| *group == id);
    steps.iter().position(|(step, _)| named(step))
}

/// The first sensitive step that can be met from `start` without passing a verification that always runs.
fn unguarded<'a>(steps: &'a [Placed<'_>], start: usize) -> Option<&'a Step> {
    let mut open = vec![start];
    let mut seen = vec![false; steps.len()];
    while let Some(at) = open.pop() {
        let Some((step, _)) = steps.get(at) else {
            continue;
        };
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

/// A verification and what it is to guard do not run at the same time.
pub(crate) fn groups(steps: &[Placed<'_>], flaws: &mut Flaws) {
    for (step, named) in steps {
        let Some(group) = &step.group else { continue };
        let mut others = steps.iter().map(|(other, _)| other);
        let beside = others
            .find(|other| other.group.as_ref() == Some(group) && other.service.is_verification());
        if let Some(verification) = beside.filter(|_| step.service.is_sensitive()) {
            let message = format!(
                "this action would not wait for the verification `{}` beside it: put the verification before the group",
                verification.id
            );
            flaws.add(&named.path, named.node.line, FlawCode::Unsafe, message);
        }
    }
}
