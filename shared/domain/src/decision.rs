//! What a ticket asked for, and what was decided about it.

use crate::PlaybookName;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// What the requester wrote: all that a classification may look at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Intake {
    /// The ticket's subject line.
    pub subject: String,
    /// The ticket's text.
    pub body: String,
}

/// A fingerprint of an [`Intake`]: equal contents, equal decision.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct ContentHash(String);

impl Intake {
    /// The fingerprint of this content.
    #[must_use]
    pub fn hash(&self) -> ContentHash {
        let mut hash = Sha256::new();
        hash.update((self.subject.len() as u64).to_be_bytes());
        hash.update(&self.subject);
        hash.update(&self.body);
        ContentHash(hex::encode(&hash.finalize()[..16]))
    }

    /// Whether there is nothing to classify.
    #[must_use]
    pub fn is_blank(&self) -> bool {
        self.subject.trim().is_empty() && self.body.trim().is_empty()
    }
}

impl ContentHash {
    /// The fingerprint in hexadecimal.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// What was decided about a ticket's content, by which model, and why.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Decision {
    /// `dec_` and the content's fingerprint: one decision per content.
    pub decision_id: String,
    /// Whether a playbook may act without a person deciding first.
    pub automated: bool,
    /// The playbook to run; none when not automated.
    pub playbook_id: Option<PlaybookName>,
    /// The playbook that most likely serves it, whether or not it may act.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub suggested_playbook_id: Option<PlaybookName>,
    /// How sure we are, 0 to 1.
    pub confidence: f64,
    /// Which model decided.
    pub classifier_version: String,
    /// Why, in words an agent can check.
    pub reasons: Vec<String>,
    /// When.
    pub decided_at: Timestamp,
}
