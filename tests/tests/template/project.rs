//! The project's files: YAML with CloudFormation's short forms written out.

use serde_json::{Map, Value, json};
use std::path::{Path, PathBuf};

/// The project's root.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// A file's text, by its path from the root.
pub(crate) fn text(path: &str) -> String {
    let full = root().join(path);
    std::fs::read_to_string(&full).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// A JSON file.
pub(crate) fn json(path: &str) -> Value {
    serde_json::from_str(&text(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// A YAML file, each `!Tag` as its long form.
pub(crate) fn yaml(path: &str) -> Value {
    let read: yaml_serde::Value =
        yaml_serde::from_str(&text(path)).unwrap_or_else(|error| panic!("{path}: {error}"));
    long(read)
}

/// The files in a folder whose names end so, by path from the root, sorted.
pub(crate) fn files(folder: &str, ending: &str) -> Vec<String> {
    let mut found = Vec::new();
    let entries =
        std::fs::read_dir(root().join(folder)).unwrap_or_else(|error| panic!("{folder}: {error}"));
    for entry in entries {
        let entry = entry.unwrap();
        let path = format!("{folder}/{}", entry.file_name().to_string_lossy());
        if entry.file_type().unwrap().is_dir() {
            found.extend(files(&path, ending));
        } else if path.ends_with(ending) {
            found.push(path);
        }
    }
    found.sort();
    found
}

fn long(read: yaml_serde::Value) -> Value {
    use yaml_serde::Value as Yaml;
    match read {
        Yaml::Null => Value::Null,
        Yaml::Bool(flag) => json!(flag),
        Yaml::Number(number) => serde_json::to_value(number).unwrap(),
        Yaml::String(text) => json!(text),
        Yaml::Sequence(items) => items.into_iter().map(long).collect(),
        Yaml::Mapping(members) => {
            let member = |(name, value): (Yaml, Yaml)| {
                let name = match name {
                    Yaml::String(name) => name,
                    other => serde_json::to_string(&long(other)).unwrap(),
                };
                (name, long(value))
            };
            Value::Object(members.into_iter().map(member).collect::<Map<_, _>>())
        }
        Yaml::Tagged(tagged) => {
            let tag = tagged.tag.to_string();
            let value = long(tagged.value);
            match tag.trim_start_matches('!') {
                "Ref" => json!({"Ref": value}),
                "GetAtt" => {
                    let path = value.as_str().expect("!GetAtt takes a text");
                    let (resource, attribute) = path.split_once('.').expect("!GetAtt has a dot");
                    json!({"Fn::GetAtt": [resource, attribute]})
                }
                name => json!({format!("Fn::{name}"): value}),
            }
        }
    }
}
