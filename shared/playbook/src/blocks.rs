//! Reading the list of steps: steps by themselves, and groups of steps that run beside one another.

use crate::check;
use crate::fields::Fields;
use crate::flaw::{FlawCode, Flaws};
use crate::names::StepId;
use crate::node::{Node, Value};
use crate::outline::{Kind, Outline};
use crate::parameter::Parameters;
use crate::parse::MAX_STEPS;
use crate::read;
use crate::step::Step;

pub(crate) const GROUP_FIELDS: [&str; 2] = ["id", "parallel"];

/// Most steps of a group.
pub(crate) const MAX_GROUP: usize = 10;

/// Reads the steps. Where they have flaws those are added, and what comes back, if anything, is not to be used.
pub(crate) fn steps(node: &Node, inputs: &Parameters, flaws: &mut Flaws) -> Option<Vec<Step>> {
    let Value::List(nodes) = &node.value else {
        let message = format!("write a list of steps here, not {}", node.kind());
        flaws.add("steps", node.line, FlawCode::WrongType, message);
        return None;
    };
    if nodes.is_empty() {
        let message = "a playbook has at least one step: add one";
        flaws.add("steps", node.line, FlawCode::Missing, message);
    }
    let outline = Outline::of(nodes);
    if outline.steps() > MAX_STEPS {
        let message = format!(
            "a playbook has at most {MAX_STEPS} steps, not {}",
            outline.steps()
        );
        flaws.add("steps", node.line, FlawCode::TooLarge, message);
        return None;
    }
    let mut read = Vec::new();
    let mut sound = true;
    let mut in_group = None;
    for (at, named) in outline.all.iter().enumerate() {
        let step = match named.kind {
            Kind::Group => {
                in_group = group(at, &outline, flaws);
                sound &= in_group.is_some();
                continue;
            }
            // Read with the step that it stands in for.
            Kind::Fallback => continue,
            Kind::Step => read::step(at, &outline, inputs, flaws),
            Kind::Member => read::step(at, &outline, inputs, flaws).map(|step| Step {
                group: in_group.clone(),
                ..step
            }),
        };
        sound &= step.is_some();
        read.extend(step.map(|step| (step, named)));
    }
    if !sound {
        return None;
    }
    check::ways_around(&read, flaws);
    check::groups(&read, flaws);
    Some(read.into_iter().map(|(step, _)| step).collect())
}

/// What a group itself says; its steps are read one by one.
fn group(at: usize, outline: &Outline<'_>, flaws: &mut Flaws) -> Option<StepId> {
    let named = outline.all.get(at)?;
    let fields = Fields::open(named.node, &named.path, &GROUP_FIELDS, flaws)?;
    let id = read::id(&fields, at, outline, flaws);
    let members = fields.require("parallel", flaws)?;
    let path = fields.at("parallel");
    let Value::List(list) = &members.value else {
        let message = format!("write a list of steps here, not {}", members.kind());
        flaws.add(&path, members.line, FlawCode::WrongType, message);
        return None;
    };
    if !(2..=MAX_GROUP).contains(&list.len()) {
        let message = format!(
            "a group has 2 to {MAX_GROUP} steps that run beside one another, not {}",
            list.len()
        );
        flaws.add(&path, members.line, FlawCode::OutOfRange, message);
    }
    id
}
