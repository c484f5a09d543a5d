//! What a look at the directory comes to before an action.

use http::StatusCode;
use serde_json::{Map, Value};

/// What a look at the directory says of an action.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Look {
    /// It is so already.
    Already,
    /// It may not be.
    Refused(Refused),
    /// It is to be done; what has to be known afterwards, to see whether it was.
    Needed(Map<String, Value>),
}

/// Why an action may not be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Refused {
    pub(crate) status: StatusCode,
    pub(crate) code: &'static str,
    /// A sentence for people.
    pub(crate) why: String,
}

impl Refused {
    pub(crate) fn conflict(code: &'static str, why: impl Into<String>) -> Look {
        Look::Refused(Self {
            status: StatusCode::CONFLICT,
            code,
            why: why.into(),
        })
    }

    pub(crate) fn protected(why: &str) -> Self {
        Self {
            status: StatusCode::FORBIDDEN,
            code: "PROTECTED_USER",
            why: format!("this user {why}; no automation may touch their account"),
        }
    }
}
