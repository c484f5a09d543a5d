//! `openapi.yaml` for people, `gateway.yaml` for API Gateway: one API.

use crate::project;
use crate::rust::Crate;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// The operations whose callers need no credential of ours, each with the reason. A handler without a `Caller` or a
/// browser's `Session` is one of them.
const PUBLIC: &[(&str, &str)] = &[
    (
        "accept_invitation",
        "The invitation's token is the proof, and it works once.",
    ),
    (
        "answer_approval",
        "The token of the mailed link is the proof, and the first answer stands.",
    ),
    (
        "create_token",
        "The password is the proof, and tries are counted by name and by address.",
    ),
    (
        "end_login",
        "The session's cookie and the token of its page's form are the proof.",
    ),
    (
        "finish_oidc",
        "The company's own sign-in is the proof, for the browser that began there.",
    ),
    (
        "get_api_docs",
        "The page says what openapi.yaml says, and nothing of any organization.",
    ),
    (
        "get_docs",
        "The page says what openapi.yaml says, and nothing of any organization.",
    ),
    ("get_docs_file", "The files are Swagger UI's own."),
    (
        "get_health",
        "It says that the code runs, and touches nothing.",
    ),
    (
        "get_index",
        "It lists the pages and documents that are public themselves.",
    ),
    (
        "get_invitation",
        "The invitation's token is the proof, and the page changes nothing.",
    ),
    ("get_login", "It is the page to sign in on."),
    (
        "get_playbook_schema",
        "It is the document that the code is published with.",
    ),
    (
        "get_postman_collection",
        "It is openapi.yaml in another form.",
    ),
    (
        "get_ready",
        "Load balancers ask it without a credential, and it says only whether the tables answer.",
    ),
    (
        "get_redoc",
        "The page says what openapi.yaml says, and nothing of any organization.",
    ),
    ("get_redoc_file", "The files are Redoc's own."),
    (
        "get_schema",
        "It is the document that the code is published with.",
    ),
    (
        "get_service_health",
        "It says that the code runs, and touches nothing.",
    ),
    (
        "login",
        "The password is the proof, and tries are counted by name and by address.",
    ),
    (
        "logout",
        "The token is the proof, and one whose session is over already is answered as well.",
    ),
    (
        "receive_mfa_response",
        "The source's signature over the body is the proof.",
    ),
    (
        "receive_ticket_created",
        "The source's name and password are the proof.",
    ),
    (
        "receive_ticket_updated",
        "The source's name and password are the proof.",
    ),
    (
        "refresh_token",
        "The refresh token is the proof, and it works once.",
    ),
    (
        "register",
        "The address has to be of an organization's own domain, and requests are counted by address.",
    ),
    (
        "show_approval",
        "The token of the mailed link is the proof, and the page changes nothing.",
    ),
    (
        "show_verify_email",
        "The page has a button and says nothing of anybody.",
    ),
    (
        "start_oidc",
        "It sends a browser on to a company's own sign-in and tells it nothing.",
    ),
    (
        "submit_login",
        "The password is the proof, and tries are counted by name and by address.",
    ),
    (
        "verify_email",
        "The token that was sent to the address is the proof, and requests are counted by network address.",
    ),
];

/// The schemes of callers with a credential of ours; a request shows either.
const OURS: [&str; 2] = ["api_key", "bearer"];

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
    // API Gateway takes a path with a slash at its end and without; its document has the one without.
    let plain = |(method, path): &(String, String)| {
        let plain = path.strip_suffix('/').filter(|plain| !plain.is_empty());
        (method.clone(), plain.unwrap_or(path).to_owned())
    };
    let documented: Vec<_> = documented.keys().map(plain).collect();
    assert_eq!(
        documented.iter().collect::<BTreeSet<_>>(),
        routed.keys().collect()
    );
    assert_eq!(
        documented.len(),
        routed.len(),
        "two routes differ only by a slash"
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

/// What guards each operation's handler, as the code has it: `Caller` or `Session`, and the permission that is proved by it.
fn handlers() -> BTreeMap<String, Option<(String, String)>> {
    let mut handlers = BTreeMap::new();
    for service in documents::services() {
        for function in Crate::read(&format!("functions/{}/src", service.name)).functions {
            if let Some(route) = &function.route {
                let guard = function.guard();
                let guard = guard.map(|(kind, proved)| (kind.to_owned(), proved.to_owned()));
                let twice = handlers.insert(route.operation.clone(), guard);
                assert!(twice.is_none(), "two handlers are {}", route.operation);
            }
        }
    }
    handlers
}

/// The scope of a permission's type: `ExecRun` is `exec:run`.
fn scope(permission: &str) -> &'static str {
    let word = |word: &str| word[..1].to_uppercase() + &word[1..];
    let named = |scope: &&str| scope.split([':', '_']).map(word).collect::<String>() == permission;
    auth::all_scopes()
        .find(named)
        .unwrap_or_else(|| panic!("{permission} has no scope"))
}

#[test]
fn every_documented_operation_has_a_handler_in_the_code() {
    let openapi = project::yaml("openapi.yaml");
    let documented: BTreeSet<String> = routes(&openapi)
        .into_values()
        .map(|operation| operation["operationId"].as_str().unwrap().to_owned())
        .collect();
    let coded: BTreeSet<String> = handlers().into_keys().collect();
    let differ: Vec<_> = documented.symmetric_difference(&coded).collect();
    assert!(
        differ.is_empty(),
        "only in the document or only in the code: {differ:?}"
    );
}

#[test]
fn a_handler_has_a_caller_or_stands_on_the_list_with_its_reason() {
    let handlers = handlers();
    let open: BTreeSet<&str> = handlers
        .iter()
        .filter(|(_, guard)| guard.is_none())
        .map(|(operation, _)| operation.as_str())
        .collect();
    let listed: BTreeSet<&str> = PUBLIC.iter().map(|(operation, _)| *operation).collect();
    let unguarded: Vec<_> = open.difference(&listed).collect();
    assert!(
        unguarded.is_empty(),
        "{unguarded:?}: anybody may call this; give it a Caller, or put it on the list with the reason"
    );
    let gone: Vec<_> = listed.difference(&open).collect();
    assert!(gone.is_empty(), "{gone:?}: take it off the list");
    assert_eq!(listed.len(), PUBLIC.len(), "an operation is listed twice");
    for (operation, reason) in PUBLIC {
        let is_sentence = reason.len() > 10 && reason.ends_with('.') && !reason.contains(". ");
        assert!(is_sentence, "{operation}: give the reason in one sentence");
    }
}

#[test]
fn the_document_asks_for_a_credential_where_the_code_does() {
    let openapi = project::yaml("openapi.yaml");
    let matrix = project::yaml("tests/tests/journeys/matrix.yaml");
    for ((method, path), operation) in routes(&openapi) {
        let mut schemes = BTreeSet::new();
        for way in operation["security"].as_array().into_iter().flatten() {
            schemes.extend(way.as_object().unwrap().keys().map(String::as_str));
        }
        let id = operation["operationId"].as_str().unwrap();
        let asks = match (matrix[id]["asks"].as_str(), &matrix[id]["people"]) {
            (Some("nothing" | "source"), _) => [false, false],
            _ if matrix[id]["browser"] == true => [false, false],
            // A key is nobody who could sign out, or has an account.
            (Some("session"), _) | (_, Value::Bool(true)) => [false, true],
            _ => [true, true],
        };
        for (scheme, asks) in OURS.into_iter().zip(asks) {
            assert_eq!(schemes.contains(scheme), asks, "{method} {path}: {scheme}");
        }
    }
}

#[test]
fn the_matrix_has_a_row_for_every_operation_with_what_its_code_asks() {
    let matrix = project::yaml("tests/tests/journeys/matrix.yaml");
    let rows = matrix.as_object().unwrap();
    let handlers = handlers();
    for (operation, guard) in &handlers {
        let row = rows.get(operation);
        let row = row.unwrap_or_else(|| panic!("matrix.yaml has no row for {operation}"));
        let asks = row["asks"].as_str().unwrap_or_default();
        match guard {
            Some((kind, permission)) => {
                assert_eq!(asks, scope(permission), "{operation}");
                assert_eq!(row["browser"] == true, kind == "Session", "{operation}");
            }
            None => assert!(
                ["nothing", "session", "source"].contains(&asks),
                "{operation}: {asks}"
            ),
        }
    }
    for operation in rows.keys() {
        assert!(
            handlers.contains_key(operation),
            "{operation} is no operation; take its row away"
        );
    }
}

#[test]
fn the_public_document_holds_no_word_of_aws() {
    let text = project::text("openapi.yaml").to_lowercase();
    for word in ["aws", "amazon", "lambda", "dynamodb"] {
        assert!(!text.contains(word), "{word}");
    }
}
