//! The JSON Schema of the language, for editors. What only [`crate::parse`] can know (references, expressions) it leaves
//! out.

use serde_json::{Map, Value, json};

use crate::canonical;
use crate::capability::Capability;
use crate::input::{InputKind, InputRule};
use crate::parse::MAX_STEPS;
use crate::read::DEFAULT_TIMEOUT_SECONDS;

const NAME: &str = "^[a-z][a-z0-9]*(_[a-z0-9]+)*$";

/// The JSON Schema (2020-12) of a playbook.
#[must_use]
pub fn json_schema() -> Value {
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Playbook",
        "description": "A recipe: what to do for a ticket, step by step.",
        "type": "object",
        "required": ["name", "version", "steps"],
        "additionalProperties": false,
        "properties": {
            "name": {"description": "Which playbook.", "type": "string", "pattern": NAME, "maxLength": 64},
            "version": {
                "description": "Which text of it, in quotes.",
                "type": "string",
                "pattern": "^(0|[1-9][0-9]{0,5})\\.(0|[1-9][0-9]{0,5})$",
            },
            "description": {"description": "What it is for.", "type": "string", "maxLength": 1000},
            "enabled": {"description": "Printed by the API; not part of the text, and read over.", "type": "boolean"},
            "steps": {
                "description": "What it does, in order.",
                "type": "array",
                "minItems": 1,
                "maxItems": MAX_STEPS,
                "items": step(),
            },
        },
    })
}

/// [`json_schema`] as text: keys sorted, indented, with a newline at the end.
#[must_use]
pub fn json_schema_text() -> String {
    canonical::pretty(&json_schema())
}

fn step() -> Value {
    let services: Vec<Value> = Capability::ALL
        .into_iter()
        .map(|capability| json!({"const": capability.service(), "description": capability.about()}))
        .collect();
    let by_service: Vec<Value> = Capability::ALL.into_iter().map(with_of).collect();
    json!({
        "type": "object",
        "required": ["id", "service", "with"],
        "additionalProperties": false,
        "properties": {
            "id": {
                "description": "The step's name, also its state's.",
                "type": "string",
                "pattern": NAME,
                "maxLength": 64,
            },
            "service": {"description": "What the step asks for.", "oneOf": services},
            "with": {"description": "What it asks with; texts may hold {{ expressions }}.", "type": "object"},
            "when": {
                "description": "A CEL expression over ticket and steps; when it is false the step is skipped.",
                "type": "string",
                "minLength": 1,
                "maxLength": 1024,
            },
            "timeout": {
                "description": "Seconds until the step counts as failed.",
                "type": "integer",
                "minimum": 30,
                "maximum": 600,
                "default": DEFAULT_TIMEOUT_SECONDS,
            },
            "retry": retry(),
            "on_failure": {
                "description": "Where a failed step leads: escalate, continue, or goto a later step.",
                "type": "string",
                "pattern": "^(escalate|continue|goto +[a-z][a-z0-9]*(_[a-z0-9]+)* *)$",
                "default": "escalate",
            },
        },
        "allOf": by_service,
    })
}

fn retry() -> Value {
    json!({
        "description": "Try again when the step says that nothing happened.",
        "type": "object",
        "required": ["max_attempts"],
        "additionalProperties": false,
        "properties": {
            "max_attempts": {
                "description": "Tries in all, the first included.",
                "type": "integer",
                "minimum": 1,
                "maximum": 5,
            },
            "backoff_seconds": {
                "description": "Seconds before the second try.",
                "type": "integer",
                "minimum": 1,
                "maximum": 60,
                "default": 2,
            },
            "backoff_rate": {
                "description": "Each wait is this many times the one before.",
                "type": "number",
                "minimum": 1,
                "maximum": 4,
                "default": 2,
            },
        },
    })
}

fn with_of(capability: Capability) -> Value {
    let properties: Map<String, Value> = capability
        .inputs()
        .iter()
        .map(|rule| (rule.name.to_owned(), input(rule)))
        .collect();
    let required: Vec<&str> = capability
        .inputs()
        .iter()
        .filter(|rule| rule.required)
        .map(|rule| rule.name)
        .collect();
    let mut then = json!({
        "properties": {"with": {"additionalProperties": false, "properties": properties, "required": required}},
    });
    if capability.is_verification() {
        then["properties"]["on_failure"] = json!({"not": {"const": "continue"}});
    }
    json!({
        "if": {"properties": {"service": {"const": capability.service()}}, "required": ["service"]},
        "then": then,
    })
}

fn input(rule: &InputRule) -> Value {
    let mut schema = match rule.kind {
        InputKind::Text { .. } | InputKind::Message { .. } => {
            json!({"type": "string", "minLength": 1, "maxLength": 4096})
        }
        InputKind::Reference => json!({"type": "string", "pattern": "^\\{\\{.*\\}\\}$"}),
        InputKind::Choice(words) => {
            json!({"anyOf": [{"enum": words}, {"type": "string", "pattern": "\\{\\{"}]})
        }
        InputKind::Integer { min, max } => json!({
            "anyOf": [
                {"type": "integer", "minimum": min, "maximum": max},
                {"type": "string", "pattern": "^\\{\\{.*\\}\\}$"},
            ],
        }),
    };
    schema["description"] = json!(rule.about);
    schema
}
