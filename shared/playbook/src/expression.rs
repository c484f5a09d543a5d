//! CEL, bounded: short, shallow, no loops, no clock, and only names a playbook may read.

use std::sync::{Arc, LazyLock};

use cel::common::ast::{EntryExpr, Expr, IdedExpr};
use cel::parser::Parser;
use cel::{Context, Env, ExecutionError, Value};
use serde_json::Value as Json;

/// Longest expression.
pub(crate) const MAX_BYTES: usize = 1_024;

/// Deepest nesting of parentheses, brackets and conditionals. The parser takes about 200 KB of stack a level in a debug
/// build, and a thread has 2 MB.
const MAX_NESTING: u16 = 5;

/// Most operators, dots and brackets: what the parser repeats.
const MAX_OPERATORS: usize = 128;

/// Deepest tree. The interpreter takes about 45 KB of stack a level in a debug build; `&&` and `||` make shallow trees.
const MAX_DEPTH: usize = 16;

static STANDARD: LazyLock<Arc<Env>> = LazyLock::new(|| Arc::new(Env::stdlib()));

/// Parses one expression, or says what is wrong with it.
pub(crate) fn parse(text: &str) -> Result<IdedExpr, String> {
    if text.trim().is_empty() {
        return Err("the expression is empty".to_owned());
    }
    if text.len() > MAX_BYTES {
        return Err(format!("an expression has at most {MAX_BYTES} bytes"));
    }
    if text
        .bytes()
        .filter(|b| b.is_ascii_punctuation() && !matches!(b, b'_' | b'\'' | b'"'))
        .count()
        > MAX_OPERATORS
    {
        return Err(format!(
            "an expression has at most {MAX_OPERATORS} operators, dots and brackets"
        ));
    }
    let parser = Parser::new()
        .max_recursion_depth(MAX_NESTING)
        .error_recovery_limit(4);
    let expression = parser
        .parse(text)
        .map_err(|errors| match errors.errors.first() {
            Some(first) => {
                let what: String = first.msg.chars().take(160).collect();
                format!("this is not CEL, at character {}: {what}", first.pos.1 + 1)
            }
            None => "this is not CEL".to_owned(),
        })?;
    if depth(&expression) > MAX_DEPTH {
        return Err(format!(
            "an expression is at most {MAX_DEPTH} operations deep: use fewer in a row"
        ));
    }
    Ok(expression)
}

/// Levels of an expression's tree.
fn depth(expression: &IdedExpr) -> usize {
    let deepest =
        |parts: &mut dyn Iterator<Item = &IdedExpr>| parts.map(depth).max().unwrap_or_default();
    1 + match &expression.expr {
        // Loops and messages are refused by name where a playbook is read.
        Expr::Unspecified
        | Expr::Ident(_)
        | Expr::Literal(_)
        | Expr::Comprehension(_)
        | Expr::Struct(_) => 0,
        Expr::Call(call) => deepest(&mut call.target.as_deref().into_iter().chain(&call.args)),
        Expr::Select(select) => depth(&select.operand),
        Expr::List(list) => deepest(&mut list.elements.iter()),
        Expr::Map(map) => deepest(&mut map.entries.iter().flat_map(|entry| match &entry.expr {
            EntryExpr::MapEntry(entry) => vec![&entry.key, &entry.value],
            EntryExpr::StructField(field) => vec![&field.value],
        })),
    }
}

/// Why an expression has no value; holds names and types, never data.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Unevaluated {
    /// The context has no such name.
    Missing(String),
    /// Anything else.
    Refused(String),
}

/// What an expression may read.
pub(crate) struct Scope(Context<'static, 'static>);

impl Scope {
    /// `ticket`, `steps` and `inputs` of `context`; whatever else it holds cannot be named.
    pub(crate) fn new(context: &Json) -> Self {
        let mut scope = Context::with_env(Arc::clone(&STANDARD));
        for root in ["ticket", "steps", "inputs"] {
            if let Some(value) = context.get(root) {
                scope.add_variable_from_value(root, value_of(value));
            }
        }
        Self(scope)
    }

    /// Evaluates one expression.
    pub(crate) fn evaluate(&self, text: &str) -> Result<Value, Unevaluated> {
        let expression = parse(text).map_err(Unevaluated::Refused)?;
        self.0.resolve(&expression).map_err(|error| match error {
            ExecutionError::NoSuchKey(name) | ExecutionError::UndeclaredReference(name) => {
                Unevaluated::Missing(name.to_string())
            }
            ExecutionError::NoSuchOverload(what) => Unevaluated::Refused(what.to_string()),
            ExecutionError::DivisionByZero(_) | ExecutionError::RemainderByZero(_) => {
                Unevaluated::Refused("division by zero".to_owned())
            }
            ExecutionError::Overflow(..) => {
                Unevaluated::Refused("the number is too large".to_owned())
            }
            ExecutionError::IndexOutOfBounds(_) => {
                Unevaluated::Refused("the list is shorter".to_owned())
            }
            _ => Unevaluated::Refused("the operands do not fit the operator".to_owned()),
        })
    }
}

fn value_of(json: &Json) -> Value {
    match json {
        Json::Null => Value::Null,
        Json::Bool(value) => Value::Bool(*value),
        Json::Number(number) => match (number.as_i64(), number.as_f64()) {
            (Some(whole), _) => Value::Int(whole),
            (None, Some(number)) => Value::Float(number),
            (None, None) => Value::Null,
        },
        Json::String(text) => Value::from(text.as_str()),
        Json::Array(list) => Value::List(Arc::new(list.iter().map(value_of).collect())),
        Json::Object(map) => {
            let map: std::collections::HashMap<String, Value> = map
                .iter()
                .map(|(key, value)| (key.clone(), value_of(value)))
                .collect();
            Value::from(map)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    /// Runs on a stack of 1.5 MB: a worker thread's, less what stands on it already.
    fn on_a_small_stack(work: impl FnOnce() + Send + 'static) {
        std::thread::Builder::new()
            .stack_size(1_536 * 1_024)
            .spawn(work)
            .unwrap()
            .join()
            .unwrap();
    }

    #[test]
    fn an_expression_is_short_and_shallow() {
        on_a_small_stack(|| {
            assert!(parse("ticket.a == 'b' && !(ticket.c in ['d', 'e'])").is_ok());
            for deep in [
                "(", "[", "!", "-", "a.b(", "{1:", "a?", "a?b:", "a+", "a&&", ".b", "!(", "1-",
                "\"", "a[", "x(",
            ] {
                for count in [10, 100, MAX_BYTES / deep.len(), MAX_BYTES] {
                    let text = format!("{}1", deep.repeat(count));
                    assert!(parse(&text).is_err() || text.len() <= MAX_BYTES, "{text}");
                }
            }
            let nested = |n: usize| format!("{}1{}", "(".repeat(n), ")".repeat(n));
            assert!(parse(&nested(MAX_NESTING.into())).is_ok());
            assert!(parse(&nested(usize::from(MAX_NESTING) + 1)).is_err());
        });
    }

    #[test]
    fn the_longest_accepted_expressions_evaluate() {
        on_a_small_stack(|| {
            let scope = Scope::new(&json!({"ticket": {"a": 1, "yes": true}, "steps": {}}));
            for (first, more) in [
                ("1", " + 1"),
                ("ticket.yes", " && true"),
                ("ticket.a", " - ticket.a"),
                ("true", "?true:false"),
            ] {
                let mut text = first.to_owned();
                while parse(&format!("{text}{more}")).is_ok() {
                    text.push_str(more);
                }
                assert!(scope.evaluate(&text).is_ok(), "{text}");
            }
            assert!(parse(&format!("1{}", " + 1".repeat(MAX_DEPTH))).is_err());
            assert!(parse(&format!("ticket.yes{}", " && true".repeat(40))).is_ok());
        });
    }

    #[test]
    fn there_is_no_clock_and_no_regex() {
        let scope = Scope::new(&json!({"ticket": {}, "steps": {}}));
        for text in [
            "now()",
            "timestamp('2026-01-01T00:00:00Z')",
            "duration('1s')",
            "'a'.matches('a')",
        ] {
            assert!(scope.evaluate(text).is_err(), "{text}");
        }
    }

    #[test]
    fn what_cannot_be_evaluated_is_told_without_data() {
        let scope = Scope::new(&json!({"ticket": {"name": "Hunter2"}, "steps": {}, "other": 1}));
        assert_eq!(
            scope.evaluate("ticket.mail"),
            Err(Unevaluated::Missing("mail".to_owned()))
        );
        assert_eq!(
            scope.evaluate("other"),
            Err(Unevaluated::Missing("other".to_owned()))
        );
        let Err(Unevaluated::Refused(why)) = scope.evaluate("ticket.name + 1") else {
            panic!("must not fit")
        };
        assert!(!why.contains("Hunter2"), "{why}");
    }
}
