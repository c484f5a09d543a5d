//! Reading one step.

use std::collections::BTreeMap;

use crate::capability::Capability;
use crate::fields::{Fields, clip};
use crate::flaw::{FlawCode, Flaws, suggestion};
use crate::input::{InputKind, InputRule};
use crate::names::StepId;
use crate::node::{Node, Value};
use crate::references::{self, Outline};
use crate::step::{Input, OnFailure, Retry, Step};
use crate::template::{self, Part};
use crate::values;

pub(crate) const STEP_FIELDS: [&str; 7] = [
    "id",
    "service",
    "with",
    "when",
    "timeout",
    "retry",
    "on_failure",
];
pub(crate) const RETRY_FIELDS: [&str; 3] = ["max_attempts", "backoff_seconds", "backoff_rate"];

/// Seconds a step has where the playbook does not say.
pub(crate) const DEFAULT_TIMEOUT_SECONDS: u32 = 300;

struct Reader<'a> {
    outline: &'a Outline,
    at: usize,
    flaws: &'a mut Flaws,
}

/// Reads the step at `at`. Where it has flaws they are added, and what comes back, if anything, is not to be used.
pub(crate) fn step(node: &Node, at: usize, outline: &Outline, flaws: &mut Flaws) -> Option<Step> {
    let path = format!("steps[{at}]");
    let fields = Fields::open(node, &path, &STEP_FIELDS, flaws)?;
    let mut reader = Reader { outline, at, flaws };
    let id = reader.id(&fields);
    let service = reader.service(&fields);
    let with = service.map(|service| reader.with(&fields, service));
    let when = fields
        .get("when")
        .and_then(|node| reader.when(node, &fields.at("when")));
    let timeout_seconds = match fields.get("timeout") {
        Some(node) => values::whole(
            node,
            &fields.at("timeout"),
            30..=600,
            "seconds",
            reader.flaws,
        ),
        None => Some(DEFAULT_TIMEOUT_SECONDS),
    };
    let retry = fields
        .get("retry")
        .and_then(|node| reader.retry(node, &fields.at("retry")));
    let on_failure = match fields.get("on_failure") {
        Some(node) => reader.on_failure(node, &fields.at("on_failure"), service),
        None => Some(OnFailure::Escalate),
    };
    Some(Step {
        id: id?,
        service: service?,
        with: with?,
        when,
        timeout_seconds: timeout_seconds?,
        retry,
        on_failure: on_failure?,
    })
}

impl Reader<'_> {
    fn id(&mut self, fields: &Fields<'_>) -> Option<StepId> {
        let node = fields.require("id", self.flaws)?;
        let id: StepId = values::name(node, &fields.at("id"), self.flaws)?;
        if self
            .outline
            .position(id.as_str())
            .is_some_and(|first| first < self.at)
        {
            let message = format!("another step is called `{id}`: rename one");
            self.flaws
                .add(&fields.at("id"), node.line, FlawCode::Duplicate, message);
        }
        Some(id)
    }

    fn service(&mut self, fields: &Fields<'_>) -> Option<Capability> {
        let node = fields.require("service", self.flaws)?;
        let written = values::text(node, &fields.at("service"), self.flaws)?;
        let found = Capability::from_service(written);
        if found.is_none() {
            let known = Capability::ALL.map(Capability::service);
            let message = format!(
                "there is no service `{}`; {}",
                clip(written),
                suggestion(&clip(written), &known)
            );
            self.flaws
                .add(&fields.at("service"), node.line, FlawCode::Unknown, message);
        }
        found
    }

    fn with(&mut self, step: &Fields<'_>, service: Capability) -> BTreeMap<String, Input> {
        let known: Vec<&str> = service.inputs().iter().map(|rule| rule.name).collect();
        let mut inputs = BTreeMap::new();
        let Some(node) = step.require("with", self.flaws) else {
            return inputs;
        };
        let path = step.at("with");
        let Some(fields) = Fields::open(node, &path, &known, self.flaws) else {
            return inputs;
        };
        for rule in service.inputs() {
            let node = if rule.required {
                fields.require(rule.name, self.flaws)
            } else {
                fields.get(rule.name)
            };
            if let Some(input) = node.and_then(|node| self.input(node, &fields.at(rule.name), rule))
            {
                inputs.insert(rule.name.to_owned(), input);
            }
        }
        inputs
    }

    fn input(&mut self, node: &Node, path: &str, rule: &InputRule) -> Option<Input> {
        let (input, checked) = match &node.value {
            Value::Integer(number) => (Input::Integer(*number), rule.kind.check_integer(*number)),
            Value::Text(text) => (
                Input::Text(text.clone()),
                self.template(text, node, path, rule),
            ),
            _ => {
                let message = format!("write a text or a whole number here, not {}", node.kind());
                self.flaws
                    .add(path, node.line, FlawCode::WrongType, message);
                return None;
            }
        };
        if let Err(message) = checked {
            self.flaws
                .add(path, node.line, FlawCode::OutOfRange, message);
        }
        Some(input)
    }

    fn template(
        &mut self,
        text: &str,
        node: &Node,
        path: &str,
        rule: &InputRule,
    ) -> Result<(), String> {
        let parts = template::parts(text)?;
        let mut sound = true;
        for part in &parts {
            if let Part::Expression(expression) = part {
                sound &= self.expression(expression, node, path);
            }
        }
        if !sound {
            return Ok(());
        }
        let literal: String = parts
            .iter()
            .map(|part| {
                if let Part::Literal(text) = part {
                    text
                } else {
                    ""
                }
            })
            .collect();
        let sole = template::sole(&parts);
        match rule.kind {
            InputKind::Reference => match sole.and_then(references::direct) {
                Some((_, output)) if output == rule.name => Ok(()),
                _ => Err(format!(
                    "write {{{{ steps.<earlier step>.{} }}}} and nothing else",
                    rule.name
                )),
            },
            InputKind::Message { .. } => rule.kind.check_text(&literal),
            InputKind::Integer { .. } if sole.is_some() => Ok(()),
            _ if literal.len() < text.len() => Ok(()),
            _ => rule.kind.check_text(text),
        }
    }

    /// Adds what is wrong with an expression; true where nothing is.
    fn expression(&mut self, text: &str, node: &Node, path: &str) -> bool {
        let found = references::check(text, self.outline, self.at);
        let sound = found.is_empty();
        for (code, message) in found {
            self.flaws.add(path, node.line, code, message);
        }
        sound
    }

    fn when(&mut self, node: &Node, path: &str) -> Option<String> {
        let text = values::text(node, path, self.flaws)?;
        if text.contains("{{") {
            let message = "`when` is an expression already: write it without {{ }}";
            self.flaws
                .add(path, node.line, FlawCode::BadExpression, message);
        } else {
            self.expression(text, node, path);
        }
        Some(text.to_owned())
    }

    fn retry(&mut self, node: &Node, path: &str) -> Option<Retry> {
        let fields = Fields::open(node, path, &RETRY_FIELDS, self.flaws)?;
        let attempts = fields.require("max_attempts", self.flaws);
        let seconds = fields.get("backoff_seconds");
        let rate = fields.get("backoff_rate");
        let flaws = &mut *self.flaws;
        Some(Retry {
            max_attempts: values::whole(
                attempts?,
                &fields.at("max_attempts"),
                1..=5,
                "attempts",
                flaws,
            )?,
            backoff_seconds: match seconds {
                Some(node) => values::whole(
                    node,
                    &fields.at("backoff_seconds"),
                    1..=60,
                    "seconds",
                    flaws,
                )?,
                None => 2,
            },
            backoff_rate: match rate {
                Some(node) => values::number(node, &fields.at("backoff_rate"), 1.0..=4.0, flaws)?,
                None => 2.0,
            },
        })
    }

    fn on_failure(
        &mut self,
        node: &Node,
        path: &str,
        service: Option<Capability>,
    ) -> Option<OnFailure> {
        let written = values::text(node, path, self.flaws)?;
        match written {
            "escalate" => Some(OnFailure::Escalate),
            "continue" => {
                if service.is_some_and(Capability::is_verification) {
                    let message =
                        "nothing goes on past a verification that failed: write `escalate`";
                    self.flaws.add(path, node.line, FlawCode::Unsafe, message);
                }
                Some(OnFailure::Continue)
            }
            _ if written.starts_with("goto ") => {
                self.goto(written["goto ".len()..].trim(), node, path)
            }
            _ => {
                let message = format!(
                    "there is no `{}`: write escalate, continue or goto <later step>",
                    clip(written)
                );
                self.flaws.add(path, node.line, FlawCode::Unknown, message);
                None
            }
        }
    }

    fn goto(&mut self, target: &str, node: &Node, path: &str) -> Option<OnFailure> {
        match self.outline.position(target) {
            Some(at) if at > self.at => target.parse().ok().map(OnFailure::Goto),
            Some(_) => {
                let message =
                    format!("`{target}` is not a later step: a playbook only goes forward");
                self.flaws
                    .add(path, node.line, FlawCode::BadReference, message);
                None
            }
            None => {
                let later = self.outline.ids(|at| at > self.at);
                let message = if later.is_empty() {
                    format!(
                        "there is no step `{}` after this one: write escalate or continue",
                        clip(target)
                    )
                } else {
                    format!(
                        "there is no step `{}`; {}",
                        clip(target),
                        suggestion(&clip(target), &later)
                    )
                };
                self.flaws
                    .add(path, node.line, FlawCode::BadReference, message);
                None
            }
        }
    }
}
