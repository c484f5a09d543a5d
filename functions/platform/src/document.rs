//! The API's document, as `cargo run -- openapi` wrote it.

use kit::Problem;
use serde_json::Value;
use std::sync::OnceLock;

/// All of it.
pub(crate) const YAML: &str = include_str!("../../../openapi.yaml");

/// The document, read once.
pub(crate) fn document() -> Result<&'static Value, Problem> {
    static READ: OnceLock<Value> = OnceLock::new();
    if let Some(read) = READ.get() {
        return Ok(read);
    }
    let read = yaml_serde::from_str(YAML).map_err(|error| Problem::internal(&error))?;
    Ok(READ.get_or_init(|| read))
}

/// Every operation of `document`: its method in capital letters, its path, and what is said of it.
pub(crate) fn operations(document: &Value) -> impl Iterator<Item = (String, &str, &Value)> {
    let paths = document["paths"].as_object().into_iter().flatten();
    paths.flat_map(|(path, item)| {
        let methods = item.as_object().into_iter().flatten();
        methods
            .filter(|(_, said)| said.get("operationId").is_some())
            .map(move |(method, said)| (method.to_ascii_uppercase(), path.as_str(), said))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_document_reads_as_openapi_3_1() {
        let document = document().unwrap();
        let version = document["openapi"].as_str().unwrap();
        assert!(version.starts_with("3.1"), "{version}");
        assert!(operations(document).count() >= 26);
    }
}
