//! One event of `events/`: a request, and the answer that its expectation shows. `events/README.md` says what is in a file.

use crate::Error;
use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};

/// What stands for a word that each deployment fills in for itself.
const WORDS: [(&str, &str); 15] = [
    ("admin_password", "SecurePass123!"),
    ("admin_username", "jane.smith@example.com"),
    ("credential_ref", "cred_01KEC5Y8Q0G3T7V9B2D4F6H8JK"),
    ("delivery_id", "dlv-0123456789abcdef0123456789abcdef"),
    ("event_id", "evt_0123456789abcdef0123456789abcdef"),
    ("execution_id", "x-0123456789abcdef0123456789abcdef"),
    ("guid", "4f3c2b1a-0d9e-4c8b-a7f6-5e4d3c2b1a09"),
    ("key_id", "1"),
    ("refresh", "the refresh token of your sign-in"),
    ("request_id", "mfa_01KEC5Y8Q0G3T7V9B2D4F6H8JK_1"),
    ("run_id", "run_01KEC5Y8Q0G3T7V9B2D4F6H8JK_1"),
    ("approval_id", "apr_01KEC5Y8Q0G3T7V9B2D4F6H8JK_1"),
    ("tenant", "example"),
    ("ticket_id", "HLP-12345"),
    ("user_id", "2"),
];

/// A request and its answer.
pub(crate) struct Exchange {
    path: PathBuf,
    event: Value,
    expected: Value,
}

impl Exchange {
    /// Every exchange of the project at `root`: first those that go well, and of one operation the plainest.
    ///
    /// # Errors
    /// When a file cannot be read, or is no JSON.
    pub(crate) fn all(root: &Path) -> Result<Vec<Self>, Error> {
        let mut names = Vec::new();
        for service in listed(&root.join("events"))?
            .into_iter()
            .filter(|path| path.is_dir())
        {
            names.extend(listed(&service)?.iter().filter_map(|path| event_name(path)));
        }
        // Without its end, an operation's own event comes before its cases.
        names.sort();
        let mut all = Vec::new();
        for name in names {
            let file = |end: &str| PathBuf::from(format!("{name}.{end}"));
            let exchange = Self {
                event: json(&file("json"))?,
                expected: json(&file("expect.json"))?,
                path: file("json"),
            };
            all.push(exchange);
        }
        all.sort_by_key(|exchange| !exchange.goes_well());
        Ok(all)
    }

    fn goes_well(&self) -> bool {
        self.expected["status"]
            .as_u64()
            .is_some_and(|status| status < 300)
    }

    /// Whether this is an exchange with the route.
    pub(crate) fn is_of(&self, method: &str, path: &str) -> bool {
        let resource = self.event["resource"].as_str().unwrap_or_default();
        self.event["httpMethod"] == method
            && (resource == path || path.strip_suffix('/') == Some(resource))
    }

    pub(crate) fn in_path(&self, name: &str) -> Option<&str> {
        self.event["pathParameters"][name].as_str()
    }

    pub(crate) fn in_query(&self, name: &str) -> Option<&str> {
        self.event["queryStringParameters"][name].as_str()
    }

    /// The request's body and its content type.
    pub(crate) fn body(&self) -> Result<Option<(String, Value)>, Error> {
        let Some(body) = self.event["body"].as_str() else {
            return Ok(None);
        };
        let body = self.filled(body)?;
        let kind = self.event["headers"]["Content-Type"]
            .as_str()
            .unwrap_or_default();
        let kind = kind.split(';').next().unwrap_or_default().trim().to_owned();
        let value = if kind == "application/json" {
            serde_json::from_str(&body)
                .map_err(|error| self.wrong(format!("its body is no JSON: {error}")))?
        } else {
            Value::String(body)
        };
        Ok(Some((kind, value)))
    }

    /// The status of the answer.
    pub(crate) fn status(&self) -> String {
        self.expected["status"].to_string()
    }

    /// The answer that the expectation shows.
    pub(crate) fn answer(&self) -> Option<&Value> {
        self.expected.get("example")
    }

    /// `text` with an example for each word that a deployment fills in.
    pub(crate) fn filled(&self, text: &str) -> Result<String, Error> {
        let mut parts = text.split("{{");
        let mut filled = parts.next().unwrap_or_default().to_owned();
        for part in parts {
            let (word, rest) = part
                .split_once("}}")
                .ok_or_else(|| self.wrong("a `{{` is not closed".to_owned()))?;
            let known = WORDS.iter().find(|(name, _)| *name == word);
            let (_, example) = known.ok_or_else(|| {
                self.wrong(format!(
                    "give an example of `{word}` in local/documents/src/exchange.rs"
                ))
            })?;
            filled.push_str(example);
            filled.push_str(rest);
        }
        Ok(filled)
    }

    fn wrong(&self, why: String) -> Error {
        Error::Event(self.path.clone(), why)
    }
}

/// The path of an event without its end; `None` for what is no event.
fn event_name(path: &Path) -> Option<String> {
    let path = path.to_str()?;
    let name = path.strip_suffix(".json")?;
    (!name.ends_with(".expect")).then(|| name.to_owned())
}

fn listed(folder: &Path) -> Result<Vec<PathBuf>, Error> {
    let failed = |error| Error::File(folder.to_owned(), error);
    let entries = fs::read_dir(folder).map_err(failed)?;
    entries
        .map(|entry| entry.map(|entry| entry.path()).map_err(failed))
        .collect()
}

fn json(path: &Path) -> Result<Value, Error> {
    let text = fs::read_to_string(path).map_err(|error| Error::File(path.to_owned(), error))?;
    serde_json::from_str(&text)
        .map_err(|error| Error::Event(path.to_owned(), format!("it is no JSON: {error}")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::root;

    fn kind(value: &Value) -> &'static str {
        match value {
            Value::Null => "null",
            Value::Bool(_) => "boolean",
            Value::Number(_) => "number",
            Value::String(_) => "string",
            Value::Array(_) => "array",
            Value::Object(_) => "object",
        }
    }

    /// Whether `example` has the form that is expected: its members, all of them, with their types.
    fn has_form(form: &Value, example: &Value, place: &str) {
        match (form, example) {
            (Value::Object(form), Value::Object(example)) => {
                let names: Vec<_> = form.keys().collect();
                assert_eq!(names, example.keys().collect::<Vec<_>>(), "{place}");
                for (name, form) in form {
                    has_form(form, &example[name], &format!("{place}.{name}"));
                }
            }
            (Value::Array(form), Value::Array(items)) => {
                for item in items {
                    has_form(&form[0], item, &format!("{place}[]"));
                }
            }
            _ => {
                let kinds = form
                    .as_str()
                    .unwrap_or_else(|| panic!("{place} is {example}"));
                assert!(
                    kinds.split('|').any(|said| said == kind(example)),
                    "{place} is {example}, not {kinds}"
                );
            }
        }
    }

    #[test]
    fn every_example_of_an_answer_has_the_form_that_is_expected() {
        let all = Exchange::all(&root()).unwrap();
        let shown: Vec<_> = all
            .iter()
            .filter(|exchange| exchange.answer().is_some())
            .collect();
        assert!(shown.len() >= 20, "{}", shown.len());
        for exchange in shown {
            let place = exchange.path.display().to_string();
            has_form(
                &exchange.expected["body"],
                exchange.answer().unwrap(),
                &place,
            );
        }
    }

    #[test]
    fn a_word_is_filled_in_and_an_unknown_one_is_told() {
        let exchange = Exchange {
            path: "events/a/b.json".into(),
            event: Value::Null,
            expected: Value::Null,
        };
        assert_eq!(exchange.filled("a {{tenant}} b").unwrap(), "a example b");
        let error = exchange.filled("{{moon}}").unwrap_err().to_string();
        assert!(
            error.contains("events/a/b.json") && error.contains("`moon`"),
            "{error}"
        );
    }

    #[test]
    fn an_operations_own_event_comes_before_its_cases() {
        let all = Exchange::all(&root()).unwrap();
        let first = all
            .iter()
            .find(|exchange| exchange.is_of("POST", "/api/v1/delivery/sms"))
            .unwrap();
        assert!(
            first.path.ends_with("delivery/send_sms.json"),
            "{}",
            first.path.display()
        );
    }
}
