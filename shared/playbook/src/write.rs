//! A version back to YAML.

use std::fmt::Write;

use serde_json::Value;

use crate::parameter::{Parameter, ParameterKind};
use crate::step::{Input, Retry, Step};
use crate::version::{Block, PlaybookVersion};

pub(crate) fn yaml(version: &PlaybookVersion) -> String {
    let mut out = String::new();
    line(&mut out, 0, "name", version.name.as_str());
    let number = version.version.to_string();
    line(&mut out, 0, "version", &quoted(&number));
    line(&mut out, 0, "description", &quoted(&version.description));
    if !version.inputs.is_empty() {
        out.push_str("inputs:\n");
    }
    for (name, input) in &version.inputs {
        open(&mut out, 2, name.as_str());
        write_input(&mut out, input);
    }
    if !version.caps.is_empty() {
        out.push_str("caps:\n");
    }
    for (name, cap) in [
        ("per_hour", version.caps.per_hour),
        ("per_subject_per_day", version.caps.per_subject_per_day),
    ] {
        if let Some(cap) = cap {
            line(&mut out, 2, name, &cap.to_string());
        }
    }
    out.push_str("steps:\n");
    for block in version.blocks() {
        match block {
            Block::Step(step) => write_step(&mut out, 2, step),
            Block::Group(id, steps) => {
                line(&mut out, 2, "- id", id.as_str());
                open(&mut out, 4, "parallel");
                for step in steps {
                    write_step(&mut out, 6, step);
                }
            }
        }
    }
    out
}

fn write_input(out: &mut String, input: &Parameter) {
    line(out, 4, "type", input.kind.word());
    match &input.kind {
        ParameterKind::Text { max_chars } => line(out, 4, "max_chars", &max_chars.to_string()),
        ParameterKind::Integer { min, max } => {
            line(out, 4, "min", &min.to_string());
            line(out, 4, "max", &max.to_string());
        }
        ParameterKind::Choice { of } => {
            let words: Vec<String> = of.iter().map(|word| quoted(word)).collect();
            line(out, 4, "of", &format!("[{}]", words.join(", ")));
        }
        ParameterKind::User
        | ParameterKind::Group
        | ParameterKind::Licence
        | ParameterKind::Timestamp => {}
    }
    if input.required {
        line(out, 4, "required", "true");
    }
    match &input.default {
        Some(Value::String(text)) => line(out, 4, "default", &quoted(text)),
        Some(number) => line(out, 4, "default", &number.to_string()),
        None => {}
    }
    if !input.about.is_empty() {
        line(out, 4, "about", &quoted(&input.about));
    }
}

fn write_step(out: &mut String, indent: usize, step: &Step) {
    line(out, indent, "- id", step.id.as_str());
    let indent = indent + 2;
    write_asking(out, indent, step);
    line(out, indent, "on_failure", &step.on_failure.to_string());
    if step.compensate.is_some() {
        line(out, indent, "compensate", "undo");
    }
    if let Some(fallback) = &step.fallback {
        open(out, indent, "fallback");
        let indent = indent + 2;
        line(out, indent, "after", &step.timeout_seconds.to_string());
        line(out, indent, "id", fallback.id.as_str());
        write_asking(out, indent, fallback);
    }
}

/// What a step and a fallback both have.
fn write_asking(out: &mut String, indent: usize, step: &Step) {
    line(out, indent, "service", step.service.service());
    if step.with.is_empty() {
        line(out, indent, "with", "{}");
    } else {
        open(out, indent, "with");
    }
    for (key, input) in &step.with {
        match input {
            Input::Text(text) => line(out, indent + 2, key, &quoted(text)),
            Input::Integer(number) => line(out, indent + 2, key, &number.to_string()),
        }
    }
    if let Some(when) = &step.when {
        line(out, indent, "when", &quoted(when));
    }
    if let Some(seconds) = step.timeout() {
        line(out, indent, "timeout", &seconds.to_string());
    }
    if let Some(wait) = step.wait_up_to {
        line(out, indent, "wait_up_to", &wait.to_string());
    }
    if let Some(retry) = &step.retry {
        write_retry(out, indent, retry);
    }
}

fn write_retry(out: &mut String, indent: usize, retry: &Retry) {
    open(out, indent, "retry");
    let indent = indent + 2;
    line(out, indent, "max_attempts", &retry.max_attempts.to_string());
    let seconds = retry.backoff_seconds.to_string();
    line(out, indent, "backoff_seconds", &seconds);
    line(
        out,
        indent,
        "backoff_rate",
        &format!("{:?}", retry.backoff_rate),
    );
}

fn open(out: &mut String, indent: usize, key: &str) {
    out.push_str(&" ".repeat(indent));
    out.push_str(key);
    out.push_str(":\n");
}

fn line(out: &mut String, indent: usize, key: &str, value: &str) {
    out.push_str(&" ".repeat(indent));
    out.push_str(key);
    out.push_str(": ");
    out.push_str(value);
    out.push('\n');
}

/// A double-quoted scalar; everything that YAML does not call printable is escaped.
fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            '\n' => out.push_str("\\n"),
            '\u{20}'..='\u{7e}'
            | '\u{a0}'..='\u{2027}'
            | '\u{202a}'..='\u{d7ff}'
            | '\u{e000}'..='\u{fefe}' => out.push(c),
            _ => {
                // Writing to a String does not fail.
                let _ = write!(out, "\\U{:08X}", u32::from(c));
            }
        }
    }
    out.push('"');
    out
}
