//! A document as read: values with the line they stand on.

use serde_json::Value as Json;

/// Deepest nesting; the language needs four levels.
pub(crate) const MAX_DEPTH: usize = 16;

/// A value and its line.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Node {
    pub(crate) line: Option<u32>,
    pub(crate) value: Value,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Value {
    Null,
    Boolean(bool),
    Integer(i64),
    Float(f64),
    Text(String),
    List(Vec<Node>),
    /// In the order written, duplicates included.
    Map(Vec<Entry>),
}

/// A key, the line it stands on, and its value.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Entry {
    pub(crate) key: String,
    pub(crate) line: Option<u32>,
    pub(crate) node: Node,
}

impl Node {
    /// What the value is, in the reader's words.
    pub(crate) fn kind(&self) -> &'static str {
        match self.value {
            Value::Null => "nothing",
            Value::Boolean(_) => "true or false",
            Value::Integer(_) => "a whole number",
            Value::Float(_) => "a number",
            Value::Text(_) => "a text",
            Value::List(_) => "a list",
            Value::Map(_) => "a map",
        }
    }

    /// The value of `key`, where this is a map that has it.
    pub(crate) fn entry(&self, key: &str) -> Option<&Self> {
        let Value::Map(entries) = &self.value else {
            return None;
        };
        let mut entries = entries.iter();
        entries
            .find(|entry| entry.key == key)
            .map(|entry| &entry.node)
    }

    /// A stored document: no lines. `None` where it nests deeper than [`MAX_DEPTH`].
    pub(crate) fn from_json(json: &Json, depth: usize) -> Option<Self> {
        if depth > MAX_DEPTH {
            return None;
        }
        let value = match json {
            Json::Null => Value::Null,
            Json::Bool(value) => Value::Boolean(*value),
            Json::Number(number) => match number.as_i64() {
                Some(whole) => Value::Integer(whole),
                None => Value::Float(number.as_f64()?),
            },
            Json::String(text) => Value::Text(text.clone()),
            Json::Array(list) => Value::List(
                list.iter()
                    .map(|item| Self::from_json(item, depth + 1))
                    .collect::<Option<_>>()?,
            ),
            Json::Object(map) => Value::Map(
                map.iter()
                    .map(|(key, value)| {
                        Some(Entry {
                            key: key.clone(),
                            line: None,
                            node: Self::from_json(value, depth + 1)?,
                        })
                    })
                    .collect::<Option<_>>()?,
            ),
        };
        Some(Self { line: None, value })
    }
}
