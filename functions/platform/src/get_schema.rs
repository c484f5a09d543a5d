//! `GET /schema`: the API's document.

use crate::page::page;
use axum::response::Response;
use http::{HeaderMap, HeaderValue, header};
use kit::Problem;
use std::sync::OnceLock;

/// The document as `cargo run -- openapi` wrote it.
const YAML: &str = include_str!("../../../openapi.yaml");

/// The API's document, OpenAPI 3.1: YAML, or JSON where `Accept` prefers it.
#[utoipa::path(get, path = "/schema", operation_id = "get_schema", responses(
    (status = 200, description = "The document.", content((String = "application/yaml"), (Object = "application/json")))))]
pub(crate) async fn get_schema(headers: HeaderMap) -> Result<Response, Problem> {
    let accept = headers
        .get(header::ACCEPT)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    let mut response = if prefers_json(accept) {
        page("application/json", json()?)
    } else {
        page("application/yaml", YAML)
    };
    response
        .headers_mut()
        .insert(header::VARY, HeaderValue::from_static("accept"));
    Ok(response)
}

/// The document as JSON, made once.
fn json() -> Result<&'static str, Problem> {
    static JSON: OnceLock<String> = OnceLock::new();
    if let Some(text) = JSON.get() {
        return Ok(text);
    }
    let read: serde_json::Value =
        yaml_serde::from_str(YAML).map_err(|error| Problem::internal(&error))?;
    Ok(JSON.get_or_init(|| read.to_string()))
}

/// Whether `accept` names JSON, and no YAML that it likes as much.
fn prefers_json(accept: &str) -> bool {
    let liking = |kind: &str| {
        accept
            .split(',')
            .filter_map(|part| {
                let (name, rest) = part.split_once(';').unwrap_or((part, ""));
                let weight = rest
                    .split(';')
                    .find_map(|parameter| parameter.trim().strip_prefix("q="));
                name.trim()
                    .to_ascii_lowercase()
                    .ends_with(kind)
                    .then(|| weight.map_or(1.0, |q| q.parse().unwrap_or(0.0)))
            })
            .fold(0.0_f32, f32::max)
    };
    liking("json") > liking("yaml")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn yaml_is_given_unless_json_is_asked_for() {
        for json in [
            "application/json",
            "application/json,*/*",
            "application/yaml;q=0.5, application/json",
        ] {
            assert!(prefers_json(json), "{json:?}");
        }
        for yaml in [
            "",
            "*/*",
            "text/html",
            "application/json, application/yaml",
            "application/json;q=0",
        ] {
            assert!(!prefers_json(yaml), "{yaml:?}");
        }
    }

    #[test]
    fn the_document_reads_as_openapi_3_1() {
        let document: serde_json::Value = serde_json::from_str(json().unwrap()).unwrap();
        assert!(
            document["openapi"].as_str().unwrap().starts_with("3.1"),
            "{}",
            document["openapi"]
        );
        assert!(document["paths"].is_object());
    }
}
