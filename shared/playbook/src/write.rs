//! A version back to YAML.

use std::fmt::Write;

use crate::step::{Input, Step};
use crate::version::PlaybookVersion;

pub(crate) fn yaml(version: &PlaybookVersion) -> String {
    let mut out = String::new();
    line(&mut out, 0, "name", version.name.as_str());
    line(
        &mut out,
        0,
        "version",
        &quoted(&version.version.to_string()),
    );
    line(&mut out, 0, "description", &quoted(&version.description));
    out.push_str("steps:\n");
    for step in &version.steps {
        write_step(&mut out, step);
    }
    out
}

fn write_step(out: &mut String, step: &Step) {
    out.push_str("  - id: ");
    out.push_str(step.id.as_str());
    out.push('\n');
    line(out, 4, "service", step.service.service());
    out.push_str(if step.with.is_empty() {
        "    with: {}\n"
    } else {
        "    with:\n"
    });
    for (key, input) in &step.with {
        match input {
            Input::Text(text) => line(out, 6, key, &quoted(text)),
            Input::Integer(number) => line(out, 6, key, &number.to_string()),
        }
    }
    if let Some(when) = &step.when {
        line(out, 4, "when", &quoted(when));
    }
    line(out, 4, "timeout", &step.timeout_seconds.to_string());
    if let Some(retry) = &step.retry {
        out.push_str("    retry:\n");
        line(out, 6, "max_attempts", &retry.max_attempts.to_string());
        line(
            out,
            6,
            "backoff_seconds",
            &retry.backoff_seconds.to_string(),
        );
        line(out, 6, "backoff_rate", &format!("{:?}", retry.backoff_rate));
    }
    line(out, 4, "on_failure", &step.on_failure.to_string());
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
