//! Text, or a stored document, to a [`PlaybookVersion`].

use serde_json::Value as Json;

use crate::caps::{self, Caps};
use crate::fields::Fields;
use crate::flaw::{Flaw, FlawCode, Flaws};
use crate::names::Version;
use crate::node::{Node, Value};
use crate::parameter::Parameters;
use crate::version::PlaybookVersion;
use crate::{blocks, parameters, values, yaml};

/// Longest text of a playbook.
pub const MAX_TEXT_BYTES: usize = 64 * 1024;

/// Most steps of a playbook, fallbacks included.
pub const MAX_STEPS: usize = 100;

const MAX_DESCRIPTION_CHARS: usize = 1_000;

pub(crate) const FIELDS: [&str; 7] = [
    "name",
    "version",
    "description",
    "enabled",
    "inputs",
    "caps",
    "steps",
];

/// Reads a playbook from YAML or JSON.
///
/// # Errors
/// Everything that is wrong with it, in the order of the text, at most 100 flaws. A text that is not YAML has one.
pub fn parse(text: &str) -> Result<PlaybookVersion, Vec<Flaw>> {
    document(&read_text(text)?, None)
}

/// Reads a playbook whose version somebody else will number: one that says none is `1.0` until then.
///
/// # Errors
/// As [`parse`].
pub fn parse_draft(text: &str) -> Result<PlaybookVersion, Vec<Flaw>> {
    document(&read_text(text)?, Some(Version { major: 1, minor: 0 }))
}

fn read_text(text: &str) -> Result<Node, Vec<Flaw>> {
    if text.len() > MAX_TEXT_BYTES {
        return Err(too_large(format!(
            "a playbook has at most {MAX_TEXT_BYTES} bytes, not {}",
            text.len()
        )));
    }
    yaml::read(text).map_err(|flaw| vec![flaw])
}

/// Reads a playbook that was stored as JSON.
pub(crate) fn from_json(stored: &Json) -> Result<PlaybookVersion, Vec<Flaw>> {
    match Node::from_json(stored, 0) {
        Some(root) => document(&root, None),
        None => Err(too_large("a playbook nests less deep than this".to_owned())),
    }
}

fn too_large(message: String) -> Vec<Flaw> {
    vec![Flaw {
        path: "$".to_owned(),
        line: None,
        code: FlawCode::TooLarge,
        message,
    }]
}

fn document(root: &Node, unnumbered: Option<Version>) -> Result<PlaybookVersion, Vec<Flaw>> {
    let mut flaws = Flaws::default();
    let version = version(root, unnumbered, &mut flaws);
    match version {
        Some(version) if flaws.is_empty() => Ok(version),
        _ => {
            let mut found = flaws.into_vec();
            found.sort_by_key(|flaw| flaw.line);
            Err(found)
        }
    }
}

fn version(root: &Node, unnumbered: Option<Version>, flaws: &mut Flaws) -> Option<PlaybookVersion> {
    let fields = Fields::open(root, "$", &FIELDS, flaws)?;
    let name = fields
        .require("name", flaws)
        .and_then(|node| values::name(node, "name", flaws));
    let version = match (fields.get("version"), unnumbered) {
        (None, Some(unnumbered)) => Some(unnumbered),
        _ => fields
            .require("version", flaws)
            .and_then(|node| values::name(node, "version", flaws)),
    };
    let description = fields
        .get("description")
        .and_then(|node| description(node, flaws))
        .unwrap_or_default();
    if let Some(node) = fields
        .get("enabled")
        .filter(|node| !matches!(node.value, Value::Boolean(_)))
    {
        flaws.add(
            "enabled",
            node.line,
            FlawCode::WrongType,
            format!("write true or false here, not {}", node.kind()),
        );
    }
    let inputs = match fields.get("inputs") {
        Some(node) => parameters::read(node, flaws),
        None => Parameters::new(),
    };
    let caps = match fields.get("caps") {
        Some(node) => caps::read(node, flaws),
        None => Some(Caps::default()),
    };
    let steps = fields
        .require("steps", flaws)
        .and_then(|node| blocks::steps(node, &inputs, flaws));
    Some(PlaybookVersion {
        name: name?,
        version: version?,
        description,
        inputs,
        caps: caps?,
        steps: steps?,
    })
}

fn description(node: &Node, flaws: &mut Flaws) -> Option<String> {
    let text = values::text(node, "description", flaws)?;
    if text.chars().count() > MAX_DESCRIPTION_CHARS {
        let message = format!("write at most {MAX_DESCRIPTION_CHARS} characters");
        flaws.add("description", node.line, FlawCode::TooLarge, message);
    }
    if text.chars().any(|c| c.is_control() && c != '\n') {
        flaws.add(
            "description",
            node.line,
            FlawCode::OutOfRange,
            "the text holds a control character: remove it",
        );
    }
    Some(text.to_owned())
}
