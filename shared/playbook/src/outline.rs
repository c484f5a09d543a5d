//! A playbook's steps as written, before any of them is known to be valid: so that one with a flaw can be referred to.

use crate::capability::Capability;
use crate::node::{Node, Value};

/// What stands somewhere in a list of steps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Step,
    Group,
    /// A step of a group.
    Member,
    /// What stands in for the step before it.
    Fallback,
}

/// A step, group or fallback, and where it stands.
pub(crate) struct Named<'a> {
    pub(crate) node: &'a Node,
    pub(crate) path: String,
    pub(crate) id: Option<String>,
    pub(crate) service: Option<Capability>,
    pub(crate) kind: Kind,
    /// Which place of the list it stands in: what shares one does not follow one another.
    pub(crate) block: usize,
}

/// Everything in a list of steps, in the order of the text.
pub(crate) struct Outline<'a> {
    pub(crate) all: Vec<Named<'a>>,
}

impl<'a> Outline<'a> {
    pub(crate) fn of(nodes: &'a [Node]) -> Self {
        let mut outline = Self { all: Vec::new() };
        for (block, node) in nodes.iter().enumerate() {
            let path = format!("steps[{block}]");
            match node.entry("parallel") {
                Some(members) => {
                    outline.add(node, path.clone(), Kind::Group, block);
                    if let Value::List(members) = &members.value {
                        for (at, member) in members.iter().enumerate() {
                            let path = format!("{path}.parallel[{at}]");
                            outline.step(member, path, Kind::Member, block);
                        }
                    }
                }
                None => outline.step(node, path, Kind::Step, block),
            }
        }
        outline
    }

    fn step(&mut self, node: &'a Node, path: String, kind: Kind, block: usize) {
        let fallback = node.entry("fallback");
        let inner = format!("{path}.fallback");
        self.add(node, path, kind, block);
        if let Some(fallback) = fallback {
            self.add(fallback, inner, Kind::Fallback, block);
        }
    }

    fn add(&mut self, node: &'a Node, path: String, kind: Kind, block: usize) {
        let service = text(node, "service").and_then(Capability::from_service);
        self.all.push(Named {
            node,
            path,
            id: text(node, "id").map(str::to_owned),
            service,
            kind,
            block,
        });
    }

    /// What is called `id`, and where it stands.
    pub(crate) fn find(&self, id: &str) -> Option<(usize, &Named<'a>)> {
        let mut all = self.all.iter().enumerate();
        all.find(|(_, named)| named.id.as_deref() == Some(id))
    }

    /// The ids of what `fits`.
    pub(crate) fn ids(&self, fits: impl Fn(&Named<'a>) -> bool) -> Vec<&str> {
        let all = self.all.iter().filter(|named| fits(named));
        all.filter_map(|named| named.id.as_deref()).collect()
    }

    /// How many steps there are, fallbacks included.
    pub(crate) fn steps(&self) -> usize {
        let all = self.all.iter();
        all.filter(|named| named.kind != Kind::Group).count()
    }
}

fn text<'a>(node: &'a Node, key: &str) -> Option<&'a str> {
    match &node.entry(key)?.value {
        Value::Text(text) => Some(text),
        _ => None,
    }
}
