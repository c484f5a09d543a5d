//! Which scripts may run on people's devices: a tenant's own list.

use crate::{Parameter, ParameterError, Parameters, ScriptHash, ScriptId};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

const MOST_SCRIPTS: usize = 100;
const MOST_WORDS: usize = 50;
const LONGEST_ABOUT: usize = 300;
const LONGEST_TEXT: u32 = 256;

/// What a parameter may be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum ParameterKind {
    /// Some words.
    Text {
        /// Most characters, 1 to 256.
        #[serde(default = "longest_text")]
        max_chars: u32,
    },
    /// A whole number.
    Integer {
        /// Least; not below 0, for no command line takes a minus as a value.
        #[serde(default)]
        min: u32,
        /// Most.
        max: u32,
    },
    /// One of these words.
    Choice {
        /// The words.
        of: Vec<String>,
    },
    /// `true` or `false`.
    Boolean,
}

fn longest_text() -> u32 {
    LONGEST_TEXT
}

/// A parameter that a script takes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ParameterRule {
    /// Its name at the vendor.
    pub name: String,
    /// What it may be.
    #[serde(flatten)]
    pub kind: ParameterKind,
    /// Whether the script does not run without it.
    #[serde(default)]
    pub required: bool,
}

/// A script that may run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AllowedScript {
    /// Its id at the vendor.
    pub script_id: ScriptId,
    /// The hash of what was looked at when it was allowed.
    pub hash: ScriptHash,
    /// What it does, for people.
    #[serde(default)]
    pub about: String,
    /// What it takes.
    #[serde(default)]
    pub parameters: Vec<ParameterRule>,
}

/// A tenant's list.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScriptList {
    /// The scripts.
    pub scripts: Vec<AllowedScript>,
    /// Whether a device that was put to nobody counts as that of whoever was logged on last. Two people of different domains
    /// may have one name there.
    #[serde(default)]
    pub last_user_counts: bool,
}

/// What is wrong with a parameter. No message repeats a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParameterFlaw {
    /// Its name.
    pub name: String,
    /// What to give instead.
    pub message: String,
}

impl ScriptList {
    /// The script with this id.
    #[must_use]
    pub fn find(&self, id: &ScriptId) -> Option<&AllowedScript> {
        self.scripts.iter().find(|script| script.script_id == *id)
    }

    /// What is wrong with the list, where.
    ///
    /// # Errors
    /// The place and a sentence, of the first flaw.
    pub fn check(&self) -> Result<(), (String, String)> {
        if self.scripts.len() > MOST_SCRIPTS {
            let why = format!("at most {MOST_SCRIPTS} scripts are allowed");
            return Err(("scripts".to_owned(), why));
        }
        for (at, script) in self.scripts.iter().enumerate() {
            let wrong =
                |place: &str, why: &str| Err((format!("scripts[{at}].{place}"), why.to_owned()));
            let earlier = &self.scripts[..at];
            if earlier
                .iter()
                .any(|other| other.script_id == script.script_id)
            {
                return wrong("script_id", "this script stands in the list twice");
            }
            if script.about.chars().count() > LONGEST_ABOUT {
                return wrong("about", "say it in 300 characters");
            }
            // Sample values, so that names are held to what a call of the script is.
            let names = script
                .parameters
                .iter()
                .map(|rule| (rule.name.as_str(), "x"));
            if let Err(error) = Parameters::read(names) {
                return wrong("parameters", &error.to_string());
            }
            for (number, rule) in script.parameters.iter().enumerate() {
                if let Err(why) = rule.check() {
                    return wrong(&format!("parameters[{number}]"), why);
                }
            }
        }
        Ok(())
    }
}

impl ParameterRule {
    fn check(&self) -> Result<(), &'static str> {
        match &self.kind {
            ParameterKind::Text { max_chars } if !(1..=LONGEST_TEXT).contains(max_chars) => {
                Err("max_chars is 1 to 256")
            }
            ParameterKind::Integer { min, max } if min > max => Err("max is below min"),
            ParameterKind::Choice { of } if of.is_empty() || of.len() > MOST_WORDS => {
                Err("a choice is of 1 to 50 words")
            }
            ParameterKind::Choice { of }
                if of
                    .iter()
                    .any(|word| Parameter::new(&self.name, word).is_err()) =>
            {
                Err(
                    "a word of the choice could not be handed to a script: use ASCII letters, digits, spaces and _ . , : @ / + = -",
                )
            }
            _ => Ok(()),
        }
    }

    /// The value as a script gets it.
    fn take(&self, value: &Value) -> Result<String, String> {
        match &self.kind {
            ParameterKind::Text { max_chars } => {
                let text = value.as_str().ok_or("give a text")?;
                if text.chars().count() > *max_chars as usize {
                    return Err(format!("give at most {max_chars} characters"));
                }
                Ok(text.to_owned())
            }
            ParameterKind::Integer { min, max } => {
                let number = value.as_u64();
                let fits = number.filter(|n| (u64::from(*min)..=u64::from(*max)).contains(n));
                let fits =
                    fits.ok_or_else(|| format!("give a whole number from {min} to {max}"))?;
                Ok(fits.to_string())
            }
            ParameterKind::Choice { of } => {
                let word = value
                    .as_str()
                    .filter(|word| of.iter().any(|one| one == word));
                word.map(str::to_owned)
                    .ok_or_else(|| format!("give one of: {}", of.join(", ")))
            }
            ParameterKind::Boolean => {
                let yes = value.as_bool().ok_or("give true or false")?;
                Ok(yes.to_string())
            }
        }
    }
}

impl AllowedScript {
    /// The parameters as the script takes them.
    ///
    /// # Errors
    /// Everything that does not fit, parameter by parameter.
    pub fn read(&self, given: &Map<String, Value>) -> Result<Parameters, Vec<ParameterFlaw>> {
        let mut flaws = Vec::new();
        let mut flaw = |name: &str, message: String| {
            let name = name.chars().take(64).collect();
            flaws.push(ParameterFlaw { name, message });
        };
        for name in given.keys() {
            if !self.parameters.iter().any(|rule| rule.name == *name) {
                flaw(name, self.knows());
            }
        }
        let mut taken: Vec<(&str, String)> = Vec::new();
        for rule in &self.parameters {
            match given.get(&rule.name).filter(|value| !value.is_null()) {
                None if rule.required => flaw(&rule.name, "it is missing".to_owned()),
                None => {}
                Some(value) => match rule.take(value) {
                    Err(message) => flaw(&rule.name, message),
                    Ok(text) => match Parameter::new(&rule.name, &text) {
                        Ok(_) => taken.push((&rule.name, text)),
                        Err(error) => flaw(&rule.name, error.to_string()),
                    },
                },
            }
        }
        if !flaws.is_empty() {
            return Err(flaws);
        }
        let pairs = taken.iter().map(|(name, text)| (*name, text.as_str()));
        Parameters::read(pairs).map_err(|error: ParameterError| {
            vec![ParameterFlaw {
                name: String::new(),
                message: error.to_string(),
            }]
        })
    }

    /// Parameters that were written as texts, with the types that the script says.
    #[must_use]
    pub fn typed(&self, written: &Map<String, Value>) -> Map<String, Value> {
        let kind = |name: &str| {
            let mut rules = self.parameters.iter();
            rules.find(|rule| rule.name == name).map(|rule| &rule.kind)
        };
        let typed = |name: &String, value: &Value| {
            let Value::String(text) = value else {
                return value.clone();
            };
            let read = match kind(name) {
                Some(ParameterKind::Integer { .. }) => text.parse::<u64>().ok().map(Value::from),
                Some(ParameterKind::Boolean) => text.parse::<bool>().ok().map(Value::from),
                Some(ParameterKind::Text { .. } | ParameterKind::Choice { .. }) | None => None,
            };
            read.unwrap_or_else(|| value.clone())
        };
        let each = written.iter();
        each.map(|(name, value)| (name.clone(), typed(name, value)))
            .collect()
    }

    fn knows(&self) -> String {
        let names: Vec<&str> = self
            .parameters
            .iter()
            .map(|rule| rule.name.as_str())
            .collect();
        if names.is_empty() {
            "this script takes no parameters".to_owned()
        } else {
            format!("this script takes: {}", names.join(", "))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn list(parameters: &Value) -> ScriptList {
        let hash = ScriptHash::of(&json!({}));
        let script = json!({"script_id": "43", "hash": hash, "parameters": parameters});
        serde_json::from_value(json!({"scripts": [script]})).unwrap()
    }

    fn cache() -> AllowedScript {
        let list = list(&json!([
            {"name": "User", "type": "text", "max_chars": 30, "required": true},
            {"name": "Browser", "type": "choice", "of": ["Edge", "Chrome"]},
            {"name": "Days", "type": "integer", "max": 90},
            {"name": "Deep", "type": "boolean"},
        ]));
        assert_eq!(list.check(), Ok(()));
        list.scripts[0].clone()
    }

    fn refused(given: &Value) -> Vec<String> {
        let flaws = cache().read(given.as_object().unwrap()).unwrap_err();
        flaws.into_iter().map(|flaw| flaw.name).collect()
    }

    #[test]
    fn what_fits_is_taken_in_the_lists_order() {
        let given =
            json!({"Deep": true, "Days": 7, "Browser": "Edge", "User": "john.doe@company.com"});
        let taken = cache().read(given.as_object().unwrap()).unwrap();
        let taken: Vec<_> = taken.iter().map(|one| (one.name(), one.value())).collect();
        assert_eq!(
            taken,
            [
                ("User", "john.doe@company.com"),
                ("Browser", "Edge"),
                ("Days", "7"),
                ("Deep", "true")
            ]
        );
    }

    #[test]
    fn everything_that_does_not_fit_is_named() {
        let given = json!({"Browser": "Opera", "Days": "7", "Deep": 1, "Force": "x"});
        assert_eq!(
            refused(&given),
            ["Force", "User", "Browser", "Days", "Deep"]
        );
        for bad in ["a;b", "$(x)", "-x", "", "x".repeat(31).as_str()] {
            assert_eq!(refused(&json!({"User": bad})), ["User"], "{bad}");
        }
        for bad in [json!(-1), json!(91), json!(1.5)] {
            assert_eq!(refused(&json!({"User": "j", "Days": bad})), ["Days"]);
        }
    }

    #[test]
    fn what_a_playbook_writes_as_text_has_its_type() {
        let written = json!({"User": "7", "Days": "7", "Deep": "false", "Browser": "Edge"});
        let typed = cache().typed(written.as_object().unwrap());
        assert_eq!(
            json!(typed),
            json!({"User": "7", "Days": 7, "Deep": false, "Browser": "Edge"})
        );
        assert!(cache().read(&typed).is_ok());
    }

    #[test]
    fn a_list_that_could_not_be_meant_is_refused_with_the_place() {
        for (parameters, place) in [
            (
                json!([{"name": "a b", "type": "boolean"}]),
                "scripts[0].parameters",
            ),
            (
                json!([{"name": "a", "type": "boolean"}, {"name": "A", "type": "boolean"}]),
                "scripts[0].parameters",
            ),
            (
                json!([{"name": "a", "type": "integer", "min": 2, "max": 1}]),
                "scripts[0].parameters[0]",
            ),
            (
                json!([{"name": "a", "type": "choice", "of": []}]),
                "scripts[0].parameters[0]",
            ),
            (
                json!([{"name": "a", "type": "choice", "of": ["x;y"]}]),
                "scripts[0].parameters[0]",
            ),
            (
                json!([{"name": "a", "type": "text", "max_chars": 257}]),
                "scripts[0].parameters[0]",
            ),
        ] {
            assert_eq!(list(&parameters).check().unwrap_err().0, place);
        }
        let mut twice = list(&json!([]));
        twice.scripts.push(twice.scripts[0].clone());
        assert_eq!(twice.check().unwrap_err().0, "scripts[1].script_id");
    }
}
