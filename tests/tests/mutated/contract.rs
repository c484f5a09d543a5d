//! The examples of contract A, and how an answer is held against one.

use std::{collections::BTreeMap, fs, path::Path};

use serde_json::Value;

/// Each example with a name, in the document's order. What the document leaves open (`...`) is left out.
const EXAMPLES: &str = include_str!("contract_a.json");
/// The document, beside the checkout on the machines it is kept on.
const DOCUMENT: &str = "../../shared/contracts/A-helpdesk-automation.md";

/// The documented examples by name; where the document is at hand, they are what it says.
pub(crate) fn examples() -> BTreeMap<String, Value> {
    let examples: Vec<(String, Value)> = serde_json::from_str(EXAMPLES).unwrap();
    let document = Path::new(env!("CARGO_MANIFEST_DIR")).join(DOCUMENT);
    if let Ok(text) = fs::read_to_string(document) {
        let blocks = text.split("```json").skip(1);
        let written = blocks.map(|rest| {
            let (block, _) = rest.split_once("```").unwrap();
            serde_json::from_str(&block.replace(", ...", "")).unwrap()
        });
        let kept: Vec<Value> = examples.iter().map(|(_, value)| value.clone()).collect();
        let written: Vec<Value> = written.collect();
        assert_eq!(
            kept, written,
            "contract_a.json is not what the document says"
        );
    }
    examples.into_iter().collect()
}

/// Asserts that `answer` has every documented member, each of the documented JSON type. More members are welcome.
pub(crate) fn assert_shape(documented: &Value, answer: &Value, at: &str) {
    match (documented, answer) {
        (Value::Object(documented), Value::Object(members)) => {
            for (name, value) in documented {
                let member = members.get(name);
                let member = member.unwrap_or_else(|| panic!("{at} has no {name}: {answer}"));
                assert_shape(value, member, &format!("{at}.{name}"));
            }
        }
        (Value::Array(documented), Value::Array(members)) => {
            assert!(documented.len() <= members.len(), "{at} is short: {answer}");
            for (number, value) in documented.iter().enumerate() {
                assert_shape(value, &members[number], &format!("{at}[{number}]"));
            }
        }
        (Value::String(_), Value::String(_))
        | (Value::Number(_), Value::Number(_))
        | (Value::Bool(_), Value::Bool(_))
        | (Value::Null, Value::Null) => {}
        _ => panic!("{at} is {answer}, where the document has {documented}"),
    }
}
