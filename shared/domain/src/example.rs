//! A decision with what people say would have been right.

use crate::{Candidate, ContentHash, Intake, TicketId};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// How a label came about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LabelSource {
    /// Somebody said what would have been right.
    Correction,
    /// Somebody started a playbook for the ticket.
    Started,
    /// An agent set the PSA's field by hand.
    Field,
    /// The ticket was closed, and no playbook was started for it.
    Closed,
}

impl LabelSource {
    /// Its word.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Correction => "correction",
            Self::Started => "started",
            Self::Field => "field",
            Self::Closed => "closed",
        }
    }
}

/// A decision with what people say would have been right. Of the text it has the fingerprint, and the text itself only where
/// whoever corrected the decision gave it to be kept.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Example {
    /// The ticket.
    pub ticket_id: TicketId,
    /// The fingerprint of its text.
    pub content: ContentHash,
    /// The decision.
    pub decision_id: String,
    /// What decided.
    pub classifier_version: String,
    /// How sure it was, 0 to 1.
    pub confidence: f64,
    /// What was decided; none for "leave it to people".
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decided: Option<Candidate>,
    /// What would have been right; none for "no playbook".
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<Candidate>,
    /// How the label came about.
    pub source: LabelSource,
    /// What the person who corrected it said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// What the ticket said, for every later model to be tried on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<Intake>,
    /// Who labelled it: `user-12`, `key-3`.
    pub labelled_by: String,
    /// When.
    pub labelled_at: Timestamp,
    /// Counts writes.
    pub rev: u64,
}

impl Example {
    /// Whether the decision was right. Versions of one playbook serve the same request.
    #[must_use]
    pub fn agrees(&self) -> bool {
        let name = |candidate: &Option<Candidate>| {
            candidate
                .as_ref()
                .map(|candidate| candidate.playbook.clone())
        };
        name(&self.decided) == name(&self.label)
    }

    /// The version that should have been decided for and was not.
    #[must_use]
    pub fn missed(&self) -> Option<&Candidate> {
        self.label.as_ref().filter(|_| !self.agrees())
    }

    /// What a record's window knows it by: 12 characters.
    pub(crate) fn mark(&self) -> String {
        use sha2::{Digest, Sha256};
        let name = format!("{}#{}", self.ticket_id, self.content.as_str());
        hex::encode(&Sha256::digest(name)[..6])
    }
}
