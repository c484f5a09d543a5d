//! `GET /schema`: the API's document. `GET /postman.json`: the same as a Postman collection. `GET /schema/playbook.json`: the
//! JSON Schema of playbooks.

use crate::accept::prefers;
use crate::contract::Contract;
use crate::document::{YAML, document};
use crate::page::page;
use axum::response::Response;
use http::{HeaderMap, HeaderValue, header};
use kit::{App, Params, Problem, Problems, path_prefix};
use serde::Deserialize;
use serde_json::{Value, json};
use utoipa::IntoParams;

/// The collection as `cargo run -- openapi` wrote it.
const COLLECTION: &str = include_str!("../../../docs/deskhand.postman_collection.json");

/// The JSON Schema of playbooks, as the language's crate wrote it.
const PLAYBOOK: &str = include_str!("../../../statemachines/playbook.schema.json");

/// Where the collection as it is written looks for the API: a local deployment.
const LOCAL: &str = "http://localhost:8080";

/// Which part of the document.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct Part {
    /// Only the routes of this contract.
    #[param(inline)]
    contract: Option<Contract>,
}

/// The API's document, OpenAPI 3.1: YAML, or JSON where `Accept` prefers it.
#[utoipa::path(get, path = "/schema", operation_id = "get_schema", params(Part), responses(
    (status = 200, description = "The document.", content((String = "application/yaml"), (Object = "application/json"))), Problems))]
pub(crate) async fn get_schema(
    app: App,
    Params(part): Params<Part>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let prefix = path_prefix(&app.config().public_base_url);
    schema(prefix, part.contract, prefers(&headers, "json", "yaml"))
}

/// The API as a Postman collection: what Postman's import takes.
#[utoipa::path(get, path = "/postman.json", operation_id = "get_postman_collection",
    responses((status = 200, description = "A collection, version 2.1.", body = Object)))]
pub(crate) async fn get_postman_collection(app: App) -> Response {
    let text = COLLECTION.replace(LOCAL, &app.config().public_base_url);
    let mut response = page("application/json", text);
    response.headers_mut().insert(
        header::CONTENT_DISPOSITION,
        HeaderValue::from_static("attachment; filename=\"deskhand.postman_collection.json\""),
    );
    response
}

/// The JSON Schema (2020-12) of playbooks, for editors: what a text may hold, field by field.
#[utoipa::path(get, path = "/schema/playbook.json", operation_id = "get_playbook_schema",
    responses((status = 200, description = "The schema.", body = Object)))]
pub(crate) async fn get_playbook_schema() -> Response {
    page("application/json", PLAYBOOK)
}

/// The document, or a contract's part of it. Behind a prefix it says so, for paths begin there.
fn schema(prefix: &str, contract: Option<Contract>, as_json: bool) -> Result<Response, Problem> {
    let whole = contract.is_none() && prefix.is_empty();
    let mut response = match (whole, as_json) {
        (true, false) => page("application/yaml", YAML),
        (true, true) => page("application/json", document()?.to_string()),
        (false, _) => {
            let part = part(prefix, contract)?;
            if as_json {
                page("application/json", part.to_string())
            } else {
                let text =
                    yaml_serde::to_string(&part).map_err(|error| Problem::internal(&error))?;
                page("application/yaml", text)
            }
        }
    };
    response
        .headers_mut()
        .insert(header::VARY, HeaderValue::from_static("accept"));
    Ok(response)
}

fn part(prefix: &str, contract: Option<Contract>) -> Result<Value, Problem> {
    let whole = document()?.clone();
    let mut part = match contract {
        Some(contract) => contract.part(whole),
        None => whole,
    };
    if !prefix.is_empty() {
        part["servers"] = json!([{"url": prefix}]);
    }
    Ok(part)
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn text(response: Response) -> String {
        let bytes = axum::body::to_bytes(response.into_body(), 4 << 20)
            .await
            .unwrap();
        String::from_utf8(bytes.to_vec()).unwrap()
    }

    #[tokio::test]
    async fn the_document_is_the_generated_one_as_yaml_and_as_json() {
        assert_eq!(text(schema("", None, false).unwrap()).await, YAML);
        let json = text(schema("", None, true).unwrap()).await;
        assert_eq!(
            &serde_json::from_str::<Value>(&json).unwrap(),
            document().unwrap()
        );
    }

    #[tokio::test]
    async fn a_contracts_part_reads_the_same_in_both_forms() {
        let yaml = text(schema("", Some(Contract::B), false).unwrap()).await;
        let json = text(schema("", Some(Contract::B), true).unwrap()).await;
        let read: Value = yaml_serde::from_str(&yaml).unwrap();
        assert_eq!(read, serde_json::from_str::<Value>(&json).unwrap());
        assert!(read["paths"].get("/schema").is_some());
        assert!(read.get("servers").is_none());
    }

    #[tokio::test]
    async fn behind_a_prefix_the_document_says_where_its_paths_begin() {
        let json = text(schema("/live", None, true).unwrap()).await;
        let read: Value = serde_json::from_str(&json).unwrap();
        assert_eq!(read["servers"][0]["url"], "/live");
        assert_eq!(read["paths"], document().unwrap()["paths"]);
    }

    #[test]
    fn the_collection_says_once_where_the_api_is() {
        assert_eq!(COLLECTION.matches(LOCAL).count(), 1);
    }
}
