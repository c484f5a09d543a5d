//! `events/`: events as functions get them. `events/README.md` says what is in a file.

use std::{collections::BTreeMap, fs};

use serde_json::Value;

use crate::{
    error::{Doing, Error, Result},
    project::Project,
};

const EXPECTED: &str = ".expect.json";

/// What stands for `{{name}}`, by name.
pub type Words = BTreeMap<&'static str, String>;

/// An event and what is to come back.
pub struct Fixture {
    /// `<service>/<operation>[.<case>]`.
    pub name: String,
    /// The answer's form, and what has to be there before.
    pub expected: Value,
    event: String,
}

impl Fixture {
    /// The names of all, in order.
    ///
    /// # Errors
    /// When `events/` cannot be read.
    pub fn names(project: &Project) -> Result<Vec<String>> {
        let doing = "reading events/";
        let mut names = Vec::new();
        for service in fs::read_dir(project.root().join("events")).doing(doing)? {
            let service = service.doing(doing)?;
            if !service.path().is_dir() {
                continue;
            }
            for file in fs::read_dir(service.path()).doing(doing)? {
                let file = file.doing(doing)?.file_name();
                if let Some(name) = file.to_string_lossy().strip_suffix(EXPECTED) {
                    let service = service.file_name();
                    names.push(format!("{}/{name}", service.to_string_lossy()));
                }
            }
        }
        names.sort();
        Ok(names)
    }

    /// Reads `events/<name>.json` and what is expected of it.
    ///
    /// # Errors
    /// When either is missing, or the expectation is no JSON.
    pub fn read(project: &Project, name: &str) -> Result<Self> {
        let read = |end: &str| {
            let file = project.root().join(format!("events/{name}{end}"));
            fs::read_to_string(&file).doing(format!("reading {}", file.display()))
        };
        Ok(Self {
            name: name.to_owned(),
            event: read(".json")?,
            expected: serde_json::from_str(&read(EXPECTED)?)
                .doing(format!("reading what is expected of events/{name}"))?,
        })
    }

    /// The service whose binary answers.
    #[must_use]
    pub fn service(&self) -> &str {
        self.name.split('/').next().unwrap_or_default()
    }

    /// The operation.
    #[must_use]
    pub fn operation(&self) -> &str {
        self.name.split(['/', '.']).nth(1).unwrap_or_default()
    }

    /// The same about something else: `other` in the place of every `example`, such as another ticket for `HLP-12345`.
    #[must_use]
    pub fn about(mut self, example: &str, other: &str) -> Self {
        self.event = self.event.replace(example, other);
        self
    }

    /// The event with `words` filled in.
    ///
    /// # Errors
    /// Names what it needs and `words` lacks.
    pub fn event(&self, words: &Words) -> Result<Value> {
        self.filled(words)
    }

    /// The event with its `{{words}}` as they stand.
    ///
    /// # Errors
    /// When it is no JSON.
    pub fn unfilled(&self) -> Result<Value> {
        serde_json::from_str(&self.event).doing(format!("reading events/{}.json", self.name))
    }

    fn filled(&self, words: &Words) -> Result<Value> {
        let doing = format!("filling in events/{}.json", self.name);
        let mut filled = String::new();
        let mut rest = self.event.as_str();
        while let Some((before, after)) = rest.split_once("{{") {
            let (word, after) = after
                .split_once("}}")
                .ok_or_else(|| Error::failed(doing.clone(), "a {{ has no }}"))?;
            let value = words
                .get(word)
                .ok_or_else(|| Error::failed(doing.clone(), format!("it needs {{{{{word}}}}}")))?;
            filled.push_str(before);
            filled.push_str(value);
            rest = after;
        }
        filled.push_str(rest);
        serde_json::from_str(&filled).doing(doing)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn fixture(event: &str) -> Fixture {
        Fixture {
            name: "webhooks/receive.again".to_owned(),
            expected: Value::Null,
            event: event.to_owned(),
        }
    }

    #[test]
    fn its_name_says_service_and_operation() {
        let fixture = fixture("{}");
        assert_eq!(
            (fixture.service(), fixture.operation()),
            ("webhooks", "receive")
        );
    }

    #[test]
    fn words_are_filled_in_wherever_they_stand() {
        let fixture = fixture(r#"{"a": "k {{key}}", "body": "{\"b\": \"{{key}}\"}", "c": "T-1"}"#);
        let filled = fixture
            .about("T-1", "T-2")
            .event(&Words::from([("key", "v".to_owned())]));
        assert_eq!(
            filled.unwrap(),
            json!({"a": "k v", "body": r#"{"b": "v"}"#, "c": "T-2"})
        );
    }

    #[test]
    fn a_word_that_is_not_given_is_named() {
        let error = fixture(r#"{"a": "{{key}}"}"#)
            .event(&Words::new())
            .unwrap_err();
        assert!(error.to_string().contains("it needs {{key}}"), "{error}");
    }

    #[test]
    fn every_fixture_of_the_project_is_found_and_read() {
        let project = Project::find(None).unwrap();
        let names = Fixture::names(&project).unwrap();
        assert!(
            names.contains(&"classifier/classify_ticket".to_owned()),
            "{names:?}"
        );
        for name in names {
            Fixture::read(&project, &name).unwrap();
        }
    }
}
