//! Expected shapes of answers: an object's members with words for their types, held against a schema or an example.

use serde_json::Value;
use std::collections::BTreeSet;

/// The schema that a reference stands for.
pub(crate) fn resolved<'a>(openapi: &'a Value, schema: &'a Value) -> &'a Value {
    match schema["$ref"].as_str() {
        Some(path) => openapi
            .pointer(path.trim_start_matches('#'))
            .expect("a reference leads somewhere"),
        None => schema,
    }
}

/// The alternatives of a schema: itself, or the parts of its `oneOf`.
fn alternatives<'a>(openapi: &'a Value, schema: &'a Value) -> Vec<&'a Value> {
    let schema = resolved(openapi, schema);
    match schema["oneOf"].as_array() {
        Some(parts) => parts
            .iter()
            .flat_map(|part| alternatives(openapi, part))
            .collect(),
        None => vec![schema],
    }
}

/// The members of an object's schema, `allOf` put together, with whether each is required.
pub(crate) fn members<'a>(
    openapi: &'a Value,
    schema: &'a Value,
) -> Vec<(&'a str, &'a Value, bool)> {
    let schema = resolved(openapi, schema);
    let mut all: Vec<_> = schema["allOf"]
        .as_array()
        .into_iter()
        .flatten()
        .flat_map(|part| members(openapi, part))
        .collect();
    let required: BTreeSet<&str> = schema["required"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect();
    let properties = schema["properties"].as_object().into_iter().flatten();
    all.extend(
        properties.map(|(name, member)| (name.as_str(), member, required.contains(name.as_str()))),
    );
    all
}

/// The words that a schema allows: `string`, `null` and so on.
fn words<'a>(openapi: &'a Value, schema: &'a Value) -> BTreeSet<&'a str> {
    let mut words = BTreeSet::new();
    for schema in alternatives(openapi, schema) {
        let kind = &schema["type"];
        let kinds = kind
            .as_array()
            .map_or_else(|| vec![kind], |kinds| kinds.iter().collect());
        words.extend(
            kinds
                .into_iter()
                .filter_map(Value::as_str)
                .map(|kind| if kind == "integer" { "number" } else { kind }),
        );
        if schema["allOf"].is_array() {
            words.insert("object");
        }
    }
    words
}

/// Holds an expected shape against the schema of the answer.
pub(crate) fn fits(openapi: &Value, schema: &Value, shape: &Value, place: &str) {
    match shape {
        Value::String(kinds) => {
            let said: BTreeSet<&str> = kinds.split('|').collect();
            assert_eq!(said, words(openapi, schema), "{place}");
        }
        Value::Array(items) => {
            let [item] = items.as_slice() else {
                panic!("{place}: an array says one item")
            };
            let list = alternatives(openapi, schema)
                .into_iter()
                .find(|schema| schema["type"] == "array");
            fits(
                openapi,
                &list.unwrap_or_else(|| panic!("{place} is no array"))["items"],
                item,
                &format!("{place}[]"),
            );
        }
        Value::Object(shape) => {
            let members: Vec<_> = alternatives(openapi, schema)
                .into_iter()
                .flat_map(|schema| members(openapi, schema))
                .collect();
            for (name, _, _) in members.iter().filter(|(_, _, required)| *required) {
                assert!(
                    shape.contains_key(*name),
                    "{place}.{name} always comes back, and the expectation does not say it"
                );
            }
            for (name, shape) in shape {
                let place = format!("{place}.{name}");
                let (_, member, _) = members
                    .iter()
                    .find(|member| member.0 == name)
                    .unwrap_or_else(|| panic!("{place} is not documented"));
                fits(openapi, member, shape, &place);
            }
        }
        other => panic!("{place}: {other} is no shape"),
    }
}

/// Holds an expected shape against a documented example: each of its members is expected, with its type.
pub(crate) fn holds(shape: &Value, documented: &Value, place: &str) {
    let kind = match documented {
        Value::Object(members) if shape.is_object() => {
            for (name, member) in members {
                holds(&shape[name], member, &format!("{place}.{name}"));
            }
            return;
        }
        Value::Array(items) => {
            return items
                .iter()
                .for_each(|item| holds(&shape[0], item, &format!("{place}[]")));
        }
        Value::Object(_) => "object",
        Value::String(_) => "string",
        Value::Number(_) => "number",
        Value::Bool(_) => "boolean",
        Value::Null => "null",
    };
    let kinds = shape
        .as_str()
        .unwrap_or_else(|| panic!("{place} is not expected"));
    assert!(
        kinds.split('|').any(|said| said == kind),
        "{place}: {kinds}, not {kind}"
    );
}
