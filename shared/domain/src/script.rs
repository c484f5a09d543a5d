//! A script for somebody's device: what identifies its version, and what may be handed to it.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::fmt;

const MOST_PARAMETERS: usize = 20;
const LONGEST_NAME: usize = 64;
const LONGEST_VALUE: usize = 256;
/// Inside double quotes none of these means anything to cmd.exe, PowerShell, a POSIX shell, or whatever splits a command
/// line on Windows.
const PUNCTUATION: &[u8] = b" _.,:@/+=-";

/// SHA-256 of a script's definition in canonical JSON: no white space, members in the order of their names. A tenant's
/// allow-list holds these.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ScriptHash([u8; 32]);

impl ScriptHash {
    /// The hash of a definition.
    #[must_use]
    pub fn of(definition: &Value) -> Self {
        let mut text = String::new();
        canonical(definition, &mut text);
        Self(Sha256::digest(text).into())
    }

    /// Reads 64 hexadecimal digits.
    ///
    /// # Errors
    /// A sentence when `text` is something else.
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        let mut bytes = [0; 32];
        hex::decode_to_slice(text, &mut bytes)
            .map_err(|_| "a script's hash is 64 hexadecimal digits")?;
        Ok(Self(bytes))
    }
}

impl fmt::Display for ScriptHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

impl TryFrom<String> for ScriptHash {
    type Error = &'static str;
    fn try_from(text: String) -> Result<Self, &'static str> {
        Self::parse(&text)
    }
}

impl From<ScriptHash> for String {
    fn from(hash: ScriptHash) -> Self {
        hash.to_string()
    }
}

fn canonical(value: &Value, text: &mut String) {
    match value {
        Value::Object(members) => {
            let sorted: BTreeMap<_, _> = members.iter().collect();
            for (at, (name, member)) in sorted.into_iter().enumerate() {
                text.push(if at == 0 { '{' } else { ',' });
                text.push_str(&Value::from(name.as_str()).to_string());
                text.push(':');
                canonical(member, text);
            }
            text.push_str(if members.is_empty() { "{}" } else { "}" });
        }
        Value::Array(items) => {
            for (at, item) in items.iter().enumerate() {
                text.push(if at == 0 { '[' } else { ',' });
                canonical(item, text);
            }
            text.push_str(if items.is_empty() { "[]" } else { "]" });
        }
        plain => text.push_str(&plain.to_string()),
    }
}

/// What a consent to run a script names: that script on that device.
#[must_use]
pub fn script_target(script: &str, device: &str) -> String {
    format!("{script} on {device}")
}

/// A parameter that cannot be handed to a script.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ParameterError {
    /// The name is no name.
    #[error(
        "a parameter's name is a letter and up to {} more letters, digits or _",
        LONGEST_NAME - 1
    )]
    Name,
    /// The value is empty or too long.
    #[error("parameter {0} is empty or longer than {LONGEST_VALUE} characters")]
    Length(String),
    /// The value has a character that some command line gives a meaning.
    #[error(
        "parameter {0} may hold ASCII letters, digits, spaces and _ . , : @ / + = - only, and begins with a letter or digit and \
         ends without a space"
    )]
    Character(String),
    /// Two have one name; upper and lower case are one.
    #[error("parameter {0} is given twice")]
    Twice(String),
    /// There are too many.
    #[error("more than {MOST_PARAMETERS} parameters")]
    TooMany,
}

/// A named value for a script. Whatever command line its value is put into, in double quotes, it stays one argument:
/// nothing in it ends the quotes, is expanded or reads as an option.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parameter {
    name: String,
    value: String,
}

impl Parameter {
    /// Reads a parameter.
    ///
    /// # Errors
    /// [`ParameterError`]; it names the parameter and never shows its value.
    pub fn new(name: &str, value: &str) -> Result<Self, ParameterError> {
        let mut letters = name.bytes();
        let named = letters.next().is_some_and(|b| b.is_ascii_alphabetic())
            && letters.all(|b| b.is_ascii_alphanumeric() || b == b'_')
            && name.len() <= LONGEST_NAME;
        if !named {
            return Err(ParameterError::Name);
        }
        if value.is_empty() || value.len() > LONGEST_VALUE {
            return Err(ParameterError::Length(name.to_owned()));
        }
        let begins = value.as_bytes()[0].is_ascii_alphanumeric();
        let inert = value
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || PUNCTUATION.contains(&b));
        if !begins || !inert || value.ends_with(' ') {
            return Err(ParameterError::Character(name.to_owned()));
        }
        Ok(Self {
            name: name.to_owned(),
            value: value.to_owned(),
        })
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its value.
    #[must_use]
    pub fn value(&self) -> &str {
        &self.value
    }
}

/// A script's parameters, in their order: at most 20, each named once.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Parameters(Vec<Parameter>);

impl Parameters {
    /// Reads names and values.
    ///
    /// # Errors
    /// [`ParameterError`], the first there is.
    pub fn read<'a>(
        pairs: impl IntoIterator<Item = (&'a str, &'a str)>,
    ) -> Result<Self, ParameterError> {
        let mut all: Vec<Parameter> = Vec::new();
        for (name, value) in pairs {
            let one = Parameter::new(name, value)?;
            if all
                .iter()
                .any(|other| other.name.eq_ignore_ascii_case(name))
            {
                return Err(ParameterError::Twice(one.name));
            }
            if all.len() == MOST_PARAMETERS {
                return Err(ParameterError::TooMany);
            }
            all.push(one);
        }
        Ok(Self(all))
    }

    /// Each of them.
    pub fn iter(&self) -> impl Iterator<Item = &Parameter> {
        self.0.iter()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_hash_depends_on_what_is_said_and_not_on_its_order() {
        let one: Value =
            serde_json::from_str(r#"{"id":42,"name":"A \"b\"","list":[1,[],{}]}"#).unwrap();
        let other: Value =
            serde_json::from_str(r#"{ "list": [1, [], {}], "name": "A \"b\"", "id": 42 }"#)
                .unwrap();
        assert_eq!(ScriptHash::of(&one), ScriptHash::of(&other));
        let mut text = String::new();
        canonical(&one, &mut text);
        assert_eq!(text, r#"{"id":42,"list":[1,[],{}],"name":"A \"b\""}"#);
        assert_ne!(ScriptHash::of(&one), ScriptHash::of(&json!({"id": 42})));
    }

    #[test]
    fn a_hash_reads_back_from_its_text() {
        let hash = ScriptHash::of(&json!({}));
        assert_eq!(
            hash.to_string(),
            "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a"
        );
        assert_eq!(ScriptHash::parse(&hash.to_string()), Ok(hash));
        assert!(ScriptHash::parse("44136fa3").is_err());
    }

    #[test]
    fn an_everyday_value_is_taken() {
        for good in [
            "john.doe@company.com",
            "C:/Temp/spool files",
            "2026-11-22",
            "10.0.0.7",
            "a=b,c",
        ] {
            assert!(Parameter::new("target", good).is_ok(), "{good}");
        }
    }

    #[test]
    fn a_value_that_means_something_to_a_command_line_is_refused() {
        for bad in [
            "a\"b",
            "a'b",
            "a`b",
            "a$b",
            "a%b",
            "a!b",
            "a\\b",
            "a;b",
            "a&b",
            "a|b",
            "a<b",
            "a>b",
            "a(b",
            "a{b",
            "a[b",
            "a^b",
            "a~b",
            "a#b",
            "a*b",
            "a?b",
            "a\nb",
            "a\tb",
            "a\0b",
            "-Force",
            "/c",
            "@file",
            " a",
            "a ",
            "a\u{201c}b",
            "ü",
            "",
        ] {
            let refused = Parameter::new("target", bad).unwrap_err();
            assert!(!matches!(refused, ParameterError::Name), "{bad:?}");
        }
    }

    #[test]
    fn a_name_is_a_plain_word_and_stands_once() {
        for bad in ["", "1a", "-a", "a b", "a=b", "ä"] {
            assert_eq!(Parameter::new(bad, "x"), Err(ParameterError::Name), "{bad}");
        }
        assert_eq!(
            Parameters::read([("User", "a"), ("user", "b")]),
            Err(ParameterError::Twice("user".into()))
        );
        let names: Vec<String> = (0..21).map(|n| format!("p{n}")).collect();
        let pairs = names.iter().map(|name| (name.as_str(), "x"));
        assert_eq!(Parameters::read(pairs), Err(ParameterError::TooMany));
    }
}
