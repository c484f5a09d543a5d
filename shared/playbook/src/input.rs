//! What a step's `with` takes: one rule per key.

use crate::pairs;
use crate::template::Part;

/// One key of a step's `with`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct InputRule {
    /// The key.
    pub name: &'static str,
    /// What it holds.
    pub kind: InputKind,
    /// Whether a step must give it.
    pub required: bool,
    /// What it is for, in one sentence.
    pub about: &'static str,
}

/// What a key of `with` holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InputKind {
    /// A text of 1 to `max_chars` characters; may hold `{{ … }}`.
    Text {
        /// Most characters, after rendering.
        max_chars: usize,
    },
    /// A text that holds `placeholder` exactly once, where delivery puts what no playbook may see.
    Message {
        /// Most characters, after rendering.
        max_chars: usize,
        /// What must stand in it once.
        placeholder: &'static str,
    },
    /// `Name=value; Name=value`, at most 20; a value may hold `{{ … }}`. Or one `{{ … }}` that gives such a text.
    Pairs,
    /// One `{{ … }}` and nothing else: a handle that an earlier step gave.
    Reference,
    /// One of these words.
    Choice(&'static [&'static str]),
    /// A whole number from `min` to `max`.
    Integer {
        /// Least.
        min: i64,
        /// Most.
        max: i64,
    },
}

impl InputKind {
    /// Most characters a rendered text may have.
    #[must_use]
    pub fn max_chars(self) -> usize {
        match self {
            Self::Text { max_chars } | Self::Message { max_chars, .. } => max_chars,
            Self::Pairs => 4_096,
            Self::Reference | Self::Choice(_) | Self::Integer { .. } => 256,
        }
    }

    /// Says what is wrong with a finished text, if anything is.
    pub(crate) fn check_text(self, text: &str) -> Result<(), String> {
        if text.is_empty() {
            return Err("the text is empty".to_owned());
        }
        if text.chars().count() > self.max_chars() {
            return Err(format!(
                "the text is longer than {} characters",
                self.max_chars()
            ));
        }
        if text.chars().any(|c| c.is_control() && c != '\n') {
            return Err("the text holds a control character".to_owned());
        }
        match self {
            Self::Text { .. } | Self::Reference => Ok(()),
            Self::Message { placeholder, .. } if text.matches(placeholder).count() == 1 => Ok(()),
            Self::Message { placeholder, .. } => Err(format!("write {placeholder} exactly once")),
            Self::Pairs => pairs::split(&[Part::Literal(text)]).map(drop),
            Self::Choice(words) if words.contains(&text) => Ok(()),
            Self::Choice(words) => Err(format!("write one of: {}", words.join(", "))),
            Self::Integer { .. } => Err("write a whole number, without quotes".to_owned()),
        }
    }

    /// Says what is wrong with a finished number, if anything is.
    pub(crate) fn check_integer(self, number: i64) -> Result<(), String> {
        match self {
            Self::Integer { min, max } if (min..=max).contains(&number) => Ok(()),
            Self::Integer { min, max } => Err(format!("write a whole number from {min} to {max}")),
            _ => Err("write a text, in quotes if it looks like a number".to_owned()),
        }
    }
}
