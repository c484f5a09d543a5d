//! What an expression reads: only `ticket`, the playbook's inputs, and outputs of earlier steps.

use cel::common::ast::operators as op;
use cel::common::ast::{CallExpr, EntryExpr, Expr, IdedExpr, LiteralValue};

use crate::capability::Capability;
use crate::expression;
use crate::fields::clip;
use crate::flaw::{FlawCode, suggestion};
use crate::outline::{Kind, Named, Outline};
use crate::parameter::Parameters;

const FUNCTIONS: [&str; 6] = [
    "size",
    "contains",
    "startsWith",
    "endsWith",
    "string",
    "int",
];

const OPERATORS: [&str; 17] = [
    op::CONDITIONAL,
    op::LOGICAL_AND,
    op::LOGICAL_OR,
    op::LOGICAL_NOT,
    op::SUBSTRACT,
    op::ADD,
    op::MULTIPLY,
    op::DIVIDE,
    op::MODULO,
    op::EQUALS,
    op::NOT_EQUALS,
    op::GREATER_EQUALS,
    op::LESS_EQUALS,
    op::GREATER,
    op::LESS,
    op::NEGATE,
    op::INDEX,
];

type Found = (FlawCode, String);

/// Says everything that is wrong with `text` as an expression of the step at `at`.
pub(crate) fn check(
    text: &str,
    outline: &Outline<'_>,
    inputs: &Parameters,
    at: usize,
) -> Vec<Found> {
    let mut walk = Walk {
        outline,
        inputs,
        at,
        found: Vec::new(),
    };
    match expression::parse(text) {
        Ok(expression) => walk.expression(&expression),
        Err(message) => walk.found.push((FlawCode::BadExpression, message)),
    }
    walk.found
}

/// `(step, output)`, where `text` is `steps.<step>.<output>` and nothing else.
pub(crate) fn direct(text: &str) -> Option<(String, String)> {
    let expression = expression::parse(text).ok()?;
    match path(&expression)?[..] {
        ["steps", step, output] => Some((step.to_owned(), output.to_owned())),
        _ => None,
    }
}

/// The input, where `text` is `inputs.<name>` and nothing else.
pub(crate) fn direct_input(text: &str) -> Option<String> {
    let expression = expression::parse(text).ok()?;
    match path(&expression)?[..] {
        ["inputs", name] => Some(name.to_owned()),
        _ => None,
    }
}

struct Walk<'a> {
    outline: &'a Outline<'a>,
    inputs: &'a Parameters,
    at: usize,
    found: Vec<Found>,
}

impl Walk<'_> {
    fn expression(&mut self, expression: &IdedExpr) {
        if let Some(path) = path(expression) {
            let asked = matches!(&expression.expr, Expr::Select(select) if select.test);
            return self.name(&path, asked);
        }
        match &expression.expr {
            Expr::Unspecified | Expr::Literal(_) | Expr::Ident(_) => {}
            Expr::Call(call) => self.call(call),
            Expr::Select(select) => self.expression(&select.operand),
            Expr::List(list) => list
                .elements
                .iter()
                .for_each(|element| self.expression(element)),
            Expr::Map(map) => {
                for entry in &map.entries {
                    if let EntryExpr::MapEntry(entry) = &entry.expr {
                        self.expression(&entry.key);
                        self.expression(&entry.value);
                    }
                }
            }
            Expr::Comprehension(_) => self.refuse(
                FlawCode::BadExpression,
                "an expression has no loops (all, exists, exists_one, map, filter): use `in`",
            ),
            Expr::Struct(_) => {
                self.refuse(FlawCode::BadExpression, "an expression makes no messages");
            }
        }
    }

    fn call(&mut self, call: &CallExpr) {
        let name = call.func_name.as_str();
        if !FUNCTIONS.contains(&name) && !OPERATORS.contains(&name) && name != op::IN {
            let message = format!(
                "there is no function `{}`; {}",
                clip(name),
                suggestion(&clip(name), &FUNCTIONS)
            );
            self.refuse(FlawCode::BadExpression, message);
        }
        if let Some(target) = &call.target {
            self.expression(target);
        }
        call.args
            .iter()
            .for_each(|argument| self.expression(argument));
    }

    fn name(&mut self, path: &[&str], asked: bool) {
        match *path {
            ["ticket", ..] | [] => {}
            ["steps", step] if asked => {
                self.earlier(step);
            }
            ["steps", step, output, ..] => self.output(step, output),
            ["steps", ..] => self.refuse(
                FlawCode::BadReference,
                "name an output: steps.<earlier step>.<output>",
            ),
            ["inputs", name] => self.input(name),
            ["inputs"] => self.refuse(FlawCode::BadReference, "name an input: inputs.<name>"),
            ["inputs", name, ..] => {
                let message = format!("`inputs.{}` has no fields of its own", clip(name));
                self.refuse(FlawCode::BadReference, message);
            }
            [other, ..] => {
                let message = format!(
                    "there is no `{}`; {}",
                    clip(other),
                    suggestion(&clip(other), &["ticket", "steps", "inputs"])
                );
                self.refuse(FlawCode::BadReference, message);
            }
        }
    }

    fn input(&mut self, name: &str) {
        if self.inputs.keys().any(|known| *known == name) {
            return;
        }
        let known: Vec<&str> = self.inputs.keys().map(AsRef::as_ref).collect();
        let message = if known.is_empty() {
            format!(
                "this playbook has no `inputs`: add `{}` to them",
                clip(name)
            )
        } else {
            let near = suggestion(&clip(name), &known);
            format!("there is no input `{}`; {near}", clip(name))
        };
        self.refuse(FlawCode::BadReference, message);
    }

    fn output(&mut self, step: &str, output: &str) {
        let Some(capability) = self.earlier(step) else {
            return;
        };
        if output == "status" || capability.outputs().contains(&output) {
            return;
        }
        let known: Vec<&str> = ["status"]
            .into_iter()
            .chain(capability.outputs().iter().copied())
            .collect();
        let message = format!(
            "{capability} gives no `{}`; {}",
            clip(output),
            suggestion(&clip(output), &known)
        );
        self.refuse(FlawCode::BadReference, message);
    }

    /// The capability of an earlier step; a later or unknown one is a flaw, an earlier one with flaws of its own is not.
    fn earlier(&mut self, step: &str) -> Option<Capability> {
        let own = self.outline.all.get(self.at);
        let block = own.map_or(0, |named| named.block);
        let before = |named: &Named<'_>| named.block < block && named.kind != Kind::Group;
        let message = match self.outline.find(step) {
            Some((_, found)) if before(found) => return found.service,
            Some((_, found)) if found.kind == Kind::Group => {
                format!("`{step}` is a group: refer to one of its steps")
            }
            Some((at, found)) if found.block == block && at != self.at => format!(
                "`{step}` does not run before this step: refer to one before {}",
                if own.is_some_and(|own| own.kind == Kind::Member) {
                    "the group"
                } else {
                    "both"
                }
            ),
            Some(_) => {
                format!("`{step}` has not run yet when this step begins: refer to an earlier step")
            }
            None => {
                let known = self.outline.ids(before);
                if known.is_empty() {
                    format!("there is no step `{}` before this one", clip(step))
                } else {
                    let near = suggestion(&clip(step), &known);
                    format!("there is no step `{}`; {near}", clip(step))
                }
            }
        };
        self.refuse(FlawCode::BadReference, message);
        None
    }

    fn refuse(&mut self, code: FlawCode, message: impl Into<String>) {
        self.found.push((code, message.into()));
    }
}

/// `a.b["c"]` as its names; `None` for anything that is not a plain path from a name.
fn path(expression: &IdedExpr) -> Option<Vec<&str>> {
    match &expression.expr {
        Expr::Ident(name) => Some(vec![name]),
        Expr::Select(select) => extended(&select.operand, &select.field),
        Expr::Call(CallExpr {
            func_name,
            target: None,
            args,
        }) if func_name == op::INDEX => match &args[..] {
            [
                operand,
                IdedExpr {
                    expr: Expr::Literal(LiteralValue::String(key)),
                    ..
                },
            ] => extended(operand, key.inner()),
            _ => None,
        },
        _ => None,
    }
}

fn extended<'a>(operand: &'a IdedExpr, last: &'a str) -> Option<Vec<&'a str>> {
    let mut path = path(operand)?;
    path.push(last);
    Some(path)
}
