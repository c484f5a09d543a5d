//! Reading single values: text, whole numbers, numbers.

use std::ops::RangeInclusive;

use crate::flaw::{FlawCode, Flaws};
use crate::node::{Node, Value};

/// A text.
pub(crate) fn text<'a>(node: &'a Node, path: &str, flaws: &mut Flaws) -> Option<&'a str> {
    if let Value::Text(text) = &node.value {
        return Some(text);
    }
    let message = format!("write a text here, in quotes, not {}", node.kind());
    flaws.add(path, node.line, FlawCode::WrongType, message);
    None
}

/// A text that parses as a name or version.
pub(crate) fn name<T: std::str::FromStr>(node: &Node, path: &str, flaws: &mut Flaws) -> Option<T>
where
    T::Err: std::fmt::Display,
{
    match text(node, path, flaws)?.parse() {
        Ok(name) => Some(name),
        Err(error) => {
            flaws.add(path, node.line, FlawCode::BadName, error.to_string());
            None
        }
    }
}

/// A whole number in `range`.
pub(crate) fn whole(
    node: &Node,
    path: &str,
    range: RangeInclusive<u32>,
    unit: &str,
    flaws: &mut Flaws,
) -> Option<u32> {
    let Value::Integer(number) = node.value else {
        let message = format!("write a whole number of {unit} here, not {}", node.kind());
        flaws.add(path, node.line, FlawCode::WrongType, message);
        return None;
    };
    let found = u32::try_from(number)
        .ok()
        .filter(|number| range.contains(number));
    if found.is_none() {
        let message = format!(
            "write {} to {} {unit}, not {number}",
            range.start(),
            range.end()
        );
        flaws.add(path, node.line, FlawCode::OutOfRange, message);
    }
    found
}

/// A number in `range`.
pub(crate) fn number(
    node: &Node,
    path: &str,
    range: RangeInclusive<f64>,
    flaws: &mut Flaws,
) -> Option<f64> {
    let number = match node.value {
        Value::Float(number) => number,
        Value::Integer(whole) => f64::from(i32::try_from(whole).unwrap_or(i32::MAX)),
        _ => {
            flaws.add(
                path,
                node.line,
                FlawCode::WrongType,
                format!("write a number here, not {}", node.kind()),
            );
            return None;
        }
    };
    if range.contains(&number) {
        return Some(number);
    }
    let message = format!(
        "write {:.1} to {:.1}, not {number}",
        range.start(),
        range.end()
    );
    flaws.add(path, node.line, FlawCode::OutOfRange, message);
    None
}
