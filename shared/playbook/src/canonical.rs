//! JSON whose keys are sorted, whatever order `serde_json` was built to keep.

use std::collections::BTreeMap;

use serde_json::Value;

/// Sorted, without spaces.
pub(crate) fn compact(value: &Value) -> String {
    let mut text = String::new();
    write(value, None, &mut text);
    text
}

/// Sorted, indented by two spaces, with a newline at the end.
pub(crate) fn pretty(value: &Value) -> String {
    let mut text = String::new();
    write(value, Some(0), &mut text);
    text.push('\n');
    text
}

fn write(value: &Value, depth: Option<usize>, text: &mut String) {
    match value {
        Value::Object(map) if !map.is_empty() => {
            let sorted: BTreeMap<_, _> = map.iter().collect();
            let entries = sorted.into_iter().map(|(key, value)| (Some(key), value));
            enclose('{', '}', entries, depth, text);
        }
        Value::Array(list) if !list.is_empty() => {
            enclose(
                '[',
                ']',
                list.iter().map(|value| (None, value)),
                depth,
                text,
            );
        }
        plain => text.push_str(&plain.to_string()),
    }
}

fn enclose<'a>(
    open: char,
    close: char,
    entries: impl Iterator<Item = (Option<&'a String>, &'a Value)>,
    depth: Option<usize>,
    text: &mut String,
) {
    text.push(open);
    let inner = depth.map(|depth| depth + 1);
    for (at, (key, value)) in entries.enumerate() {
        if at > 0 {
            text.push(',');
        }
        new_line(inner, text);
        if let Some(key) = key {
            text.push_str(&Value::from(key.as_str()).to_string());
            text.push_str(if depth.is_some() { ": " } else { ":" });
        }
        write(value, inner, text);
    }
    new_line(depth, text);
    text.push(close);
}

fn new_line(depth: Option<usize>, text: &mut String) {
    if let Some(depth) = depth {
        text.push('\n');
        text.push_str(&"  ".repeat(depth));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn keys_are_sorted_and_the_pretty_form_reads_back_equal() {
        let value = json!({"b": [1, {"z": null, "a": "\"\n"}], "a": {}, "c": []});
        assert_eq!(
            compact(&value),
            r#"{"a":{},"b":[1,{"a":"\"\n","z":null}],"c":[]}"#
        );
        assert_eq!(
            serde_json::from_str::<Value>(&pretty(&value)).unwrap(),
            value
        );
        assert!(pretty(&value).starts_with("{\n  \"a\": {},\n  \"b\": [\n    1,"));
    }
}
