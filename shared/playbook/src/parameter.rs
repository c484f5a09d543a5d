//! What a run is started with: a playbook's `inputs`.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Serialize;
use serde_json::{Map, Value};

use crate::flaw::{Flaw, FlawCode};
use crate::names::ParameterName;
use crate::version::PlaybookVersion;

/// A playbook's inputs by name.
pub(crate) type Parameters = BTreeMap<ParameterName, Parameter>;

/// One value that a run is started with.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Parameter {
    /// What it may be.
    #[serde(flatten)]
    pub kind: ParameterKind,
    /// Whether a run cannot start without it.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub required: bool,
    /// What it is where nobody says.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub default: Option<Value>,
    /// What it is for, at most 300 characters.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub about: String,
}

/// What an input may be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum ParameterKind {
    /// Some words.
    Text {
        /// Most characters, 1 to 4000.
        max_chars: u32,
    },
    /// A whole number.
    Integer {
        /// Least.
        min: i64,
        /// Most.
        max: i64,
    },
    /// One of these words.
    Choice {
        /// The words.
        of: Vec<String>,
    },
    /// A user's id in the directory.
    User,
    /// A group's id in the directory.
    Group,
    /// A licence: the id of what was bought, or its part number.
    Licence,
    /// A moment with its zone; kept in UTC.
    Timestamp,
}

/// The input called `name`.
pub(crate) fn named<'a>(inputs: &'a Parameters, name: &str) -> Option<&'a Parameter> {
    let mut inputs = inputs.iter();
    inputs
        .find(|(known, _)| **known == *name)
        .map(|(_, input)| input)
}

/// Most bytes of an id in the directory.
pub(crate) const MAX_ID_BYTES: usize = 128;

impl ParameterKind {
    /// The word in `type`.
    #[must_use]
    pub fn word(&self) -> &'static str {
        match self {
            Self::Text { .. } => "text",
            Self::Integer { .. } => "integer",
            Self::Choice { .. } => "choice",
            Self::User => "user",
            Self::Group => "group",
            Self::Licence => "licence",
            Self::Timestamp => "timestamp",
        }
    }

    /// The value as an expression reads it, or what to give instead. Says nothing of the value itself.
    pub(crate) fn take(&self, value: &Value) -> Result<Value, (FlawCode, String)> {
        let wrong = |what: &str| (FlawCode::WrongType, format!("give {what}"));
        let outside = |what: String| (FlawCode::OutOfRange, what);
        if let Self::Integer { min, max } = self {
            let number = value.as_i64().ok_or_else(|| wrong("a whole number"))?;
            return if (min..=max).contains(&&number) {
                Ok(Value::from(number))
            } else {
                Err(outside(format!("give a whole number from {min} to {max}")))
            };
        }
        let text = value.as_str().ok_or_else(|| wrong("a text"))?;
        match self {
            Self::Text { max_chars } => {
                let chars = text.chars().count();
                let fits = (1..=*max_chars as usize).contains(&chars);
                if !fits || text.chars().any(|c| c.is_control() && c != '\n') {
                    return Err(outside(format!(
                        "give 1 to {max_chars} characters, none of them a control character"
                    )));
                }
            }
            Self::Choice { of } => {
                if !of.iter().any(|word| word == text) {
                    return Err(outside(format!("give one of: {}", of.join(", "))));
                }
            }
            Self::User | Self::Group | Self::Licence => {
                let plain = |b: u8| b.is_ascii_alphanumeric() || b"-_.@".contains(&b);
                if text.is_empty() || text.len() > MAX_ID_BYTES || !text.bytes().all(plain) {
                    return Err(outside(format!(
                        "give an id: 1 to {MAX_ID_BYTES} letters, digits or -_.@"
                    )));
                }
            }
            Self::Timestamp => {
                let at: Timestamp = text.parse().map_err(|_| {
                    outside("give a moment with its zone, such as 2026-12-31T17:00:00Z".to_owned())
                })?;
                return Ok(Value::from(at.to_string()));
            }
            Self::Integer { .. } => {}
        }
        Ok(Value::from(text))
    }
}

impl PlaybookVersion {
    /// The inputs that a run cannot start without: required, and without a default.
    pub fn needs(&self) -> impl Iterator<Item = &ParameterName> {
        let inputs = self.inputs.iter();
        inputs
            .filter(|(_, input)| input.required && input.default.is_none())
            .map(|(name, _)| name)
    }
}

/// What a run of `version` is started with, of all that a caller `given`: defaults filled in, each value checked, what
/// the playbook does not ask for left out. A null counts as not given.
///
/// # Errors
/// Everything that does not fit, by input; no message repeats a value.
pub fn check_inputs(
    version: &PlaybookVersion,
    given: &Map<String, Value>,
) -> Result<Map<String, Value>, Vec<Flaw>> {
    let mut taken = Map::new();
    let mut flaws = Vec::new();
    let mut refuse = |name: &ParameterName, code, message| {
        flaws.push(Flaw {
            path: format!("inputs.{name}"),
            line: None,
            code,
            message,
        });
    };
    for (name, input) in &version.inputs {
        let value = given.get(name.as_str()).filter(|value| !value.is_null());
        match (value, &input.default) {
            (Some(value), _) => match input.kind.take(value) {
                Ok(value) => {
                    taken.insert(name.to_string(), value);
                }
                Err((code, message)) => refuse(name, code, message),
            },
            (None, Some(default)) => {
                taken.insert(name.to_string(), default.clone());
            }
            (None, None) if input.required => {
                let message = format!("`{name}` is missing: give {}", article(&input.kind));
                refuse(name, FlawCode::Missing, message);
            }
            (None, None) => {}
        }
    }
    if flaws.is_empty() {
        Ok(taken)
    } else {
        Err(flaws)
    }
}

fn article(kind: &ParameterKind) -> &'static str {
    match kind {
        ParameterKind::Text { .. } => "a text",
        ParameterKind::Integer { .. } => "a whole number",
        ParameterKind::Choice { .. } => "one of the words it takes",
        ParameterKind::User => "a user's id",
        ParameterKind::Group => "a group's id",
        ParameterKind::Licence => "a licence",
        ParameterKind::Timestamp => "a moment with its zone",
    }
}
