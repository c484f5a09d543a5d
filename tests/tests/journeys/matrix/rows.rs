//! The rows of `matrix.yaml`, each with its operation's route.

use std::collections::BTreeMap;

use reqwest::Method;
use serde_json::{Value, json};

const ROWS: &str = include_str!("../matrix.yaml");
const OPENAPI: &str = include_str!("../../../../openapi.yaml");

/// What an operation asks of its caller.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Asks {
    /// No credential.
    Nothing,
    /// The credential of a webhook's source.
    Source,
    /// An access token, whatever it allows.
    Session,
    /// A credential with this scope.
    Scope(String),
}

/// An operation and who may call it.
pub(super) struct Row {
    pub(super) operation: String,
    pub(super) method: Method,
    path: String,
    pub(super) asks: Asks,
    pub(super) people: bool,
    pub(super) browser: bool,
    pub(super) also: Option<String>,
    foreign: Value,
}

/// A call about somebody's ids.
pub(super) struct Call {
    pub(super) path: String,
    pub(super) body: Value,
}

/// A row for every operation.
pub(super) fn all() -> Vec<Row> {
    let read = |text: &str| yaml_serde::from_str::<Value>(text).unwrap();
    let (rows, openapi) = (read(ROWS), read(OPENAPI));
    let mut all = Vec::new();
    for (path, methods) in openapi["paths"].as_object().unwrap() {
        for (method, operation) in methods.as_object().unwrap() {
            let Some(operation) = operation["operationId"].as_str() else {
                continue;
            };
            let said = &rows[operation];
            let asks = said["asks"].as_str();
            let asks = asks.unwrap_or_else(|| panic!("matrix.yaml has no row for {operation}"));
            all.push(Row {
                operation: operation.to_owned(),
                method: method.to_uppercase().parse().unwrap(),
                path: path.clone(),
                asks: match asks {
                    "nothing" => Asks::Nothing,
                    "source" => Asks::Source,
                    "session" => Asks::Session,
                    scope => Asks::Scope(scope.to_owned()),
                },
                people: said["people"] == true,
                browser: said["browser"] == true,
                also: said["also"].as_str().map(str::to_owned),
                foreign: said["foreign"].clone(),
            });
        }
    }
    all
}

impl Row {
    /// The path with `value` in the place of each parameter; none where there is none for one.
    pub(super) fn path_with(&self, value: impl Fn(&str) -> Option<String>) -> Option<String> {
        let parts = self.path.split('/').map(|part| {
            let name = part
                .strip_prefix('{')
                .and_then(|part| part.strip_suffix('}'));
            name.map_or_else(|| Some(part.to_owned()), &value)
        });
        Some(parts.collect::<Option<Vec<_>>>()?.join("/"))
    }

    /// The call about these ids; none for an operation that takes no id, or is open to all.
    pub(super) fn about(&self, ids: &BTreeMap<&str, String>) -> Option<Call> {
        let guarded = matches!(self.asks, Asks::Scope(_));
        if !guarded
            || self.foreign == "none"
            || (self.foreign.is_null() && !self.path.contains('{'))
        {
            return None;
        }
        let filled = |value: &Value| filled(value, ids, &self.operation);
        let foreign = filled(&self.foreign);
        let of_path = |name: &str| {
            let said = match &foreign["path"][name] {
                Value::Null => None,
                Value::String(id) => Some(id.clone()),
                number => Some(number.to_string()),
            };
            said.or_else(|| ids.get(name).cloned())
        };
        let path = self.path_with(of_path);
        let path = path.unwrap_or_else(|| {
            panic!(
                "say in matrix.yaml what stands for the ids of {}",
                self.path
            )
        });
        let query = foreign["query"].as_object().into_iter().flatten();
        let query: Vec<_> = query
            .map(|(name, value)| format!("{name}={}", value.as_str().unwrap()))
            .collect();
        let mark = if query.is_empty() { "" } else { "?" };
        let body = match &foreign["body"] {
            Value::Null => json!({}),
            body => body.clone(),
        };
        Some(Call {
            path: format!("{path}{mark}{}", query.join("&")),
            body,
        })
    }
}

/// A value with the id in the place of each `$word`.
fn filled(value: &Value, ids: &BTreeMap<&str, String>, operation: &str) -> Value {
    match value {
        Value::String(text) => match text.strip_prefix('$') {
            Some(word) => {
                let id = ids.get(word);
                let id = id.unwrap_or_else(|| panic!("{operation}: nobody knows ${word}"));
                // Numbers of accounts, keys and the like are numbers in a body, too.
                let is_number = id.bytes().all(|byte| byte.is_ascii_digit());
                let number = id.parse::<u64>().ok().filter(|_| is_number);
                number.map_or_else(|| json!(id), |number| json!(number))
            }
            None => value.clone(),
        },
        Value::Array(items) => items
            .iter()
            .map(|item| filled(item, ids, operation))
            .collect(),
        Value::Object(members) => members
            .iter()
            .map(|(name, member)| (name.clone(), filled(member, ids, operation)))
            .collect(),
        other => other.clone(),
    }
}

#[test]
fn every_operation_has_a_row_and_ids_that_can_be_given() {
    let ids = super::callers::WORDS.map(|word| (word, format!("{word}-1")));
    let ids = BTreeMap::from(ids);
    let rows = all();
    assert!(rows.len() >= 30, "{}", rows.len());
    let called = rows.iter().filter_map(|row| row.about(&ids)).count();
    assert!(called >= 12, "{called}");
}
