//! `docs/deskhand.postman_collection.json`: `openapi.yaml` as a Postman collection, version 2.1.

use serde_json::{Value, json};

/// The version of the collection format.
const SCHEMA: &str = "https://schema.getpostman.com/json/collection/v2.1.0/collection.json";

/// Where a local deployment answers.
const LOCAL: &str = "http://localhost:8080";

/// What a person sets for themselves.
const VARIABLES: [(&str, &str); 5] = [
    ("apiKey", "An API key of yours."),
    ("token", "An access token; a sign-in sets it."),
    ("webhookName", "The name of a webhook source."),
    ("webhookPassword", "Its password."),
    ("webhookSignature", "A webhook's signature over its body."),
];

/// The sign-ins, and the member of their answer that is the access token.
const SIGN_INS: [(&str, &str); 4] = [
    ("create_token", "access"),
    ("refresh_token", "access"),
    ("login", "access_token"),
    ("register", "access_token"),
];

/// The collection of the document: a folder for each service.
pub(crate) fn collection(openapi: &Value) -> Value {
    let tags = openapi["tags"].as_array().into_iter().flatten();
    let folders: Vec<Value> = tags
        .map(|tag| json!({"name": tag["name"], "description": tag["description"], "item": requests(openapi, &tag["name"])}))
        .filter(|folder| folder["item"] != json!([]))
        .collect();
    let mut variables =
        vec![json!({"key": "baseUrl", "value": LOCAL, "description": "Where the API answers."})];
    variables
        .extend(VARIABLES.map(|(key, what)| json!({"key": key, "value": "", "description": what})));
    json!({
        "info": {"name": openapi["info"]["title"], "description": openapi["info"]["description"], "schema": SCHEMA},
        "auth": {"type": "apikey", "apikey": [
            {"key": "in", "value": "header", "type": "string"},
            {"key": "key", "value": "X-API-Key", "type": "string"},
            {"key": "value", "value": "{{apiKey}}", "type": "string"},
        ]},
        "variable": variables,
        "item": folders,
    })
}

/// The requests of one service.
fn requests(openapi: &Value, service: &Value) -> Vec<Value> {
    let mut requests = Vec::new();
    for (path, item) in openapi["paths"].as_object().into_iter().flatten() {
        for (method, said) in item.as_object().into_iter().flatten() {
            if said["tags"][0] == *service {
                requests.push(request(path, method, said));
            }
        }
    }
    requests
}

fn request(path: &str, method: &str, said: &Value) -> Value {
    let mut headers: Vec<Value> = parameters(said, "header").map(member).collect();
    let mut request = json!({
        "method": method.to_ascii_uppercase(),
        "description": said["summary"],
        "url": url(path, said),
    });
    let content = said["requestBody"]["content"].as_object();
    if let Some((kind, content)) = content.and_then(|content| content.iter().next()) {
        headers.push(json!({"key": "Content-Type", "value": kind}));
        request["body"] = body(kind, &content["example"]);
    }
    if schemes(said).any(|scheme| scheme == "signature") {
        headers.push(json!({"key": "webhook-signature", "value": "{{webhookSignature}}"}));
    }
    request["header"] = Value::Array(headers);
    if let Some(auth) = auth(said) {
        request["auth"] = auth;
    }
    let mut item = json!({"name": said["operationId"], "request": request});
    let id = said["operationId"].as_str().unwrap_or_default();
    if let Some((_, member)) = SIGN_INS.iter().find(|(name, _)| *name == id) {
        let script = format!("pm.collectionVariables.set(\"token\", pm.response.json().{member});");
        item["event"] =
            json!([{"listen": "test", "script": {"type": "text/javascript", "exec": [script]}}]);
    }
    item
}

fn body(kind: &str, example: &Value) -> Value {
    let raw = match example {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        value => format!("{value:#}"),
    };
    let language = if kind.ends_with("json") {
        "json"
    } else {
        "text"
    };
    json!({"mode": "raw", "raw": raw, "options": {"raw": {"language": language}}})
}

/// The address: a parameter in the path is a variable of the request's own, one of the query that may be left out is off.
fn url(path: &str, said: &Value) -> Value {
    let parts: Vec<String> = path
        .split('/')
        .skip(1)
        .map(|part| {
            let name = part
                .strip_prefix('{')
                .and_then(|part| part.strip_suffix('}'));
            name.map_or_else(|| part.to_owned(), |name| format!(":{name}"))
        })
        .collect();
    let query: Vec<Value> = parameters(said, "query").map(member).collect();
    let asked: Vec<String> = query
        .iter()
        .filter(|member| member["disabled"] != true)
        .filter_map(|member| {
            Some(format!(
                "{}={}",
                member["key"].as_str()?,
                member["value"].as_str()?
            ))
        })
        .collect();
    let mark = if asked.is_empty() { "" } else { "?" };
    let mut url = json!({
        "raw": format!("{{{{baseUrl}}}}/{}{mark}{}", parts.join("/"), asked.join("&")),
        "host": ["{{baseUrl}}"],
        "path": parts,
    });
    let variables: Vec<Value> = parameters(said, "path").map(member).collect();
    for (name, members) in [("query", query), ("variable", variables)] {
        if !members.is_empty() {
            url[name] = Value::Array(members);
        }
    }
    url
}

fn parameters<'a>(said: &'a Value, place: &'a str) -> impl Iterator<Item = &'a Value> {
    let all = said["parameters"].as_array().into_iter().flatten();
    all.filter(move |parameter| parameter["in"] == place)
}

/// A parameter as Postman writes it.
fn member(parameter: &Value) -> Value {
    let value = match &parameter["example"] {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    let mut member = json!({"key": parameter["name"], "value": value});
    if parameter["description"].is_string() {
        member["description"] = parameter["description"].clone();
    }
    if parameter["required"] != true {
        member["disabled"] = true.into();
    }
    member
}

/// The names of the security schemes that an operation takes.
fn schemes(said: &Value) -> impl Iterator<Item = &str> {
    let all = said["security"].as_array().into_iter().flatten();
    all.filter_map(Value::as_object)
        .flat_map(|scheme| scheme.keys().map(String::as_str))
}

/// How a request shows who asks, where it is not by the collection's API key.
fn auth(said: &Value) -> Option<Value> {
    let takes = |name| schemes(said).any(|scheme| scheme == name);
    if takes("api_key") {
        return None;
    }
    if takes("bearer") {
        return Some(
            json!({"type": "bearer", "bearer": [{"key": "token", "value": "{{token}}", "type": "string"}]}),
        );
    }
    if takes("webhook") {
        return Some(json!({"type": "basic", "basic": [
            {"key": "username", "value": "{{webhookName}}", "type": "string"},
            {"key": "password", "value": "{{webhookPassword}}", "type": "string"},
        ]}));
    }
    Some(json!({"type": "noauth"}))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn document() -> Value {
        json!({
            "info": {"title": "T", "description": "D"},
            "tags": [{"name": "a", "description": "A."}, {"name": "empty", "description": "E."}],
            "paths": {
                "/a/{id}/": {"post": {
                    "tags": ["a"], "operationId": "make", "summary": "Makes.", "security": [{"bearer": []}],
                    "parameters": [
                        {"name": "id", "in": "path", "required": true, "example": "7"},
                        {"name": "q", "in": "query", "required": true, "example": 3},
                        {"name": "more", "in": "query", "required": false},
                    ],
                    "requestBody": {"content": {"application/json": {"example": {"x": 1}}}},
                }},
                "/token/": {"post": {"tags": ["a"], "operationId": "create_token", "summary": "Signs in."}},
            },
        })
    }

    #[test]
    fn a_folder_has_its_services_requests_and_an_empty_one_is_left_out() {
        let made = collection(&document());
        assert_eq!(made["item"].as_array().unwrap().len(), 1);
        assert_eq!(made["item"][0]["item"].as_array().unwrap().len(), 2);
        assert_eq!(made["variable"][0]["key"], "baseUrl");
        assert_eq!(made["auth"]["type"], "apikey");
    }

    #[test]
    fn a_request_has_its_address_body_and_credential() {
        let made = collection(&document());
        let request = &made["item"][0]["item"][0]["request"];
        assert_eq!(request["url"]["raw"], "{{baseUrl}}/a/:id/?q=3");
        assert_eq!(request["url"]["path"], json!(["a", ":id", ""]));
        assert_eq!(request["url"]["variable"][0]["value"], "7");
        assert_eq!(request["url"]["query"][1]["disabled"], true);
        assert_eq!(request["body"]["raw"], "{\n  \"x\": 1\n}");
        assert_eq!(request["auth"]["type"], "bearer");
    }

    #[test]
    fn a_sign_in_keeps_its_token_for_the_others_and_needs_none() {
        let made = collection(&document());
        let item = &made["item"][0]["item"][1];
        assert_eq!(item["request"]["auth"]["type"], "noauth");
        let script = item["event"][0]["script"]["exec"][0].as_str().unwrap();
        assert!(script.contains("json().access)"), "{script}");
    }
}
