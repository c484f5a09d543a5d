//! `GET /api/v1/audit/steps/{execution_id}`: each step of a run, what went in and came out, and who did it.

use crate::reading::{self, Read};
use crate::record::{AuditRecord, AuditStep};
use audit::{Actor, Record, Subject};
use auth::AuditRead;
use axum::Json;
use desk::find_ticket;
use domain::{
    Approval, Execution, ExecutionId, MfaPrompt, MfaState, Spending, StepRun, TicketName,
};
use jiff::Timestamp;
use kit::{App, Caller, Id, Problem, Problems};
use playbook::PlaybookVersion;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

/// A run, step by step.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct StepAudit {
    /// The run.
    execution_id: String,
    /// The ticket, by the name it came in with.
    #[schema(example = "HLP-12345")]
    ticket_id: String,
    /// The playbook.
    #[schema(example = "password_reset")]
    playbook_id: String,
    /// The playbook's version.
    #[schema(example = "1.2")]
    version: String,
    /// Where the run stands.
    #[schema(example = "completed")]
    status: &'static str,
    /// Its steps, in order.
    steps: Vec<AuditedStep>,
}

/// One step.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AuditedStep {
    #[serde(flatten)]
    step: AuditStep,
    /// What it asked for; null when the playbook's version is gone.
    #[schema(example = "verification.mfa")]
    service: Option<String>,
    /// What it asked with, as the playbook says it. What it acted on stands in the facts of its attempts.
    #[schema(value_type = Option<Object>)]
    input: Value,
    /// Who took it where it stands; null before it was begun.
    #[schema(value_type = Option<Object>, example = json!({"kind": "vendor", "id": "entra_mfa"}))]
    actor: Option<Actor>,
    /// The proofs that it asked for or spent.
    receipts: Vec<AuditedReceipt>,
    /// What was tried and what came of it, in order.
    attempts: Vec<AuditRecord>,
}

/// A person's answer to a prompt, which allows one action; or a manager's consent, each part of which does.
#[derive(Debug, PartialEq, Serialize, ToSchema)]
pub(crate) struct AuditedReceipt {
    /// The prompt, or the request for consent.
    request_id: String,
    /// How it was answered.
    #[schema(example = "approved")]
    status: &'static str,
    /// When.
    #[schema(value_type = Option<String>, format = DateTime)]
    decided_at: Option<Timestamp>,
    /// The one action that it, or this step's part of it, was spent on.
    #[schema(example = "reset_password:abc-123")]
    spent_on: Option<String>,
    /// When it was spent.
    #[schema(value_type = Option<String>, format = DateTime)]
    spent_at: Option<Timestamp>,
}

/// Each step of a run: what went in and came out, who did it, and with what proof.
#[utoipa::path(get, path = "/api/v1/audit/steps/{execution_id}", operation_id = "get_step_audit",
    params(("execution_id" = String, Path, description = "The run.", example = "x-0123456789abcdef0123456789abcdef")),
    responses((status = 200, body = StepAudit), Problems), security(("api_key" = []), ("bearer" = [])))]
pub(crate) async fn get_step_audit(
    app: App,
    caller: Caller<AuditRead>,
    Id(id): Id<ExecutionId>,
) -> Result<Json<StepAudit>, Problem> {
    let (store, tenant) = (app.store(), caller.tenant());
    let unknown = || Problem::not_found("execution").with("execution_id", id.as_str());
    let run = store.execution(tenant, &id).await?.ok_or_else(unknown)?;
    let ticket = find_ticket(&app, tenant, &TicketName::Id(run.ticket_id)).await?;
    let version = store
        .playbook_version_of(tenant, &run.playbook, &run.version)
        .await?;
    let version =
        version.and_then(|row| serde_json::from_str::<PlaybookVersion>(&row.definition).ok());
    let asked = desk::asked_on(&app, tenant, run.ticket_id).await?;
    let records = store
        .records(tenant, &Subject::Execution(id.clone()))
        .await?;
    reading::record(&app, &caller, run.ticket_id, &Read::Steps(&id)).await?;
    Ok(Json(told(
        run,
        &ticket.name,
        version.as_ref(),
        (&asked.prompts, &asked.approvals),
        &records,
    )))
}

fn told(
    run: Execution,
    ticket: &TicketName,
    version: Option<&PlaybookVersion>,
    (prompts, approvals): (&[MfaPrompt], &[Approval]),
    records: &[Record],
) -> StepAudit {
    let entry = |step: StepRun| {
        let own = of_step(&step, records);
        let recipe = version.and_then(|version| version.step(step.id.as_str()));
        AuditedStep {
            service: recipe.map(|recipe| recipe.service.to_string()),
            input: recipe
                .and_then(|recipe| serde_json::to_value(&recipe.with).ok())
                .unwrap_or_default(),
            actor: own.last().map(|record| record.entry.actor.clone()),
            receipts: receipts(prompts, approvals, &own),
            attempts: own.into_iter().cloned().map(AuditRecord::from).collect(),
            step: step.into(),
        }
    };
    StepAudit {
        execution_id: run.id.to_string(),
        ticket_id: ticket.to_string(),
        playbook_id: run.playbook.to_string(),
        version: run.version,
        status: run.status.as_str(),
        steps: run.steps.into_iter().map(entry).collect(),
    }
}

/// The records that say which step they are about, and that it is this one.
fn of_step<'a>(step: &StepRun, records: &'a [Record]) -> Vec<&'a Record> {
    let about = |record: &&Record| {
        record.entry.facts.get("step").and_then(Value::as_str) == Some(step.id.as_str())
    };
    records.iter().filter(about).collect()
}

/// The proofs that these records name.
fn receipts(
    prompts: &[MfaPrompt],
    approvals: &[Approval],
    records: &[&Record],
) -> Vec<AuditedReceipt> {
    let prompts = prompts
        .iter()
        .filter(|prompt| named(prompt.id.as_str(), records))
        .map(AuditedReceipt::from);
    let approvals = approvals
        .iter()
        .filter(|approval| named(approval.id.as_str(), records))
        .map(|approval| AuditedReceipt::of(approval, records));
    prompts.chain(approvals).collect()
}

/// Whether a fact of these records is this word, or a list with it.
fn named(word: &str, records: &[&Record]) -> bool {
    let mut facts = records
        .iter()
        .flat_map(|record| record.entry.facts.values());
    facts.any(|fact| match fact {
        Value::Array(words) => words.iter().any(|one| one == word),
        fact => fact == word,
    })
}

impl AuditedReceipt {
    /// A consent, with the spending of the part that these records name the call of.
    fn of(approval: &Approval, records: &[&Record]) -> Self {
        let mut spendings = approval.plan.iter().filter_map(|part| part.spent.as_ref());
        let spending: Option<&Spending> = spendings.find(|one| named(&one.claim, records));
        Self {
            request_id: approval.id.to_string(),
            status: approval.state.as_str(),
            decided_at: approval.state.decided_at(),
            spent_on: spending.map(|spending| spending.action.clone()),
            spent_at: spending.map(|spending| spending.at),
        }
    }
}

impl From<&MfaPrompt> for AuditedReceipt {
    fn from(prompt: &MfaPrompt) -> Self {
        let spending = match &prompt.state {
            MfaState::Approved { spent, .. } => spent.as_ref(),
            MfaState::Pending
            | MfaState::Denied { .. }
            | MfaState::Expired { .. }
            | MfaState::Failed { .. }
            | MfaState::Cancelled { .. } => None,
        };
        Self {
            request_id: prompt.id.to_string(),
            status: prompt.state.as_str(),
            decided_at: prompt.state.decided_at(),
            spent_on: spending.map(|spending| spending.action.clone()),
            spent_at: spending.map(|spending| spending.at),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use audit::Entry;
    use domain::{
        Answer, ApprovalState, Planned, PlaybookName, RequestId, StepId, TicketId, UserId, Verdict,
    };
    use serde_json::json;

    const NOW: Timestamp = Timestamp::UNIX_EPOCH;

    fn run() -> Execution {
        Execution::new(
            ExecutionId::parse("x-1").unwrap(),
            TicketId::from_bits(1),
            PlaybookName::parse("password_reset").unwrap(),
            "1.2".into(),
            &["verify_mfa", "reset_password"].map(|id| StepId::parse(id).unwrap()),
            NOW,
        )
    }

    fn spent_prompt() -> MfaPrompt {
        let asked = MfaPrompt {
            id: RequestId::parse("mfa_1").unwrap(),
            ticket_id: TicketId::from_bits(1),
            user_id: UserId::parse("abc-123").unwrap(),
            state: MfaState::Pending,
            requested_at: NOW,
            expires_at: NOW + jiff::SignedDuration::from_mins(5),
            waiting: None,
            sealed_token: None,
            handle: None,
            rev: 1,
        };
        asked
            .answer(Answer::Approved, "", NOW)
            .unwrap()
            .spend("reset_password:abc-123".into(), "c-1".into(), NOW)
            .unwrap()
    }

    /// A consent to two actions, one of which was spent.
    fn spent_approval() -> Approval {
        let part = |action: &str| Planned {
            action: action.to_owned(),
            subject: UserId::parse("abc-123").unwrap(),
            target: None,
            expires_at: None,
            spent: None,
        };
        let ticket_id = TicketId::from_bits(1);
        let asked = Approval {
            id: RequestId::of_approval(ticket_id, 1),
            ticket_id,
            approver: UserId::parse("boss-1").unwrap(),
            approver_mail: "jane.smith@company.com".into(),
            plan: vec![part("revoke_access"), part("reset_password")],
            shown: Vec::new(),
            asked_by: String::new(),
            state: ApprovalState::Pending,
            channel: None,
            comment: None,
            requested_at: NOW,
            sent_at: None,
            expires_at: NOW + jiff::SignedDuration::from_mins(5),
            link_hash: String::new(),
            waiting: None,
            sealed_token: None,
            rev: 1,
        };
        let approved = asked.answer(Verdict::Approve, "email", None, NOW).unwrap();
        let on = "reset_password:abc-123".to_owned();
        approved.spend(1, on, "c-2".into(), NOW).unwrap()
    }

    fn record(seq: u64, actor: Actor, action: &str, facts: &[(&str, &str)]) -> Record {
        let entry = Entry::new(NOW, actor, action);
        let entry = facts
            .iter()
            .fold(entry, |entry, (name, value)| entry.fact(name, *value));
        Record {
            seq,
            entry,
            prev_hash: String::new(),
            hash: String::new(),
        }
    }

    fn told_of(records: &[Record]) -> Value {
        let version =
            playbook::parse(include_str!("../../../statemachines/password_reset.yaml")).unwrap();
        let audit = told(
            run(),
            &TicketName::Halo(7),
            Some(&version),
            (&[spent_prompt()], &[spent_approval()]),
            records,
        );
        serde_json::to_value(audit).unwrap()
    }

    #[test]
    fn a_step_is_told_with_its_input_its_receipt_and_who_did_it() {
        let system = Actor::System("reset_password_task".into());
        let audit = told_of(&[
            record(1, system.clone(), "execution.started", &[]),
            record(
                2,
                Actor::Vendor("entra".into()),
                "mfa.approved",
                &[("step", "verify_mfa"), ("request_id", "mfa_1")],
            ),
            record(
                3,
                system.clone(),
                "step.begun",
                &[("step", "reset_password"), ("receipt", "mfa_1")],
            ),
            record(4, system, "step.succeeded", &[("step", "reset_password")]),
        ]);
        let reset = &audit["steps"][1];
        assert_eq!(
            (&reset["id"], &reset["service"]),
            (&json!("reset_password"), &json!("executor.reset_password"))
        );
        assert_eq!(reset["input"]["tap_lifetime_minutes"], json!(60));
        assert_eq!(
            reset["actor"],
            json!({"kind": "system", "id": "reset_password_task"})
        );
        let actions: Vec<&Value> = reset["attempts"]
            .as_array()
            .unwrap()
            .iter()
            .map(|one| &one["action"])
            .collect();
        assert_eq!(actions, [&json!("step.begun"), &json!("step.succeeded")]);
        let receipt = json!({
            "request_id": "mfa_1", "status": "approved", "decided_at": "1970-01-01T00:00:00Z",
            "spent_on": "reset_password:abc-123", "spent_at": "1970-01-01T00:00:00Z",
        });
        assert_eq!(reset["receipts"], json!([receipt]));
        assert_eq!(audit["steps"][0]["receipts"], json!([receipt]));
    }

    #[test]
    fn a_consent_that_a_step_spent_is_a_receipt_of_it_though_the_record_lists_it() {
        let system = Actor::System("reset_password_task".into());
        let mut begun = record(
            1,
            system,
            "step.begun",
            &[("step", "reset_password"), ("client_request_id", "c-2")],
        );
        let id = spent_approval().id;
        begun.entry = begun.entry.fact("consent", json!([id.as_str()]));
        let audit = told_of(&[begun]);
        let receipt = json!({
            "request_id": id, "status": "approved", "decided_at": "1970-01-01T00:00:00Z",
            "spent_on": "reset_password:abc-123", "spent_at": "1970-01-01T00:00:00Z",
        });
        assert_eq!(audit["steps"][1]["receipts"], json!([receipt]));
        assert_eq!(audit["steps"][0]["receipts"], json!([]));
    }

    #[test]
    fn a_step_that_was_not_begun_has_nobody_and_nothing() {
        let audit = told_of(&[]);
        let step = &audit["steps"][0];
        assert_eq!(
            (&step["state"], &step["actor"]),
            (&json!("pending"), &Value::Null)
        );
        assert_eq!(
            (&step["attempts"], &step["receipts"]),
            (&json!([]), &json!([]))
        );
    }
}
