//! A decision as callers see it.

use jiff::Timestamp;
use serde::Serialize;
use serde_json::{Map, Value};
use store::StoredDecision;
use utoipa::ToSchema;

/// A decision as callers see it.
#[derive(Debug, Serialize, ToSchema)]
pub struct Classification {
    /// Whether a playbook may act without a person deciding first.
    automated: bool,
    /// The playbook to run; null when not automated.
    #[schema(value_type = Option<String>)]
    playbook_id: Option<String>,
    /// The playbook that most likely serves it, for a person to start; with `automated` the same one.
    #[schema(value_type = Option<String>)]
    suggested_playbook_id: Option<String>,
    /// The version that would have been started, were it not in shadow; a person may start it. Only there in shadow.
    #[serde(skip_serializing_if = "Option::is_none")]
    would_have_started: Option<Shadowed>,
    /// How likely that playbook is right, 0 to 1.
    confidence: f64,
    /// What the directory says of the requester.
    context: Map<String, Value>,
    /// One per content.
    decision_id: String,
    /// Which model decided.
    classifier_version: String,
    /// Why.
    reasons: Vec<String>,
    /// When.
    #[schema(value_type = String)]
    decided_at: Timestamp,
    /// What could not be found out.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    warnings: Vec<String>,
}

/// A playbook version in shadow.
#[derive(Debug, Serialize, ToSchema)]
pub struct Shadowed {
    /// The playbook.
    #[schema(example = "unlock_account")]
    playbook_id: String,
    /// Its version.
    #[schema(example = "1.0")]
    version: String,
}

impl Classification {
    /// The reply for a decision.
    pub(crate) fn new(stored: StoredDecision, warnings: Vec<String>) -> Self {
        let decision = stored.decision;
        let shadowed = stored.proposed.filter(|_| !decision.automated);
        Self {
            would_have_started: shadowed.map(|of| Shadowed {
                playbook_id: of.playbook.into(),
                version: of.version,
            }),
            automated: decision.automated,
            playbook_id: decision.playbook_id.map(Into::into),
            suggested_playbook_id: decision.suggested_playbook_id.map(Into::into),
            confidence: decision.confidence,
            context: stored.context,
            decision_id: decision.decision_id,
            classifier_version: decision.classifier_version,
            reasons: decision.reasons,
            decided_at: decision.decided_at,
            warnings,
        }
    }
}
