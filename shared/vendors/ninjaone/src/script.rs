//! Scripts, as the automation library shows them. It does not show their text.

use crate::door::Door;
use domain::{ScriptHash, ScriptId};
use ports::{CallError, Covers, Script};
use serde::Deserialize;
use serde_json::{Map, Value};
use vendor_http::Deadline;

/// What identifies a script's version. `updatedOn` is when it was saved last.
const HASHED: [&str; 11] = [
    "id",
    "name",
    "description",
    "language",
    "architecture",
    "operatingSystems",
    "scriptParameters",
    "scriptVariables",
    "createdOn",
    "updatedOn",
    "lastUpdatedBy",
];

/// A script of the library.
#[derive(Deserialize)]
#[serde(transparent)]
pub(crate) struct Entry(Map<String, Value>);

impl Entry {
    fn number(&self) -> Option<u64> {
        self.0.get("id")?.as_u64()
    }

    pub(crate) fn name(&self) -> &str {
        self.0.get("name").and_then(Value::as_str).unwrap_or("")
    }

    pub(crate) fn is_active(&self) -> bool {
        self.0.get("active") != Some(&Value::Bool(false))
    }

    /// The hash over the members that identify the version; a member that is not said is not hashed, and the order of a
    /// set does not count.
    pub(crate) fn hash(&self) -> ScriptHash {
        let mut said: Map<String, Value> = HASHED
            .iter()
            .filter_map(|name| Some(((*name).to_owned(), self.0.get(*name)?.clone())))
            .filter(|(_, value)| !value.is_null())
            .collect();
        for set in ["architecture", "operatingSystems"] {
            if let Some(Value::Array(items)) = said.get_mut(set) {
                items.sort_by_key(Value::to_string);
            }
        }
        said.insert("vendor".into(), "ninjaone".into());
        ScriptHash::of(&Value::Object(said))
    }

    pub(crate) fn covers(&self) -> Covers {
        match self.0.get("updatedOn") {
            Some(Value::Number(_)) => Covers::Version,
            _ => Covers::Interface,
        }
    }

    pub(crate) fn read(&self, id: ScriptId) -> Script {
        Script {
            id,
            name: self.name().to_owned(),
            hash: self.hash(),
            covers: self.covers(),
        }
    }
}

impl Door {
    pub(crate) async fn library(&self, by: Deadline) -> Result<Vec<Entry>, CallError> {
        self.read("automation/scripts", "list of scripts", by).await
    }

    /// The script with this number.
    pub(crate) fn script<'a>(
        &self,
        library: &'a [Entry],
        id: &ScriptId,
    ) -> Result<(u64, &'a Entry), CallError> {
        let number = id.as_str().parse().ok();
        let found = library
            .iter()
            .find(|entry| number.is_some() && entry.number() == number);
        match (number, found) {
            (Some(number), Some(entry)) => Ok((number, entry)),
            _ => Err(self.vendor().not_found("script")),
        }
    }
}
