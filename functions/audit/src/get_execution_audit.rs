//! `GET /api/v1/audit/executions/{ticket_id}`: the whole story of a ticket, in order.

use crate::reading::{self, Read};
use crate::record::{AuditRecord, AuditStep};
use audit::{Record, Subject};
use auth::AuditRead;
use axum::Json;
use desk::find_ticket;
use domain::{Execution, TicketName};
use jiff::Timestamp;
use kit::{App, Caller, Id, Problem, Problems};
use serde::Serialize;
use utoipa::ToSchema;

/// A ticket's story: its own records, and each run's.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ExecutionAudit {
    /// The ticket, by the name it came in with.
    #[schema(example = "HLP-12345")]
    ticket_id: String,
    /// Its runs, oldest first.
    executions: Vec<AuditedExecution>,
    /// What happened to the ticket itself.
    records: Vec<AuditRecord>,
}

/// A run's story.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AuditedExecution {
    /// The run.
    execution_id: String,
    /// The playbook.
    #[schema(example = "password_reset")]
    playbook_id: String,
    /// The playbook's version, pinned at the start.
    #[schema(example = "1.2")]
    version: String,
    /// Where it stands.
    #[schema(example = "completed")]
    status: &'static str,
    /// Why it ended, when not completed.
    reason: Option<String>,
    /// 1 for the first run, one more for each retry.
    generation: u32,
    /// When it was recorded.
    #[schema(value_type = String, format = DateTime)]
    started_at: Timestamp,
    /// When it ended.
    #[schema(value_type = Option<String>, format = DateTime)]
    ended_at: Option<Timestamp>,
    /// Its steps, in order.
    steps: Vec<AuditStep>,
    /// What happened, in order.
    records: Vec<AuditRecord>,
}

/// The whole story of a ticket: every run, step and decision, in order.
#[utoipa::path(get, path = "/api/v1/audit/executions/{ticket_id}", operation_id = "get_execution_audit",
    params(("ticket_id" = String, Path, description = "Any of the ticket's names.", example = "HLP-12345")),
    responses((status = 200, body = ExecutionAudit), Problems), security(("api_key" = []), ("bearer" = [])))]
pub(crate) async fn get_execution_audit(
    app: App,
    caller: Caller<AuditRead>,
    Id(name): Id<TicketName>,
) -> Result<Json<ExecutionAudit>, Problem> {
    let (store, tenant) = (app.store(), caller.tenant());
    let ticket = find_ticket(&app, tenant, &name).await?;
    let records = store.records(tenant, &Subject::Ticket(ticket.id)).await?;
    let mut executions = Vec::with_capacity(ticket.runs.len());
    for id in &ticket.runs {
        if let Some(run) = store.execution(tenant, id).await? {
            let records = store
                .records(tenant, &Subject::Execution(id.clone()))
                .await?;
            executions.push(story(run, records));
        }
    }
    reading::record(&app, &caller, ticket.id, &Read::Executions).await?;
    Ok(Json(ExecutionAudit {
        ticket_id: ticket.name.to_string(),
        executions,
        records: records.into_iter().map(AuditRecord::from).collect(),
    }))
}

fn story(run: Execution, records: Vec<Record>) -> AuditedExecution {
    AuditedExecution {
        execution_id: run.id.to_string(),
        playbook_id: run.playbook.to_string(),
        version: run.version,
        status: run.status.as_str(),
        reason: run.reason,
        generation: run.generation,
        started_at: run.started_at,
        ended_at: run.ended_at,
        steps: run.steps.into_iter().map(AuditStep::from).collect(),
        records: records.into_iter().map(AuditRecord::from).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::{ExecutionId, PlaybookName, StepId, TicketId};
    use serde_json::{Value, json};

    #[test]
    fn a_run_that_waits_has_every_field_and_no_end() {
        let run = Execution::new(
            ExecutionId::parse("x-1").unwrap(),
            TicketId::from_bits(1),
            PlaybookName::parse("password_reset").unwrap(),
            "1.2".into(),
            &[StepId::parse("verify_mfa").unwrap()],
            Timestamp::UNIX_EPOCH,
        );
        let story = serde_json::to_value(story(run, Vec::new())).unwrap();
        assert_eq!(
            (&story["status"], &story["generation"]),
            (&json!("pending"), &json!(1))
        );
        assert_eq!(
            (&story["ended_at"], &story["records"]),
            (&Value::Null, &json!([]))
        );
        assert_eq!(
            story["steps"],
            json!([{
                "id": "verify_mfa", "state": "pending", "started_at": null, "ended_at": null, "reason": null,
                "output": {},
            }])
        );
    }
}
