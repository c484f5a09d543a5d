//! What is asked for: a pass or a password for whom, and for how long.

use domain::UserId;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;

/// What a Temporary Access Pass may last, and a password be kept for its owner, in minutes.
const LIFETIME_MINUTES: std::ops::RangeInclusive<u32> = 10..=43_200;
const DEFAULT_LIFETIME_MINUTES: u32 = 60;

/// How a person gets back in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Method {
    /// A Temporary Access Pass.
    #[default]
    Tap,
    /// A new password, which has to be changed at the next sign-in. Not for accounts that are mastered on premises.
    Password,
}

impl Method {
    /// Its word.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Tap => "tap",
            Self::Password => "password",
        }
    }
}

/// A reset that may be tried.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Ask {
    pub(crate) user_id: UserId,
    pub(crate) method: Method,
    pub(crate) lifetime_minutes: u32,
}

/// A reset that is not tried.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum BadAsk {
    Lifetime,
    Shape(String),
}

impl BadAsk {
    pub(crate) fn sentence(&self) -> String {
        match self {
            Self::Lifetime => "tap_lifetime_minutes is 10 to 43200".to_owned(),
            Self::Shape(what) => format!("the step's inputs do not fit: {what}"),
        }
    }
}

/// A step's inputs.
#[derive(Deserialize)]
struct With {
    user_id: UserId,
    #[serde(default)]
    method: Method,
    #[serde(default)]
    tap_lifetime_minutes: Option<u32>,
}

impl Ask {
    pub(crate) fn new(
        user_id: UserId,
        method: Method,
        lifetime_minutes: Option<u32>,
    ) -> Result<Self, BadAsk> {
        let lifetime_minutes = lifetime_minutes.unwrap_or(DEFAULT_LIFETIME_MINUTES);
        if !LIFETIME_MINUTES.contains(&lifetime_minutes) {
            return Err(BadAsk::Lifetime);
        }
        Ok(Self {
            user_id,
            method,
            lifetime_minutes,
        })
    }

    /// What a step asks for.
    pub(crate) fn of_step(with: &Map<String, Value>) -> Result<Self, BadAsk> {
        let with: With = serde_json::from_value(Value::Object(with.clone()))
            .map_err(|error| BadAsk::Shape(error.to_string()))?;
        Self::new(with.user_id, with.method, with.tap_lifetime_minutes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn ask(method: &str, minutes: &Value) -> Result<Ask, BadAsk> {
        let with = json!({"user_id": "abc-123", "method": method, "tap_lifetime_minutes": minutes});
        Ask::of_step(with.as_object().unwrap())
    }

    #[test]
    fn a_pass_lasts_10_to_43200_minutes() {
        for minutes in [10, 60, 43_200] {
            assert_eq!(
                ask("tap", &json!(minutes)).unwrap().lifetime_minutes,
                minutes
            );
        }
        for minutes in [0, 9, 43_201] {
            assert_eq!(ask("tap", &json!(minutes)), Err(BadAsk::Lifetime));
        }
        assert!(matches!(ask("tap", &json!(-1)), Err(BadAsk::Shape(_))));
    }

    #[test]
    fn a_pass_lasts_an_hour_when_nobody_says() {
        assert_eq!(ask("tap", &Value::Null).unwrap().lifetime_minutes, 60);
    }

    #[test]
    fn a_pass_is_made_when_nobody_says_and_a_password_when_asked_for() {
        let with = json!({"user_id": "abc-123"});
        let unsaid = Ask::of_step(with.as_object().unwrap()).unwrap();
        assert_eq!(unsaid.method, Method::Tap);
        let password = ask("password", &Value::Null).unwrap();
        assert_eq!(password.method, Method::Password);
        assert!(matches!(ask("magic", &json!(60)), Err(BadAsk::Shape(_))));
    }
}
