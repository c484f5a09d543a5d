//! Reading a map: unknown fields, duplicates and missing ones are flaws, and reading goes on.

use crate::flaw::{FlawCode, Flaws, suggestion};
use crate::node::{Entry, Node, Value};

/// A map whose keys are known.
pub(crate) struct Fields<'a> {
    entries: &'a [Entry],
    pub(crate) path: &'a str,
    line: Option<u32>,
}

impl<'a> Fields<'a> {
    /// Opens the map at `path`, reporting keys that are not `known` and keys that stand twice.
    pub(crate) fn open(
        node: &'a Node,
        path: &'a str,
        known: &[&str],
        flaws: &mut Flaws,
    ) -> Option<Self> {
        let Value::Map(entries) = &node.value else {
            flaws.add(
                path,
                node.line,
                FlawCode::WrongType,
                format!("write a map here, not {}", node.kind()),
            );
            return None;
        };
        for (at, Entry { key, line, .. }) in entries.iter().enumerate() {
            if entries[..at].iter().any(|earlier| earlier.key == *key) {
                flaws.add(
                    &join(path, key),
                    *line,
                    FlawCode::Duplicate,
                    format!("`{}` stands twice: remove one", clip(key)),
                );
            } else if !known.contains(&key.as_str()) {
                let message = format!(
                    "there is no field `{}` here; {}",
                    clip(key),
                    suggestion(&clip(key), known)
                );
                flaws.add(&join(path, key), *line, FlawCode::Unknown, message);
            }
        }
        Some(Self {
            entries,
            path,
            line: node.line,
        })
    }

    /// The value of `key`.
    pub(crate) fn get(&self, key: &str) -> Option<&'a Node> {
        self.entries
            .iter()
            .find(|entry| entry.key == key)
            .map(|entry| &entry.node)
    }

    /// The value of `key`, which must be there.
    pub(crate) fn require(&self, key: &str, flaws: &mut Flaws) -> Option<&'a Node> {
        let found = self.get(key);
        if found.is_none() {
            flaws.add(
                &join(self.path, key),
                self.line,
                FlawCode::Missing,
                format!("`{key}` is missing: add it"),
            );
        }
        found
    }

    /// The path of `key`.
    pub(crate) fn at(&self, key: &str) -> String {
        join(self.path, key)
    }
}

fn join(path: &str, key: &str) -> String {
    let key = clip(key);
    if path == "$" {
        key
    } else {
        format!("{path}.{key}")
    }
}

/// The start of what somebody wrote, fit to print.
pub(crate) fn clip(text: &str) -> String {
    text.chars()
        .take(64)
        .map(|c| if c.is_control() { '\u{fffd}' } else { c })
        .collect()
}
