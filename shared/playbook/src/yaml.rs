//! YAML (JSON included) to [`Node`]s: one document, no anchors, aliases or tags, bounded depth.

use saphyr_parser::{Event, Parser, ScalarStyle, Span};

use crate::flaw::{Flaw, FlawCode};
use crate::node::{Entry, MAX_DEPTH, Node, Value};
use crate::surrogates;

/// Reads `text`; the first thing that is not YAML, or that the language leaves out, ends it.
pub(crate) fn read(text: &str) -> Result<Node, Flaw> {
    tree(text).or_else(|flaw| match surrogates::joined(text) {
        Some(text) => tree(&text),
        None => Err(flaw),
    })
}

fn tree(text: &str) -> Result<Node, Flaw> {
    let mut tree = Tree::default();
    for event in Parser::new_from_str(text) {
        let (event, span) = event.map_err(|error| {
            flaw(
                line(error.marker().line()),
                FlawCode::Syntax,
                format!("this is not YAML: {}", error.info()),
            )
        })?;
        tree.take(event, span)?;
    }
    tree.root
        .ok_or_else(|| flaw(None, FlawCode::Syntax, "the document is empty"))
}

/// A list or map that has begun and not ended.
enum Open {
    List(Option<u32>, Vec<Node>),
    Map(Option<u32>, Vec<Entry>, Option<(String, Option<u32>)>),
}

#[derive(Default)]
struct Tree {
    open: Vec<Open>,
    root: Option<Node>,
}

impl Tree {
    fn take(&mut self, event: Event<'_>, span: Span) -> Result<(), Flaw> {
        let at = line(span.start.line());
        let refuse = |what: &str| {
            Err(flaw(
                at,
                FlawCode::Syntax,
                format!("{what}: write the value out"),
            ))
        };
        match event {
            Event::Alias(_) => refuse("a playbook has no aliases"),
            Event::Scalar(_, _, 1.., _)
            | Event::SequenceStart(1.., _)
            | Event::MappingStart(1.., _) => refuse("a playbook has no anchors"),
            Event::Scalar(_, _, _, Some(_))
            | Event::SequenceStart(_, Some(_))
            | Event::MappingStart(_, Some(_)) => refuse("a playbook has no tags"),
            Event::Scalar(text, style, _, _) => self.scalar(&text, style, at),
            Event::SequenceStart(..) => self.begin(Open::List(at, Vec::new()), at),
            Event::MappingStart(..) => self.begin(Open::Map(at, Vec::new(), None), at),
            Event::SequenceEnd | Event::MappingEnd => match self.open.pop() {
                Some(Open::List(at, list)) => self.put(Node {
                    line: at,
                    value: Value::List(list),
                }),
                Some(Open::Map(at, map, _)) => self.put(Node {
                    line: at,
                    value: Value::Map(map),
                }),
                None => Ok(()),
            },
            Event::DocumentStart(_) if self.root.is_some() => Err(flaw(
                at,
                FlawCode::Syntax,
                "a text holds one playbook: remove the second document",
            )),
            Event::Nothing
            | Event::StreamStart
            | Event::StreamEnd
            | Event::DocumentStart(_)
            | Event::DocumentEnd => Ok(()),
        }
    }

    fn scalar(&mut self, text: &str, style: ScalarStyle, at: Option<u32>) -> Result<(), Flaw> {
        if let Some(Open::Map(_, _, key @ None)) = self.open.last_mut() {
            *key = Some((text.to_owned(), at));
            return Ok(());
        }
        let value = if style == ScalarStyle::Plain {
            plain(text)
        } else {
            Value::Text(text.to_owned())
        };
        self.put(Node { line: at, value })
    }

    fn begin(&mut self, open: Open, at: Option<u32>) -> Result<(), Flaw> {
        if let Some(Open::Map(_, _, None)) = self.open.last() {
            return Err(flaw(
                at,
                FlawCode::Syntax,
                "a key is a text, not a list or a map (put {{ … }} in quotes)",
            ));
        }
        if self.open.len() >= MAX_DEPTH {
            return Err(flaw(
                at,
                FlawCode::TooLarge,
                format!("a playbook nests at most {MAX_DEPTH} levels"),
            ));
        }
        self.open.push(open);
        Ok(())
    }

    fn put(&mut self, node: Node) -> Result<(), Flaw> {
        match self.open.last_mut() {
            None => self.root = Some(node),
            Some(Open::List(_, list)) => list.push(node),
            Some(Open::Map(_, map, key)) => match key.take() {
                Some((key, line)) => map.push(Entry { key, line, node }),
                None => {
                    return Err(flaw(
                        node.line,
                        FlawCode::Syntax,
                        "a key is a text, not a list or a map",
                    ));
                }
            },
        }
        Ok(())
    }
}

/// A scalar without quotes, by YAML's core schema.
fn plain(text: &str) -> Value {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => return Value::Null,
        "true" | "True" | "TRUE" => return Value::Boolean(true),
        "false" | "False" | "FALSE" => return Value::Boolean(false),
        _ => {}
    }
    let numeric = text
        .bytes()
        .all(|b| b.is_ascii_digit() || matches!(b, b'+' | b'-' | b'.' | b'e' | b'E'))
        && text.bytes().any(|b| b.is_ascii_digit());
    if numeric {
        if let Ok(whole) = text.parse() {
            return Value::Integer(whole);
        }
        if let Ok(number) = text.parse() {
            return Value::Float(number);
        }
    }
    Value::Text(text.to_owned())
}

fn line(line: usize) -> Option<u32> {
    u32::try_from(line).ok()
}

fn flaw(line: Option<u32>, code: FlawCode, message: impl Into<String>) -> Flaw {
    Flaw {
        path: "$".to_owned(),
        line,
        code,
        message: message.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(text: &str) -> (Option<u32>, FlawCode) {
        let flaw = read(text).unwrap_err();
        (flaw.line, flaw.code)
    }

    #[test]
    fn json_with_tabs_and_surrogates_is_read_like_yaml() {
        let json = "{\n\t\"a\": [1, 2.5, true, null],\n\t\"b\": \"\\ud83d\\ude00 \\/ \\u00e9\"\n}";
        let Value::Map(entries) = read(json).unwrap().value else {
            panic!("a map")
        };
        assert_eq!(entries[1].node.value, Value::Text("😀 / é".to_owned()));
        assert_eq!(entries[1].line, Some(3));
    }

    #[test]
    fn what_yaml_has_beyond_data_is_refused_with_its_line() {
        assert_eq!(refused("a: 1\nb: &x 2\n"), (Some(2), FlawCode::Syntax));
        assert_eq!(refused("a: &x 1\nb: *x\n").1, FlawCode::Syntax);
        assert_eq!(refused("a: !!str 1\n"), (Some(1), FlawCode::Syntax));
        assert_eq!(refused("a: 1\n---\nb: 2\n").1, FlawCode::Syntax);
        assert_eq!(refused("? [a]\n: 1\n").1, FlawCode::Syntax);
        assert_eq!(refused("").1, FlawCode::Syntax);
        assert_eq!(
            refused(&format!("{}{}", "[".repeat(17), "]".repeat(17))).1,
            FlawCode::TooLarge
        );
        assert_eq!(refused(&"- ".repeat(30_000)).1, FlawCode::TooLarge);
    }

    #[test]
    fn a_version_without_quotes_is_a_number_and_a_quoted_one_a_text() {
        assert_eq!(read("1.10").unwrap().value, Value::Float(1.10));
        assert_eq!(
            read("'1.10'").unwrap().value,
            Value::Text("1.10".to_owned())
        );
        assert_eq!(read("1e").unwrap().value, Value::Text("1e".to_owned()));
    }
}
