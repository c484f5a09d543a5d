//! Reading a playbook's `inputs`.

use std::collections::BTreeSet;

use serde_json::Value as Json;

use crate::fields::{Fields, clip};
use crate::flaw::{FlawCode, Flaws, suggestion};
use crate::names::ParameterName;
use crate::node::{Node, Value};
use crate::parameter::{Parameter, ParameterKind, Parameters};
use crate::values;

/// Most inputs of a playbook.
pub(crate) const MAX_INPUTS: usize = 20;

/// Most characters of a text.
pub(crate) const MAX_CHARS: u32 = 4_000;

/// Characters of a text where the playbook does not say.
pub(crate) const DEFAULT_CHARS: u32 = 200;

/// How far from zero a whole number may be.
pub(crate) const MAX_INTEGER: i64 = 1_000_000_000;

/// Most words of a choice, and most characters of one.
pub(crate) const MAX_WORDS: usize = 50;
pub(crate) const MAX_WORD_CHARS: usize = 64;

const MAX_ABOUT_CHARS: usize = 300;

pub(crate) const KINDS: [&str; 7] = [
    "text",
    "integer",
    "choice",
    "user",
    "group",
    "licence",
    "timestamp",
];

const COMMON: [&str; 4] = ["type", "required", "default", "about"];

/// The inputs that have no flaw; a flaw is added for each other.
pub(crate) fn read(node: &Node, flaws: &mut Flaws) -> Parameters {
    let mut inputs = Parameters::new();
    let Value::Map(entries) = &node.value else {
        let message = format!("write a map of inputs here, not {}", node.kind());
        flaws.add("inputs", node.line, FlawCode::WrongType, message);
        return inputs;
    };
    if entries.len() > MAX_INPUTS {
        let message = format!(
            "a playbook has at most {MAX_INPUTS} inputs, not {}",
            entries.len()
        );
        flaws.add("inputs", node.line, FlawCode::TooLarge, message);
        return inputs;
    }
    for entry in entries {
        let path = format!("inputs.{}", clip(&entry.key));
        match entry.key.parse::<ParameterName>() {
            Err(error) => flaws.add(&path, entry.line, FlawCode::BadName, error.to_string()),
            Ok(name) if inputs.contains_key(&name) => {
                let message = format!("`{name}` stands twice: remove one");
                flaws.add(&path, entry.line, FlawCode::Duplicate, message);
            }
            Ok(name) => {
                if let Some(input) = input(&entry.node, &path, flaws) {
                    inputs.insert(name, input);
                }
            }
        }
    }
    inputs
}

fn input(node: &Node, path: &str, flaws: &mut Flaws) -> Option<Parameter> {
    let word = word(node);
    let own: &[&str] = match word {
        Some("text") => &["max_chars"],
        Some("integer") => &["min", "max"],
        Some("choice") => &["of"],
        _ => &[],
    };
    let known: Vec<&str> = COMMON.iter().chain(own).copied().collect();
    let fields = Fields::open(node, path, &known, flaws)?;
    let kind = kind(&fields, flaws);
    let required = fields.get("required").map(|node| (node, &node.value));
    let required = match required {
        None => false,
        Some((_, Value::Boolean(required))) => *required,
        Some((node, _)) => {
            let message = format!("write true or false here, not {}", node.kind());
            flaws.add(
                &fields.at("required"),
                node.line,
                FlawCode::WrongType,
                message,
            );
            false
        }
    };
    let about = fields.get("about").and_then(|node| {
        let text = values::text(node, &fields.at("about"), flaws)?;
        let fits = text.chars().count() <= MAX_ABOUT_CHARS && !text.chars().any(char::is_control);
        if !fits {
            let message = format!("write one line of at most {MAX_ABOUT_CHARS} characters");
            flaws.add(&fields.at("about"), node.line, FlawCode::TooLarge, message);
        }
        Some(text.to_owned())
    });
    let kind = kind?;
    let default = fields.get("default").and_then(|node| {
        let path = fields.at("default");
        let taken = kind.take(&plain(node));
        taken
            .map_err(|(code, message)| flaws.add(&path, node.line, code, message))
            .ok()
    });
    Some(Parameter {
        kind,
        required,
        default,
        about: about.unwrap_or_default(),
    })
}

/// `type` as written, so that its own fields are known while the map is opened.
fn word(node: &Node) -> Option<&str> {
    match &node.entry("type")?.value {
        Value::Text(text) => Some(text),
        _ => None,
    }
}

fn plain(node: &Node) -> Json {
    match &node.value {
        Value::Text(text) => Json::from(text.as_str()),
        Value::Integer(number) => Json::from(*number),
        _ => Json::Null,
    }
}

fn kind(fields: &Fields<'_>, flaws: &mut Flaws) -> Option<ParameterKind> {
    let node = fields.require("type", flaws)?;
    Some(match values::text(node, &fields.at("type"), flaws)? {
        "text" => ParameterKind::Text {
            max_chars: match fields.get("max_chars") {
                Some(node) => values::whole(
                    node,
                    &fields.at("max_chars"),
                    1..=MAX_CHARS,
                    "characters",
                    flaws,
                )?,
                None => DEFAULT_CHARS,
            },
        },
        "integer" => integer(fields, flaws)?,
        "choice" => ParameterKind::Choice {
            of: words(fields, flaws)?,
        },
        "user" => ParameterKind::User,
        "group" => ParameterKind::Group,
        "licence" => ParameterKind::Licence,
        "timestamp" => ParameterKind::Timestamp,
        other => {
            let near = suggestion(&clip(other), &KINDS);
            let message = format!("there is no type `{}`; {near}", clip(other));
            flaws.add(&fields.at("type"), node.line, FlawCode::Unknown, message);
            return None;
        }
    })
}

fn integer(fields: &Fields<'_>, flaws: &mut Flaws) -> Option<ParameterKind> {
    let mut bound = |key: &str, without: i64| match fields.get(key) {
        None => Some(without),
        Some(node) => match node.value {
            Value::Integer(number) if (-MAX_INTEGER..=MAX_INTEGER).contains(&number) => {
                Some(number)
            }
            _ => {
                let message = format!("write a whole number from -{MAX_INTEGER} to {MAX_INTEGER}");
                flaws.add(&fields.at(key), node.line, FlawCode::OutOfRange, message);
                None
            }
        },
    };
    let (min, max) = (bound("min", -MAX_INTEGER)?, bound("max", MAX_INTEGER)?);
    if min > max {
        let line = fields.get("max").and_then(|node| node.line);
        let message = "the most is less than the least: no number fits";
        flaws.add(&fields.at("max"), line, FlawCode::OutOfRange, message);
        return None;
    }
    Some(ParameterKind::Integer { min, max })
}

fn words(fields: &Fields<'_>, flaws: &mut Flaws) -> Option<Vec<String>> {
    let node = fields.require("of", flaws)?;
    let path = fields.at("of");
    let Value::List(list) = &node.value else {
        let message = format!("write a list of words here, not {}", node.kind());
        flaws.add(&path, node.line, FlawCode::WrongType, message);
        return None;
    };
    if !(1..=MAX_WORDS).contains(&list.len()) {
        let message = format!("write 1 to {MAX_WORDS} words, not {}", list.len());
        flaws.add(&path, node.line, FlawCode::OutOfRange, message);
        return None;
    }
    let mut seen = BTreeSet::new();
    for (at, node) in list.iter().enumerate() {
        let path = format!("{path}[{at}]");
        let text = values::text(node, &path, flaws)?;
        let chars = text.chars().count();
        if !(1..=MAX_WORD_CHARS).contains(&chars) || text.chars().any(char::is_control) {
            let message = format!("write one line of 1 to {MAX_WORD_CHARS} characters");
            flaws.add(&path, node.line, FlawCode::OutOfRange, message);
            return None;
        }
        if !seen.insert(text) {
            let message = format!("`{}` stands twice: remove one", clip(text));
            flaws.add(&path, node.line, FlawCode::Duplicate, message);
            return None;
        }
    }
    let text = |node: &Node| match &node.value {
        Value::Text(text) => Some(text.clone()),
        _ => None,
    };
    list.iter().map(text).collect()
}
