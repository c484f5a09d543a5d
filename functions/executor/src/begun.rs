//! An action whose intent stands, and what became of it.

use crate::action::Action;
use crate::methods;
use domain::{Grant, UserId};
use kit::TaskError;
use serde_json::{Map, Value, json};

/// An action whose intent stands.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Begun {
    pub(crate) action: Action,
    /// The person, by the directory's own id.
    pub(crate) user: UserId,
    /// What was so before.
    pub(crate) before: Map<String, Value>,
    /// Names the call to the vendor, in our audit and in theirs.
    pub(crate) call_id: String,
    /// Whose spending the receipts are.
    pub(crate) claim: String,
    /// What is being given.
    pub(crate) grant: Option<Grant>,
}

impl Begun {
    /// As a row holds it.
    pub(crate) fn to_row(&self) -> Map<String, Value> {
        Map::from_iter([
            ("asked".to_owned(), self.action.to_value()),
            ("user".to_owned(), json!(self.user)),
            ("before".to_owned(), Value::Object(self.before.clone())),
            ("call_id".to_owned(), json!(self.call_id)),
            ("claim".to_owned(), json!(self.claim)),
            (
                "grant_id".to_owned(),
                json!(self.grant.as_ref().map(|grant| &grant.id)),
            ),
        ])
    }

    /// What a row holds, but its grant, which has a row of its own.
    pub(crate) fn of_row(row: &Map<String, Value>) -> Option<Self> {
        let text = |name: &str| row.get(name).and_then(Value::as_str);
        Some(Self {
            action: Action::of_row(row)?,
            user: UserId::parse(text("user")?).ok()?,
            before: row.get("before")?.as_object()?.clone(),
            call_id: text("call_id")?.to_owned(),
            claim: text("claim")?.to_owned(),
            grant: None,
        })
    }

    /// `entry` with what the intent says.
    pub(crate) fn facts(&self, entry: audit::Entry) -> audit::Entry {
        let grant = self.grant.as_ref().map(|grant| grant.id.to_string());
        self.action
            .facts(entry)
            .fact("client_request_id", self.call_id.clone())
            .fact("grant_id", grant)
            .fact("methods", methods::intended(&self.before))
    }
}

/// What became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// The directory shows it.
    Seen {
        /// What it shows.
        shown: Map<String, Value>,
        /// What the directory answered: `accepted`; or `lost`, and reading back told.
        answer: &'static str,
    },
    /// It was not done. `retryable` when another try may do it.
    Nothing { reason: String, retryable: bool },
    /// Some of it was done, and the rest was not. `retryable` when another try may do the rest.
    Partly {
        reason: String,
        retryable: bool,
        /// What the directory shows of what was done.
        shown: Map<String, Value>,
    },
    /// Nobody knows.
    Unknown { reason: String },
}

impl Outcome {
    /// Its word in a sentence about a step: it was `done`.
    pub(crate) fn word(&self) -> &'static str {
        match self {
            Self::Seen { .. } => "done",
            Self::Nothing { .. } => "refused",
            Self::Partly { .. } => "half done",
            Self::Unknown { .. } => "left unknown",
        }
    }

    /// What the state of a step answers.
    pub(crate) fn said(&self) -> Result<(), TaskError> {
        match self {
            Self::Seen { .. } => Ok(()),
            Self::Nothing { reason, .. } | Self::Partly { reason, .. } => {
                Err(TaskError::Failed(reason.clone()))
            }
            Self::Unknown { reason } => Err(TaskError::Unknown(reason.clone())),
        }
    }
}
