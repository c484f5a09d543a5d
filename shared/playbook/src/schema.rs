//! The JSON Schema of the language, for editors. What only [`crate::parse`] can know (references, expressions) it leaves
//! out.

use serde_json::{Map, Value, json};

use crate::blocks::MAX_GROUP;
use crate::canonical;
use crate::capability::Capability;
use crate::caps::{PER_HOUR, PER_SUBJECT_PER_DAY};
use crate::input::{InputKind, InputRule};
use crate::parameter::MAX_ID_BYTES;
use crate::parameters::{
    DEFAULT_CHARS, KINDS, MAX_CHARS, MAX_INPUTS, MAX_INTEGER, MAX_WORD_CHARS, MAX_WORDS,
};
use crate::parse::MAX_STEPS;
use crate::read::{DEFAULT_AFTER_SECONDS, DEFAULT_TIMEOUT_SECONDS};

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
            "inputs": {
                "description": "What a run is started with; expressions read inputs.<name>.",
                "type": "object",
                "maxProperties": MAX_INPUTS,
                "propertyNames": {"pattern": NAME, "maxLength": 64},
                "additionalProperties": parameter(),
            },
            "caps": caps(),
            "steps": {
                "description": "What it does, in order: steps, and groups of steps that run beside one another.",
                "type": "array",
                "minItems": 1,
                "maxItems": MAX_STEPS,
                "items": {
                    "if": {"type": "object", "required": ["parallel"]},
                    "then": group(),
                    "else": {"$ref": "#/$defs/step"},
                },
            },
        },
        "$defs": {"step": step(), "fallback": fallback(), "retry": retry(), "wait": wait()},
    })
}

fn caps() -> Value {
    json!({
        "description": "How often its runs may act in one organization; a run counts once.",
        "type": "object",
        "minProperties": 1,
        "additionalProperties": false,
        "properties": {
            "per_hour": {
                "description": "Most runs that act in an hour of the clock.",
                "type": "integer",
                "minimum": PER_HOUR.start(),
                "maximum": PER_HOUR.end(),
            },
            "per_subject_per_day": {
                "description": "Most runs that act on the same person in a day, in UTC.",
                "type": "integer",
                "minimum": PER_SUBJECT_PER_DAY.start(),
                "maximum": PER_SUBJECT_PER_DAY.end(),
            },
        },
    })
}

fn group() -> Value {
    json!({
        "description": "Steps that run beside one another. None reads what another gives; the first that fails stops the rest.",
        "type": "object",
        "required": ["id", "parallel"],
        "additionalProperties": false,
        "properties": {
            "id": id("The group's name, also its state's."),
            "parallel": {"type": "array", "minItems": 2, "maxItems": MAX_GROUP, "items": {"$ref": "#/$defs/step"}},
        },
    })
}

fn id(about: &str) -> Value {
    json!({"description": about, "type": "string", "pattern": NAME, "maxLength": 64, "not": {"pattern": "^undo_"}})
}

fn parameter() -> Value {
    let text = json!({"type": "string"});
    let directory_id = json!({"type": "string", "minLength": 1, "maxLength": MAX_ID_BYTES});
    let whole = json!({"type": "integer", "minimum": -MAX_INTEGER, "maximum": MAX_INTEGER});
    let words = json!({
        "type": "array",
        "minItems": 1,
        "maxItems": MAX_WORDS,
        "uniqueItems": true,
        "items": {"type": "string", "minLength": 1, "maxLength": MAX_WORD_CHARS},
    });
    let chars =
        json!({"type": "integer", "minimum": 1, "maximum": MAX_CHARS, "default": DEFAULT_CHARS});
    let of = |kind: &str, default: &Value, own: Value, required: &[&str]| {
        let mut properties = json!({
            "type": {"const": kind},
            "required": {"description": "Whether a run cannot start without it.", "type": "boolean", "default": false},
            "default": default,
            "about": {"description": "What it is for.", "type": "string", "maxLength": 300},
        });
        if let (Some(all), Value::Object(own)) = (properties.as_object_mut(), own) {
            all.extend(own);
        }
        json!({
            "if": {"properties": {"type": {"const": kind}}, "required": ["type"]},
            "then": {"additionalProperties": false, "properties": properties, "required": required},
        })
    };
    json!({
        "type": "object",
        "required": ["type"],
        "properties": {"type": {"enum": KINDS}},
        "allOf": [
            of("text", &text, json!({"max_chars": chars}), &["type"]),
            of("integer", &whole, json!({"min": whole, "max": whole}), &["type"]),
            of("choice", &text, json!({"of": words}), &["type", "of"]),
            of("user", &directory_id, json!({}), &["type"]),
            of("group", &directory_id, json!({}), &["type"]),
            of("licence", &directory_id, json!({}), &["type"]),
            of("timestamp", &text, json!({}), &["type"]),
        ],
    })
}

fn services(fits: impl Fn(Capability) -> bool) -> Vec<Value> {
    Capability::ALL
        .into_iter()
        .filter(|capability| fits(*capability))
        .map(|capability| json!({"const": capability.service(), "description": capability.about()}))
        .collect()
}

fn timeout() -> Value {
    json!({
        "description": "Seconds until the step counts as failed.",
        "type": "integer",
        "minimum": 30,
        "maximum": 600,
        "default": DEFAULT_TIMEOUT_SECONDS,
    })
}

fn wait() -> Value {
    json!({
        "description": "How long a verification waits for a person, instead of timeout: 30s to 30d.",
        "type": "string",
        "pattern": "^[1-9][0-9]{0,6}[smhd]$",
    })
}

fn fallback() -> Value {
    let by_service: Vec<Value> = Capability::ALL
        .into_iter()
        .filter(|capability| capability.is_verification())
        .map(with_of)
        .collect();
    json!({
        "description": "Another verification, asked after silence; on_failure is the step's own.",
        "type": "object",
        "required": ["id", "service", "with"],
        "additionalProperties": false,
        "properties": {
            "after": {
                "description": "Seconds of silence; the step itself has no timeout then.",
                "type": "integer",
                "minimum": 30,
                "maximum": 600,
                "default": DEFAULT_AFTER_SECONDS,
            },
            "id": id("Its name, also its state's."),
            "service": {"oneOf": services(Capability::is_verification)},
            "with": {"type": "object"},
            "timeout": timeout(),
            "wait_up_to": {"$ref": "#/$defs/wait"},
            "retry": {"$ref": "#/$defs/retry"},
        },
        "not": {"required": ["timeout", "wait_up_to"]},
        "allOf": by_service,
    })
}

/// [`json_schema`] as text: keys sorted, indented, with a newline at the end.
#[must_use]
pub fn json_schema_text() -> String {
    canonical::pretty(&json_schema())
}

fn step() -> Value {
    let by_service: Vec<Value> = Capability::ALL.into_iter().map(with_of).collect();
    json!({
        "type": "object",
        "required": ["id", "service", "with"],
        "additionalProperties": false,
        "properties": {
            "id": id("The step's name, also its state's."),
            "service": {"description": "What the step asks for.", "oneOf": services(|_| true)},
            "with": {"description": "What it asks with; texts may hold {{ expressions }}.", "type": "object"},
            "when": {
                "description": "A CEL expression over ticket, inputs and steps; when it is false the step is skipped.",
                "type": "string",
                "minLength": 1,
                "maxLength": 1024,
            },
            "timeout": timeout(),
            "wait_up_to": {"$ref": "#/$defs/wait"},
            "retry": {"$ref": "#/$defs/retry"},
            "on_failure": {
                "description": "Where a failed step leads: escalate, continue, or goto a later step.",
                "type": "string",
                "pattern": "^(escalate|continue|goto +[a-z][a-z0-9]*(_[a-z0-9]+)* *)$",
                "default": "escalate",
            },
            "compensate": {
                "description": "undo: its deed is taken back when the run fails later, or is stopped.",
                "const": "undo",
            },
            "fallback": {"$ref": "#/$defs/fallback"},
        },
        "allOf": by_service.into_iter().chain(exclusive()).collect::<Vec<Value>>(),
    })
}

/// How long a step waits is said once.
fn exclusive() -> [Value; 3] {
    [
        json!({"not": {"required": ["timeout", "wait_up_to"]}}),
        json!({"not": {"required": ["timeout", "fallback"]}}),
        json!({"not": {"required": ["wait_up_to", "fallback"]}}),
    ]
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
    } else {
        then["properties"]["wait_up_to"] = json!(false);
        then["properties"]["fallback"] = json!(false);
    }
    if capability.undo().is_none() {
        then["properties"]["compensate"] = json!(false);
    }
    json!({
        "if": {"properties": {"service": {"const": capability.service()}}, "required": ["service"]},
        "then": then,
    })
}

fn input(rule: &InputRule) -> Value {
    let mut schema = match rule.kind {
        InputKind::Text { .. } | InputKind::Message { .. } | InputKind::Pairs => {
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
