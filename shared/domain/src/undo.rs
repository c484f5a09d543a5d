//! Taking a step's deed back.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// Where the undoing of a step stands: `Begun → {Done, NotNeeded, Failed, Unknown}`; the last four are final.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UndoState {
    /// Its intent stands.
    Begun,
    /// The deed is taken back, and was seen to be.
    Done,
    /// There was nothing to take back.
    NotNeeded,
    /// It could not be taken back; the deed stands.
    Failed,
    /// The answer was lost: the deed may stand.
    Unknown,
}

impl UndoState {
    /// The word in our API.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Begun => "begun",
            Self::Done => "done",
            Self::NotNeeded => "not_needed",
            Self::Failed => "failed",
            Self::Unknown => "unknown",
        }
    }

    /// Whether the deed is known to stand: what it found needed no undoing, or could not be taken back.
    #[must_use]
    pub fn stands(self) -> bool {
        matches!(self, Self::NotNeeded | Self::Failed)
    }

    /// Whether nothing of the deed is left.
    #[must_use]
    pub fn is_clean(self) -> bool {
        matches!(self, Self::Done | Self::NotNeeded)
    }
}

/// The undoing of a step, once it was begun.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Undo {
    /// Where it stands.
    pub state: UndoState,
    /// When it was begun.
    pub started_at: Timestamp,
    /// When it ended.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub ended_at: Option<Timestamp>,
    /// Why it ended as it did, when the deed was not taken back.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub reason: Option<String>,
    /// What was decided when it was begun: whom it concerns and what it takes back. Never a secret.
    #[serde(skip_serializing_if = "Map::is_empty", default)]
    pub deed: Map<String, Value>,
}

impl Undo {
    /// `undone`, or what else became of it, for an agent to read.
    #[must_use]
    pub fn told(&self) -> String {
        let why = self.reason.as_deref().unwrap_or("no reason was given");
        match self.state {
            UndoState::Begun => "its undo was begun and has no end: look at it".to_owned(),
            UndoState::Done => "undone".to_owned(),
            UndoState::NotNeeded => "nothing to undo".to_owned(),
            UndoState::Failed => format!("NOT undone ({why}): undo it by hand"),
            UndoState::Unknown => format!("perhaps not undone ({why}): look at it"),
        }
    }
}
