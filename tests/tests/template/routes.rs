//! `openapi.yaml` for people, `gateway.yaml` for API Gateway: one API.

use crate::project;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// The operations that anybody may call. This list may only shrink.
const PUBLIC: [&str; 6] = [
    "get_docs",
    "get_docs_file",
    "get_health",
    "get_ready",
    "get_schema",
    "get_service_health",
];

/// Method and path of every operation of a document.
fn routes(document: &Value) -> BTreeMap<(String, String), &Value> {
    let mut routes = BTreeMap::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            if ["get", "put", "post", "delete", "patch", "options", "head"]
                .contains(&method.as_str())
            {
                routes.insert((method.clone(), path.clone()), operation);
            }
        }
    }
    routes
}

#[test]
fn the_documents_are_what_the_code_says() {
    documents::check(&project::root()).unwrap();
}

#[test]
fn people_read_3_1_and_api_gateway_3_0_1() {
    let version = |path| project::yaml(path)["openapi"].as_str().unwrap().to_owned();
    assert!(
        version("openapi.yaml").starts_with("3.1."),
        "{}",
        version("openapi.yaml")
    );
    assert_eq!(version("gateway.yaml"), "3.0.1");
}

#[test]
fn every_documented_route_is_in_the_gateway_and_back() {
    let (openapi, gateway) = (project::yaml("openapi.yaml"), project::yaml("gateway.yaml"));
    let (documented, routed) = (routes(&openapi), routes(&gateway));
    assert!(documented.len() >= 20);
    assert_eq!(
        documented.keys().collect::<Vec<_>>(),
        routed.keys().collect::<Vec<_>>()
    );
}

#[test]
fn every_route_leads_to_a_function_of_the_template_with_the_invoke_role() {
    let template = crate::template::Template::read();
    let names: BTreeSet<String> = template
        .functions()
        .into_iter()
        .map(|function| function.name)
        .collect();
    let roles = template.roles();
    let gateway = project::yaml("gateway.yaml");
    for ((method, path), route) in routes(&gateway) {
        let integration = &route["x-amazon-apigateway-integration"];
        let uri = integration["uri"]["Fn::Sub"].as_str().unwrap();
        let (_, function) = uri.split_once(":function:").unwrap();
        let function = function.strip_suffix("/invocations").unwrap();
        assert!(
            names.contains(function),
            "{method} {path} leads to {function}"
        );
        let role = integration["credentials"]["Fn::GetAtt"][0]
            .as_str()
            .unwrap();
        assert!(
            roles.contains_key(role),
            "{method} {path} is called with {role}"
        );
    }
}

#[test]
fn the_gateway_holds_only_what_api_gateway_takes() {
    let gateway = project::yaml("gateway.yaml");
    let known = [
        "openapi",
        "info",
        "paths",
        "x-amazon-apigateway-gateway-responses",
    ];
    for name in gateway.as_object().unwrap().keys() {
        assert!(known.contains(&name.as_str()), "{name}");
    }
    for (route, operation) in routes(&gateway) {
        assert!(operation.get("security").is_none(), "{route:?}");
    }
    assert!(!project::text("gateway.yaml").contains("$ref"));
}

#[test]
fn the_gateways_own_refusals_say_the_status_they_have() {
    let gateway = project::yaml("gateway.yaml");
    let responses = gateway["x-amazon-apigateway-gateway-responses"]
        .as_object()
        .unwrap();
    assert_eq!(responses["MISSING_AUTHENTICATION_TOKEN"]["statusCode"], 404);
    for (kind, response) in responses {
        let template = response["responseTemplates"]["application/json"]
            .as_str()
            .unwrap();
        let body: Value =
            serde_json::from_str(template).unwrap_or_else(|error| panic!("{kind}: {error}"));
        assert_eq!(body["status_code"], response["statusCode"], "{kind}");
        for field in [
            "error",
            "detail",
            "details",
            "code",
            "status_code",
            "timestamp",
            "request_id",
        ] {
            assert!(body.get(field).is_some(), "{kind} lacks {field}");
        }
    }
}

#[test]
fn only_the_listed_operations_are_public() {
    let openapi = project::yaml("openapi.yaml");
    let open = |operation: &Value| operation["security"].as_array().is_none_or(Vec::is_empty);
    let public: BTreeSet<String> = routes(&openapi)
        .into_values()
        .filter(|operation| open(operation))
        .map(|operation| operation["operationId"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(
        public,
        PUBLIC.iter().map(|name| (*name).to_owned()).collect()
    );
}

#[test]
fn the_public_document_holds_no_word_of_aws() {
    let text = project::text("openapi.yaml").to_lowercase();
    for word in ["aws", "amazon", "lambda", "dynamodb"] {
        assert!(!text.contains(word), "{word}");
    }
}
