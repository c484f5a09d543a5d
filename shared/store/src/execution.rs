//! Executions and the form of their rows.

use crate::item::{Item, encode, sortable, text};
use crate::key::Key;
use crate::live::live;
use crate::table::Table;
use crate::{Store, StoreError};
use aws_sdk_dynamodb::types::AttributeValue;
use domain::{
    Cancelling, ChainHead, Execution, ExecutionId, ExecutionStatus, PlaybookName, StepId, StepRun,
    StepState, Tenant, TicketId, Undo, UndoState,
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// An execution's row, without what its index key says: its id and its start.
#[derive(Debug, Serialize, Deserialize)]
struct ExecutionRow {
    ticket_id: TicketId,
    playbook: PlaybookName,
    version: String,
    generation: u32,
    status: ExecutionStatus,
    steps: Vec<StepRow>,
    #[serde(skip_serializing_if = "Map::is_empty", default)]
    inputs: Map<String, Value>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    ended_at: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    reason: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    cancelling: Option<Cancelling>,
    #[serde(rename = "by", skip_serializing_if = "Option::is_none", default)]
    started_by: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    retry_of: Option<ExecutionId>,
    rev: u64,
    chain: ChainHead,
}

/// A step in its execution's row.
#[derive(Debug, Serialize, Deserialize)]
struct StepRow {
    id: StepId,
    state: StepState,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    started_at: Option<Nanoseconds>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    ended_at: Option<Nanoseconds>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    reason: Option<String>,
    #[serde(skip_serializing_if = "Map::is_empty", default)]
    output: Map<String, Value>,
    #[serde(skip_serializing_if = "Map::is_empty", default)]
    deed: Map<String, Value>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    from: Option<ExecutionId>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    instead_of: Option<StepId>,
    #[serde(rename = "c", skip_serializing_if = "std::ops::Not::not", default)]
    counted: bool,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    undo: Option<UndoRow>,
}

/// The undoing of a step in its execution's row.
#[derive(Debug, Serialize, Deserialize)]
struct UndoRow {
    state: UndoState,
    started_at: Nanoseconds,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    ended_at: Option<Nanoseconds>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    reason: Option<String>,
    #[serde(skip_serializing_if = "Map::is_empty", default)]
    deed: Map<String, Value>,
}

impl UndoRow {
    fn of(undo: &Undo) -> Result<Self, StoreError> {
        Ok(Self {
            state: undo.state,
            started_at: Nanoseconds::of(undo.started_at)?,
            ended_at: undo.ended_at.map(Nanoseconds::of).transpose()?,
            reason: undo.reason.clone(),
            deed: undo.deed.clone(),
        })
    }

    fn read(self) -> Result<Undo, StoreError> {
        Ok(Undo {
            state: self.state,
            started_at: self.started_at.at()?,
            ended_at: self.ended_at.map(Nanoseconds::at).transpose()?,
            reason: self.reason,
            deed: self.deed,
        })
    }
}

/// A time as nanoseconds since 1970: 11 bytes instead of 30.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
#[serde(transparent)]
struct Nanoseconds(i64);

impl Nanoseconds {
    fn of(at: Timestamp) -> Result<Self, StoreError> {
        i64::try_from(at.as_nanosecond())
            .map(Self)
            .map_err(|error| StoreError::corrupt("execution", error))
    }

    fn at(self) -> Result<Timestamp, StoreError> {
        Timestamp::from_nanosecond(self.0.into())
            .map_err(|error| StoreError::corrupt("execution", error))
    }
}

/// The execution's place in the tenant-wide list.
pub(crate) fn place(execution: &Execution) -> String {
    format!("{}#{}", sortable(execution.started_at), execution.id)
}

/// The execution as a row.
pub(crate) fn to_row(tenant: &Tenant, execution: &Execution) -> Result<Item, StoreError> {
    let steps = execution.steps.iter().map(|step| {
        Ok(StepRow {
            id: step.id.clone(),
            state: step.state,
            started_at: step.started_at.map(Nanoseconds::of).transpose()?,
            ended_at: step.ended_at.map(Nanoseconds::of).transpose()?,
            reason: step.reason.clone(),
            output: step.output.clone(),
            deed: step.deed.clone(),
            instead_of: step.instead_of.clone(),
            counted: step.counted,
            undo: step.undo.as_ref().map(UndoRow::of).transpose()?,
            from: step.from.clone(),
        })
    });
    let row = ExecutionRow {
        ticket_id: execution.ticket_id,
        playbook: execution.playbook.clone(),
        version: execution.version.clone(),
        generation: execution.generation,
        status: execution.status,
        steps: steps.collect::<Result<_, StoreError>>()?,
        inputs: execution.inputs.clone(),
        ended_at: execution.ended_at,
        reason: execution.reason.clone(),
        cancelling: execution.cancelling.clone(),
        started_by: execution.started_by.clone(),
        retry_of: execution.retry_of.clone(),
        rev: execution.rev,
        chain: execution.chain.clone(),
    };
    let mut item = encode("execution", &Key::execution(tenant, &execution.id), &row)?;
    item.insert("gsi_pk".into(), text(tenant.as_str()));
    item.insert("gsi_sk".into(), text(place(execution)));
    if !execution.status.is_final() {
        item.insert("live".into(), text(live(tenant, &execution.playbook)));
    }
    Ok(item)
}

/// The execution that a row holds.
pub(crate) fn of_row(item: Item) -> Result<Execution, StoreError> {
    let broken = |source: &'static str| StoreError::corrupt("execution", source);
    let place = item.get("gsi_sk").map(AttributeValue::as_s);
    let Some(Ok(place)) = place else {
        return Err(broken("it has no place in the list"));
    };
    let (started_at, id) = place.split_once('#').ok_or(broken("its place has no id"))?;
    let started_at = started_at
        .parse()
        .map_err(|error: jiff::Error| StoreError::corrupt("execution", error))?;
    let id = ExecutionId::parse(id).map_err(|error| StoreError::corrupt("execution", error))?;
    let row: ExecutionRow = crate::item::decode("execution", item)?;
    let steps = row.steps.into_iter().map(|step| {
        Ok(StepRun {
            id: step.id,
            state: step.state,
            started_at: step.started_at.map(Nanoseconds::at).transpose()?,
            ended_at: step.ended_at.map(Nanoseconds::at).transpose()?,
            reason: step.reason,
            output: step.output,
            deed: step.deed,
            instead_of: step.instead_of,
            counted: step.counted,
            undo: step.undo.map(UndoRow::read).transpose()?,
            from: step.from,
        })
    });
    Ok(Execution {
        id,
        ticket_id: row.ticket_id,
        playbook: row.playbook,
        version: row.version,
        generation: row.generation,
        status: row.status,
        steps: steps.collect::<Result<_, StoreError>>()?,
        inputs: row.inputs,
        started_at,
        ended_at: row.ended_at,
        reason: row.reason,
        cancelling: row.cancelling,
        started_by: row.started_by,
        retry_of: row.retry_of,
        rev: row.rev,
        chain: row.chain,
    })
}

impl Store {
    /// An execution.
    ///
    /// # Errors
    /// When `DynamoDB` does not answer, or the row cannot be read.
    pub async fn execution(
        &self,
        tenant: &Tenant,
        id: &ExecutionId,
    ) -> Result<Option<Execution>, StoreError> {
        let item = self
            .get_item(Table::Executions, &Key::execution(tenant, id))
            .await?;
        item.map(of_row).transpose()
    }
}

#[cfg(test)]
#[expect(
    clippy::disallowed_methods,
    reason = "a test vouches for its own tenant"
)]
mod tests {
    use super::*;
    use crate::capacity::size;
    use domain::Voucher;
    use serde_json::json;
    use std::collections::BTreeSet;

    fn output(value: Value) -> Map<String, Value> {
        match value {
            Value::Object(members) => members,
            other => panic!("{other} is not an object"),
        }
    }

    /// The row at its fullest: every step ended, with its result.
    fn finished() -> (Tenant, Execution) {
        let tenant = Tenant::vouched("acme-support", Voucher::Operator).unwrap();
        let ticket = TicketId::from_bits(0x0190_0000_0000_7000_8000_0000_0000_0007);
        let playbook = PlaybookName::parse("password_reset").unwrap();
        let at: Timestamp = "2026-11-21T08:15:30.123456789Z".parse().unwrap();
        let steps = ["verify_mfa", "reset_password", "deliver_sms"];
        let steps = steps.map(|id| StepId::parse(id).unwrap());
        let results = [
            json!({
                "request_id": "mfa_01J00000007000G0000000000007_1",
                "assurance": 2,
            }),
            json!({
                "credential_ref": "cred_01J00000007000G0000000000007",
                "expires_at": "2026-11-21T09:15:43.123456789Z",
                "delivery_method": "sms",
            }),
            json!({
                "delivery_id": "dlv-0123456789abcdef0123456789abcdef",
                "delivery_status": "sent",
                "sent_at": "2026-11-21T08:15:44.123456789Z",
                "medium": "sms",
            }),
        ];
        let id = ExecutionId::of(&tenant, &ticket, &playbook, 1);
        let run = Execution::new(id, ticket, playbook, "1.2".into(), &steps, at);
        let mut run = run
            .started_by(Some("user-1205".to_owned()))
            .counted(&steps[1]);
        for (step, result) in steps.iter().zip(results) {
            run = run.begin(step, at).unwrap();
            run = run
                .end(step, StepState::Succeeded, None, output(result), at)
                .unwrap();
        }
        let mut run = run.finish(ExecutionStatus::Completed, None, at).unwrap();
        run.rev = 8;
        run.chain = ChainHead {
            seq: 9,
            hash: "0123456789abcdef".repeat(4),
        };
        (tenant, run)
    }

    #[test]
    fn a_finished_password_reset_is_one_kilobyte_at_most() {
        let (tenant, run) = finished();
        let bytes = size(&to_row(&tenant, &run).unwrap());
        assert!(bytes <= 1024, "{bytes} bytes");
    }

    #[test]
    fn inputs_and_undone_steps_come_back_from_the_row() {
        let (tenant, run) = finished();
        let step = StepId::parse("reset_password").unwrap();
        let at: Timestamp = "2026-11-21T08:20:30.5Z".parse().unwrap();
        let run = run.with_inputs(output(json!({"group": "g-1", "days": 30})));
        let run = run.with_fallback(&StepId::parse("verify_mfa").unwrap(), &step);
        let deed = output(json!({"user": "abc-123"}));
        let mut decided = run.clone();
        decided.steps[1].deed = deed.clone();
        let begun = run.begin_undo(&step, deed, at).unwrap();
        let failed = begun
            .end_undo(&step, UndoState::Failed, Some("refused".into()), at)
            .unwrap();
        for run in [run, decided, begun, failed] {
            assert_eq!(of_row(to_row(&tenant, &run).unwrap()).unwrap(), run);
        }
    }

    #[test]
    fn an_execution_comes_back_from_its_row() {
        let (tenant, run) = finished();
        assert_eq!(of_row(to_row(&tenant, &run).unwrap()).unwrap(), run);
        let again = ExecutionId::of(&tenant, &run.ticket_id, &run.playbook, 2);
        let mut steered = run.clone();
        steered.status = ExecutionStatus::Escalated;
        steered.steps[2].state = StepState::Failed;
        let now = run.started_at;
        let steered = steered.retry(again, false, &BTreeSet::default(), now);
        let steered = steered.unwrap().cancel("key-3", Some("wrong person"), now);
        let steered = steered.unwrap();
        assert!(steered.retry_of.is_some() && steered.steps[0].from.is_some());
        assert_eq!(of_row(to_row(&tenant, &steered).unwrap()).unwrap(), steered);
    }
}
