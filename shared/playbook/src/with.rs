//! Reading what a step asks with.

use std::collections::BTreeMap;

use crate::capability::Capability;
use crate::fields::Fields;
use crate::flaw::FlawCode;
use crate::input::{InputKind, InputRule};
use crate::node::{Node, Value};
use crate::pairs;
use crate::parameter::{self, ParameterKind};
use crate::read::Reader;
use crate::references;
use crate::step::Input;
use crate::template::{self, Part};

impl Reader<'_> {
    pub(crate) fn with(
        &mut self,
        step: &Fields<'_>,
        service: Capability,
    ) -> BTreeMap<String, Input> {
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
        if let Some(name) = sole.and_then(references::direct_input)
            && let Some(input) = parameter::named(self.inputs, &name)
        {
            return fits(&name, &input.kind, rule);
        }
        match rule.kind {
            InputKind::Reference => match sole.and_then(references::direct) {
                Some((_, output)) if output == rule.name => Ok(()),
                _ => Err(format!(
                    "write {{{{ steps.<earlier step>.{} }}}} and nothing else",
                    rule.name
                )),
            },
            InputKind::Message { .. } => rule.kind.check_text(&literal),
            InputKind::Pairs | InputKind::Integer { .. } if sole.is_some() => Ok(()),
            InputKind::Pairs => pairs::split(&parts).map(drop),
            _ if literal.len() < text.len() => Ok(()),
            _ => rule.kind.check_text(text),
        }
    }
}

/// Whether a playbook's input, alone, can be what a key takes.
fn fits(name: &str, kind: &ParameterKind, rule: &InputRule) -> Result<(), String> {
    let refuse = |what: &str, wanted: &str| {
        Err(format!(
            "`inputs.{name}` is {what}, and `{}` takes {wanted}",
            rule.name
        ))
    };
    match (kind, rule.kind) {
        (_, InputKind::Reference) => Err(format!(
            "write {{{{ steps.<earlier step>.{} }}}} and nothing else",
            rule.name
        )),
        (
            ParameterKind::Integer { min, max },
            InputKind::Integer {
                min: least,
                max: most,
            },
        ) => {
            if *max < least || *min > most {
                let wanted = format!("{least} to {most}");
                return refuse(&format!("{min} to {max}"), &wanted);
            }
            Ok(())
        }
        (ParameterKind::Integer { .. }, _) => refuse("a whole number", "a text"),
        (other, InputKind::Integer { .. }) => {
            refuse(&format!("a {}", other.word()), "a whole number")
        }
        (ParameterKind::Choice { of }, InputKind::Choice(words)) => {
            match of.iter().find(|word| !words.contains(&word.as_str())) {
                Some(word) => refuse(
                    &format!("perhaps `{word}`"),
                    &format!("one of: {}", words.join(", ")),
                ),
                None => Ok(()),
            }
        }
        (other, InputKind::Choice(words)) => refuse(
            &format!("a {}", other.word()),
            &format!("one of: {}", words.join(", ")),
        ),
        _ => Ok(()),
    }
}
