//! `events/`: a fixture for every operation, which fits its route and its documented answer.

use crate::project;
use crate::shape::{fits, holds, members, resolved};
use kit::Door;
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// What an expectation may ask to be there before.
const GIVEN: [&str; 14] = [
    "ticket",
    "run",
    "stopped",
    "prompt",
    "approval",
    "verified",
    "credential",
    "delivery",
    "event",
    "key",
    "child",
    "signed_in",
    "scripts",
    "script_run",
];

/// Contract A's documented answers, by the fixture that is asked for them.
const DOCUMENTED: [(&str, &str); 5] = [
    (
        "classifier/classify_ticket",
        r#"{"automated": true, "playbook_id": "password_reset", "confidence": 0.95, "context": {}}"#,
    ),
    (
        "playbook/get_playbook",
        r#"{"name": "password_reset", "version": "1.2", "enabled": true,
            "steps": [{"id": "verify_mfa", "service": "verification.mfa", "timeout": 300}]}"#,
    ),
    (
        "orchestration/get_execution",
        r#"{"ticket_id": "HLP-12345", "status": "running", "current_step": "verify_mfa", "steps_completed": 0,
            "steps_total": 3, "started_at": "2026-01-07T15:30:00Z"}"#,
    ),
    (
        "executor/reset_password",
        r#"{"status": "success", "credential": "ABCD1234EFGH5678", "expires_at": "2026-01-07T16:30:00Z",
            "delivery_method": "sms"}"#,
    ),
    (
        "delivery/send_sms",
        r#"{"status": "sent", "delivery_id": "dlv-789xyz", "sent_at": "2026-01-07T15:35:00Z", "medium": "sms"}"#,
    ),
];

/// A fixture: `<service>/<operation>[.<case>]`.
struct Fixture {
    name: String,
    event: Value,
    expected: Value,
}

impl Fixture {
    fn all() -> Vec<Self> {
        let paths = project::files("events", ".json");
        let (expected, events): (Vec<_>, Vec<_>) = paths
            .into_iter()
            .partition(|path| path.ends_with(".expect.json"));
        assert_eq!(
            expected.len(),
            events.len(),
            "an event and its expectation come together"
        );
        let fixture = |path: &String| {
            let stem = path.trim_end_matches(".json");
            Self {
                name: stem.trim_start_matches("events/").to_owned(),
                event: project::json(path),
                expected: project::json(&format!("{stem}.expect.json")),
            }
        };
        events.iter().map(fixture).collect()
    }

    fn service(&self) -> &str {
        self.name.split('/').next().unwrap()
    }

    fn operation(&self) -> &str {
        self.name.split(['/', '.']).nth(1).unwrap()
    }

    fn is_http(&self) -> bool {
        self.event.get("httpMethod").is_some()
    }

    /// What `openapi.yaml` says of the route.
    fn documented<'a>(&self, openapi: &'a Value) -> &'a Value {
        let method = self.event["httpMethod"].as_str().unwrap().to_lowercase();
        let resource = self.event["resource"].as_str().unwrap();
        // The document has contract B's paths with a slash at the end, API Gateway without.
        let mut forms = [resource.to_owned(), format!("{resource}/")].into_iter();
        let route = forms.find_map(|path| openapi["paths"][path].get(&method));
        route.unwrap_or_else(|| panic!("{}: there is no such route", self.name))
    }
}

#[test]
fn every_operation_has_a_fixture_of_its_kind() {
    let fixtures = Fixture::all();
    let mut operations = BTreeSet::new();
    for service in documents::services() {
        for operation in service.operations {
            operations.insert(format!("{}/{}", service.name, operation.name));
            let own: Vec<&Fixture> = fixtures
                .iter()
                .filter(|fixture| {
                    fixture.service() == service.name && fixture.operation() == operation.name
                })
                .collect();
            assert!(
                own.iter().any(|fixture| !fixture.name.contains('.')),
                "{} has no fixture",
                operation.name
            );
            for fixture in own {
                assert_eq!(
                    fixture.is_http(),
                    matches!(operation.door, Door::Http(_)),
                    "{}",
                    fixture.name
                );
                let queued = fixture.event["Records"][0]["eventSource"] == "aws:sqs";
                assert_eq!(
                    queued,
                    matches!(operation.door, Door::Queue(_)),
                    "{}",
                    fixture.name
                );
            }
        }
    }
    for fixture in &fixtures {
        let operation = format!("{}/{}", fixture.service(), fixture.operation());
        assert!(
            operations.contains(&operation),
            "{} is no operation",
            fixture.name
        );
    }
}

#[test]
fn a_request_goes_to_its_own_operations_route() {
    let (openapi, gateway) = (project::yaml("openapi.yaml"), project::yaml("gateway.yaml"));
    for fixture in Fixture::all().iter().filter(|fixture| fixture.is_http()) {
        let (event, name) = (&fixture.event, &fixture.name);
        fixture.documented(&openapi);
        let resource = event["resource"].as_str().unwrap();
        let method = event["httpMethod"].as_str().unwrap().to_lowercase();
        let uri = gateway["paths"][resource][&method]["x-amazon-apigateway-integration"]["uri"]["Fn::Sub"].as_str().unwrap();
        assert!(
            uri.ends_with(&format!("-{}/invocations", fixture.operation())),
            "{name} leads to {uri}"
        );
        let mut path = resource.to_owned();
        for (parameter, value) in event["pathParameters"].as_object().into_iter().flatten() {
            path = path.replace(&format!("{{{parameter}}}"), value.as_str().unwrap());
        }
        let slashed = format!("{path}/");
        assert!(event["path"] == path || event["path"] == slashed, "{name}");
        assert_eq!(event["requestContext"]["resourcePath"], resource, "{name}");
    }
}

#[test]
fn a_good_request_has_the_documented_body() {
    let openapi = project::yaml("openapi.yaml");
    for fixture in Fixture::all().iter().filter(|fixture| fixture.is_http()) {
        let good = fixture.expected["status"]
            .as_u64()
            .is_some_and(|status| status < 300);
        let schema =
            &fixture.documented(&openapi)["requestBody"]["content"]["application/json"]["schema"];
        let members = members(&openapi, schema);
        if !good || members.is_empty() {
            continue;
        }
        let body: Value = serde_json::from_str(fixture.event["body"].as_str().unwrap()).unwrap();
        let body = body.as_object().unwrap();
        for (name, _, _) in members.iter().filter(|(_, _, required)| *required) {
            assert!(body.contains_key(*name), "{} lacks {name}", fixture.name);
        }
        for name in body.keys() {
            assert!(
                members.iter().any(|(known, _, _)| known == name),
                "{}: {name} is not documented",
                fixture.name
            );
        }
    }
}

#[test]
fn what_is_expected_is_what_the_document_says() {
    let openapi = project::yaml("openapi.yaml");
    for fixture in Fixture::all().iter().filter(|fixture| fixture.is_http()) {
        let (name, expected) = (&fixture.name, &fixture.expected);
        let status = expected["status"].as_u64().unwrap().to_string();
        let answer = resolved(
            &openapi,
            &fixture.documented(&openapi)["responses"][&status],
        );
        assert!(answer.is_object(), "{name}: {status} is not documented");
        let Some(body) = expected.get("body") else {
            assert!(answer["content"].is_null(), "{name}: {status} has a body");
            continue;
        };
        let content = answer["content"]
            .as_object()
            .unwrap_or_else(|| panic!("{name}: {status} has no body"));
        if body == "text" {
            assert!(
                content.keys().any(|kind| kind != "application/json"),
                "{name}"
            );
        } else {
            fits(&openapi, &content["application/json"]["schema"], body, name);
        }
    }
}

#[test]
fn every_documented_member_of_contract_a_is_expected_with_its_type() {
    let fixtures = Fixture::all();
    for (name, documented) in DOCUMENTED {
        let fixture = fixtures
            .iter()
            .find(|fixture| fixture.name == name)
            .expect(name);
        let documented: Value = serde_json::from_str(documented).unwrap();
        holds(&fixture.expected["body"], &documented, name);
    }
}

#[test]
fn an_expectation_says_an_answer_and_asks_only_for_what_can_be_given() {
    for fixture in Fixture::all() {
        let (name, expected) = (&fixture.name, &fixture.expected);
        let answers = expected["answer"].is_object() != expected["error"].is_string();
        assert_eq!(answers, !fixture.is_http(), "{name}");
        for given in expected["given"].as_array().into_iter().flatten() {
            assert!(
                GIVEN.iter().any(|known| json!(known) == *given),
                "{name}: {given}"
            );
        }
    }
}

#[test]
fn a_steps_input_is_what_its_state_hands_on() {
    let fixtures = Fixture::all();
    let machine = project::json("statemachines/password_reset.asl.json");
    for (name, state) in machine["States"].as_object().unwrap() {
        let Some(handed) = state["Parameters"]["Payload"].as_object() else {
            continue;
        };
        let function = state["Parameters"]["FunctionName"].as_str().unwrap();
        let function = function
            .trim_start_matches("${")
            .trim_end_matches('}')
            .to_lowercase();
        let fixture = fixtures
            .iter()
            .find(|fixture| fixture.operation().replace('_', "") == function)
            .expect(name);
        let handed: BTreeSet<&str> = handed
            .keys()
            .map(|member| member.trim_end_matches(".$"))
            .collect();
        let given: BTreeSet<&str> = fixture
            .event
            .as_object()
            .unwrap()
            .keys()
            .map(String::as_str)
            .collect();
        assert_eq!(handed, given, "{}", fixture.name);
    }
}
