//! What a step does now: whether, and with what.

use cel::Value as Cel;
use serde_json::{Map, Value};

use crate::expression::{Scope, Unevaluated};
use crate::input::{InputKind, InputRule};
use crate::pairs;
use crate::step::{Input, Step};
use crate::template::{self, Part};

/// Why a step's `when` or `with` has no value now. Holds names and types, never data.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RenderError {
    /// Something the step reads is not there: a field of the ticket, or an output of a step that did not succeed.
    #[error("{at}: there is no `{name}` to read")]
    Missing {
        /// `when`, or `with.<key>`.
        at: String,
        /// The name that is not there.
        name: String,
    },
    /// A value is there and does not fit.
    #[error("{at}: {reason}")]
    Refused {
        /// `when`, or `with.<key>`.
        at: String,
        /// Why not.
        reason: String,
    },
}

impl RenderError {
    fn refused(at: &str, reason: impl Into<String>) -> Self {
        Self::Refused {
            at: at.to_owned(),
            reason: reason.into(),
        }
    }

    fn of(at: &str, why: Unevaluated) -> Self {
        match why {
            Unevaluated::Missing(name) => Self::Missing {
                at: at.to_owned(),
                name,
            },
            Unevaluated::Refused(reason) => Self::refused(at, reason),
        }
    }
}

/// Whether the step acts; a step without `when` always does.
///
/// `context` is `{"ticket": {…}, "steps": {"<id>": {"status": …, <outputs>}}, "inputs": {…}}`, the inputs as
/// [`crate::check_inputs`] gave them.
///
/// # Errors
/// [`RenderError`] where the expression reads what is not there, or says neither true nor false.
pub fn evaluate_when(step: &Step, context: &Value) -> Result<bool, RenderError> {
    let Some(when) = &step.when else {
        return Ok(true);
    };
    match Scope::new(context).evaluate(when) {
        Ok(Cel::Bool(answer)) => Ok(answer),
        Ok(other) => Err(RenderError::refused(
            "when",
            format!("the answer is {}, not true or false", kind(&other)),
        )),
        Err(why) => Err(RenderError::of("when", why)),
    }
}

/// The step's `with`, every expression replaced by its value and every value checked.
///
/// `context` as for [`evaluate_when`].
///
/// # Errors
/// [`RenderError`] where an expression reads what is not there, or a value does not fit its key.
pub fn render_with(step: &Step, context: &Value) -> Result<Map<String, Value>, RenderError> {
    let scope = Scope::new(context);
    let mut rendered = Map::new();
    for rule in step.service.inputs() {
        if let Some(input) = step.with.get(rule.name) {
            rendered.insert(rule.name.to_owned(), render(input, rule, &scope)?);
        }
    }
    Ok(rendered)
}

fn render(input: &Input, rule: &InputRule, scope: &Scope) -> Result<Value, RenderError> {
    let at = format!("with.{}", rule.name);
    let value = match input {
        Input::Integer(number) => Value::from(*number),
        Input::Text(text) => {
            let parts =
                template::parts(text).map_err(|reason| RenderError::refused(&at, reason))?;
            match template::sole(&parts) {
                _ if rule.kind == InputKind::Pairs => return paired(&parts, rule, &at, scope),
                Some(expression) => alone(expression, rule, &at, scope)?,
                None => Value::from(joined(&parts, rule, &at, scope)?),
            }
        }
    };
    let checked = match &value {
        Value::String(text) => rule.kind.check_text(text),
        number => rule.kind.check_integer(number.as_i64().unwrap_or(i64::MIN)),
    };
    checked.map_err(|reason| RenderError::refused(&at, reason))?;
    Ok(value)
}

/// The value of an expression that stands alone keeps its type.
fn alone(
    expression: &str,
    rule: &InputRule,
    at: &str,
    scope: &Scope,
) -> Result<Value, RenderError> {
    match (
        scope
            .evaluate(expression)
            .map_err(|why| RenderError::of(at, why))?,
        rule.kind,
    ) {
        (Cel::Int(number), InputKind::Integer { .. }) => Ok(Value::from(number)),
        (Cel::String(text), kind) if !matches!(kind, InputKind::Integer { .. }) => {
            Ok(Value::from(text.as_str()))
        }
        (other, InputKind::Integer { .. }) => Err(RenderError::refused(
            at,
            format!("the value is {}, not a whole number", kind(&other)),
        )),
        (other, _) => Err(RenderError::refused(
            at,
            format!("the value is {}, not a text", kind(&other)),
        )),
    }
}

/// Pairs as a map of texts. A text that one expression gives is read as it is.
fn paired(
    parts: &[Part<'_>],
    rule: &InputRule,
    at: &str,
    scope: &Scope,
) -> Result<Value, RenderError> {
    let given;
    let parts = match template::sole(parts) {
        Some(expression) => {
            given = alone(expression, rule, at, scope)?;
            &[Part::Literal(given.as_str().unwrap_or_default())]
        }
        None => parts,
    };
    let pairs = pairs::split(parts).map_err(|reason| RenderError::refused(at, reason))?;
    let mut map = Map::new();
    for (name, value) in pairs {
        let value = joined(&value, rule, at, scope)?;
        map.insert(name.to_owned(), Value::from(value.trim_end()));
    }
    Ok(Value::Object(map))
}

fn joined(
    parts: &[Part<'_>],
    rule: &InputRule,
    at: &str,
    scope: &Scope,
) -> Result<String, RenderError> {
    let mut text = String::new();
    for part in parts {
        match part {
            Part::Literal(literal) => text.push_str(literal),
            Part::Expression(expression) => {
                match scope
                    .evaluate(expression)
                    .map_err(|why| RenderError::of(at, why))?
                {
                    Cel::String(value) => text.push_str(&value),
                    Cel::Int(number) => text.push_str(&number.to_string()),
                    Cel::UInt(number) => text.push_str(&number.to_string()),
                    Cel::Float(number) => text.push_str(&number.to_string()),
                    Cel::Bool(value) => text.push_str(if value { "true" } else { "false" }),
                    other => {
                        let reason = format!(
                            "a value in the text is {}, which cannot be written",
                            kind(&other)
                        );
                        return Err(RenderError::refused(at, reason));
                    }
                }
            }
        }
        if text.len() > rule.kind.max_chars() * 4 {
            break;
        }
    }
    Ok(text)
}

fn kind(value: &Cel) -> &'static str {
    match value {
        Cel::String(_) => "a text",
        Cel::Int(_) | Cel::UInt(_) => "a whole number",
        Cel::Float(_) => "a number",
        Cel::Bool(_) => "true or false",
        Cel::List(_) => "a list",
        Cel::Map(_) => "a map",
        Cel::Null => "null",
        _ => "of another type",
    }
}
