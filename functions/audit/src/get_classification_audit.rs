//! `GET /api/v1/audit/classifications/{ticket_id}`: every decision about a ticket, and what each was made from.

use crate::reading::{self, Read};
use auth::AuditRead;
use axum::Json;
use desk::find_ticket;
use domain::{ContentHash, TicketName};
use jiff::Timestamp;
use kit::{App, Caller, Id, Problem, Problems};
use serde::Serialize;
use store::StoredDecision;
use utoipa::ToSchema;

/// Every decision about a ticket.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ClassificationAudit {
    /// The ticket, by the name it came in with.
    #[schema(example = "HLP-12345")]
    ticket_id: String,
    /// Oldest first.
    classifications: Vec<AuditedClassification>,
}

/// One decision.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AuditedClassification {
    /// Its id.
    decision_id: String,
    /// The fingerprint of the subject and body it was made about.
    input_hash: String,
    /// Which model decided.
    #[schema(example = "linear-1-5d2f09c1")]
    classifier_version: String,
    /// Whether a playbook may act without a person deciding first.
    automated: bool,
    /// The playbook to run; null when not automated.
    #[schema(example = "password_reset")]
    playbook_id: Option<String>,
    /// The playbook that most likely serves it, whether or not it may act.
    suggested_playbook_id: Option<String>,
    /// The playbook and version it was decided for. Where the decision is not automated, the version was in shadow: it would have
    /// been started.
    #[schema(example = "password_reset 1.2")]
    proposed: Option<String>,
    /// How sure, 0 to 1.
    confidence: f64,
    /// Why.
    reasons: Vec<String>,
    /// When.
    #[schema(value_type = String, format = DateTime)]
    decided_at: Timestamp,
    /// Whether it is the one in force: the one about the ticket's present content.
    in_force: bool,
}

/// Every decision about a ticket, and what each was made from.
#[utoipa::path(get, path = "/api/v1/audit/classifications/{ticket_id}", operation_id = "get_classification_audit",
    params(("ticket_id" = String, Path, description = "Any of the ticket's names.", example = "HLP-12345")),
    responses((status = 200, body = ClassificationAudit), Problems), security(("api_key" = []), ("bearer" = [])))]
pub(crate) async fn get_classification_audit(
    app: App,
    caller: Caller<AuditRead>,
    Id(name): Id<TicketName>,
) -> Result<Json<ClassificationAudit>, Problem> {
    let ticket = find_ticket(&app, caller.tenant(), &name).await?;
    let decisions = app.store().decisions(caller.tenant(), ticket.id).await?;
    reading::record(&app, &caller, ticket.id, &Read::Classifications).await?;
    Ok(Json(ClassificationAudit {
        ticket_id: ticket.name.to_string(),
        classifications: decisions
            .into_iter()
            .map(|stored| entry(stored, ticket.decided.as_ref()))
            .collect(),
    }))
}

fn entry(stored: StoredDecision, in_force: Option<&ContentHash>) -> AuditedClassification {
    let decision = stored.decision;
    AuditedClassification {
        decision_id: decision.decision_id,
        input_hash: stored.content.as_str().to_owned(),
        classifier_version: decision.classifier_version,
        automated: decision.automated,
        playbook_id: decision.playbook_id.map(Into::into),
        suggested_playbook_id: decision.suggested_playbook_id.map(Into::into),
        proposed: stored.proposed.as_ref().map(ToString::to_string),
        confidence: decision.confidence,
        reasons: decision.reasons,
        decided_at: decision.decided_at,
        in_force: in_force == Some(&stored.content),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::{Decision, Intake};
    use serde_json::Map;

    fn stored(body: &str) -> StoredDecision {
        let content = Intake {
            subject: "I can't log in".into(),
            body: body.into(),
        }
        .hash();
        let decision = Decision {
            decision_id: format!("dec_{}", content.as_str()),
            automated: false,
            playbook_id: None,
            suggested_playbook_id: None,
            confidence: 0.2,
            classifier_version: "linear-1-5d2f09c1".into(),
            reasons: vec!["nothing matched".into()],
            decided_at: Timestamp::UNIX_EPOCH,
        };
        StoredDecision {
            content,
            decision,
            context: Map::new(),
            proposed: None,
        }
    }

    #[test]
    fn the_decision_about_the_present_content_is_the_one_in_force() {
        let (old, new) = (stored("Help"), stored("Password doesn't work"));
        let present = new.content.clone();
        assert!(!entry(old, Some(&present)).in_force);
        let shown = entry(new, Some(&present));
        assert!(shown.in_force);
        assert_eq!(shown.input_hash, present.as_str());
    }
}
