//! Names: of a playbook, of a step, of a version.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// Why a name is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadName {
    /// Not small letters, digits and single underscores, starting with a letter.
    #[error("write a name of small letters, digits and single underscores, starting with a letter")]
    Spelling,
    /// Longer than 64 characters.
    #[error("write at most 64 characters")]
    TooLong,
    /// Begins as the states do that take steps back.
    #[error(
        "a step's name does not begin with undo_: the states that take steps back are called so"
    )]
    Undo,
    /// A word with a meaning of its own.
    #[error("this word is reserved; choose another name")]
    Reserved,
    /// Not `major.minor`.
    #[error("write a version as \"major.minor\", such as \"1.2\", in quotes")]
    Version,
}

/// A playbook's name, such as `password_reset`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct PlaybookName(String);

/// A step's id, such as `verify_mfa`: also the name of its state.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct StepId(String);

/// A playbook input's name, such as `days`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ParameterName(String);

/// States that every machine has, and words that an expression cannot name a step by.
const RESERVED: [&str; 24] = [
    "complete",
    "escalate",
    "escalated",
    "as",
    "break",
    "const",
    "continue",
    "else",
    "false",
    "for",
    "function",
    "if",
    "import",
    "in",
    "let",
    "loop",
    "namespace",
    "null",
    "package",
    "return",
    "true",
    "var",
    "void",
    "while",
];

fn snake_case(text: &str) -> Result<(), BadName> {
    if text.chars().count() > 64 {
        return Err(BadName::TooLong);
    }
    let word = |part: &str| {
        !part.is_empty()
            && part
                .bytes()
                .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
    };
    if text.starts_with(|first: char| first.is_ascii_lowercase()) && text.split('_').all(word) {
        Ok(())
    } else {
        Err(BadName::Spelling)
    }
}

impl FromStr for PlaybookName {
    type Err = BadName;

    fn from_str(text: &str) -> Result<Self, BadName> {
        snake_case(text)?;
        Ok(Self(text.to_owned()))
    }
}

impl FromStr for StepId {
    type Err = BadName;

    fn from_str(text: &str) -> Result<Self, BadName> {
        if text.starts_with("undo_") {
            return Err(BadName::Undo);
        }
        Ok(Self(word(text)?.to_owned()))
    }
}

impl FromStr for ParameterName {
    type Err = BadName;

    fn from_str(text: &str) -> Result<Self, BadName> {
        Ok(Self(word(text)?.to_owned()))
    }
}

/// A name that an expression can name.
fn word(text: &str) -> Result<&str, BadName> {
    snake_case(text)?;
    if RESERVED.contains(&text) {
        return Err(BadName::Reserved);
    }
    Ok(text)
}

macro_rules! text_of {
    ($($name:ident),*) => {$(
        impl $name {
            /// The name as text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl TryFrom<String> for $name {
            type Error = BadName;

            fn try_from(text: String) -> Result<Self, BadName> {
                text.parse()
            }
        }

        impl From<$name> for String {
            fn from(name: $name) -> Self {
                name.0
            }
        }

        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                &self.0
            }
        }

        impl PartialEq<str> for $name {
            fn eq(&self, other: &str) -> bool {
                self.0 == other
            }
        }

        impl PartialEq<&str> for $name {
            fn eq(&self, other: &&str) -> bool {
                self.0 == *other
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    )*};
}

text_of!(PlaybookName, StepId, ParameterName);

/// Which text of a playbook: `major.minor`, ordered as numbers (`1.10` follows `1.9`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Version {
    /// Before the point.
    pub major: u32,
    /// After the point.
    pub minor: u32,
}

impl FromStr for Version {
    type Err = BadName;

    fn from_str(text: &str) -> Result<Self, BadName> {
        let number = |part: &str| {
            let plain = part.len() <= 6
                && part.bytes().all(|b| b.is_ascii_digit())
                && (part == "0" || !part.starts_with('0'));
            if plain {
                part.parse().map_err(|_| BadName::Version)
            } else {
                Err(BadName::Version)
            }
        };
        let (major, minor) = text.split_once('.').ok_or(BadName::Version)?;
        Ok(Self {
            major: number(major)?,
            minor: number(minor)?,
        })
    }
}

impl TryFrom<String> for Version {
    type Error = BadName;

    fn try_from(text: String) -> Result<Self, BadName> {
        text.parse()
    }
}

impl From<Version> for String {
    fn from(version: Version) -> Self {
        version.to_string()
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.major, self.minor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_snake_case_of_at_most_64_characters() {
        assert!("password_reset".parse::<PlaybookName>().is_ok());
        for bad in ["", "_a", "a_", "a__b", "A", "1a", "a-b", "ä"] {
            assert_eq!(
                bad.parse::<PlaybookName>(),
                Err(BadName::Spelling),
                "{bad:?}"
            );
        }
        assert_eq!(
            "a".repeat(65).parse::<PlaybookName>(),
            Err(BadName::TooLong)
        );
    }

    #[test]
    fn a_step_is_not_called_like_a_state_or_a_word_of_cel() {
        for bad in ["complete", "escalate", "escalated", "in", "null"] {
            assert_eq!(bad.parse::<StepId>(), Err(BadName::Reserved), "{bad}");
        }
    }

    #[test]
    fn a_step_is_not_called_like_a_state_that_takes_one_back() {
        assert_eq!("undo_grant".parse::<StepId>(), Err(BadName::Undo));
        assert!("undo".parse::<StepId>().is_ok());
        assert!("undo_grant".parse::<ParameterName>().is_ok());
    }

    #[test]
    fn versions_are_ordered_as_numbers() {
        let of = |text: &str| text.parse::<Version>().unwrap();
        assert!(of("1.10") > of("1.9"));
        for bad in [
            "1",
            "1.",
            ".1",
            "1.2.3",
            "01.2",
            "v1.2",
            "1.-2",
            "1.9999999",
            "1.+2",
        ] {
            assert_eq!(bad.parse::<Version>(), Err(BadName::Version), "{bad}");
        }
    }
}
