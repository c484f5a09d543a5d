//! A record and a step as callers see them.

use audit::{Actor, Record};
use domain::{StepRun, Undo};
use jiff::Timestamp;
use serde::Serialize;
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// A record of a chain.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AuditRecord {
    /// Its number in its chain, from 1.
    seq: u64,
    /// When.
    #[schema(value_type = String, format = DateTime)]
    at: Timestamp,
    /// Who did it: a `user`, `key`, `source`, `vendor` or the `system`.
    #[schema(value_type = Object, example = json!({"kind": "system", "id": "reset_password_task"}))]
    actor: Actor,
    /// What was done.
    #[schema(example = "step.succeeded")]
    action: String,
    /// What it was done to and what came of it: ids, times, counts and words.
    #[schema(value_type = Object)]
    facts: BTreeMap<String, Value>,
    /// The hash of the record before it; empty for the first.
    prev_hash: String,
    /// SHA-256 over `prev_hash` and this record.
    hash: String,
}

impl From<Record> for AuditRecord {
    fn from(record: Record) -> Self {
        let entry = record.entry;
        Self {
            seq: record.seq,
            at: entry.at,
            actor: entry.actor,
            action: entry.action,
            facts: entry.facts,
            prev_hash: record.prev_hash,
            hash: record.hash,
        }
    }
}

/// A step's place in a run.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AuditStep {
    /// The step.
    #[schema(example = "verify_mfa")]
    id: String,
    /// Where it stands.
    #[schema(example = "succeeded")]
    state: &'static str,
    /// When it was begun.
    #[schema(value_type = Option<String>, format = DateTime)]
    started_at: Option<Timestamp>,
    /// When it ended.
    #[schema(value_type = Option<String>, format = DateTime)]
    ended_at: Option<Timestamp>,
    /// Why it ended as it did, when it did not succeed.
    reason: Option<String>,
    /// Its result: ids and times, never a secret.
    #[schema(value_type = Object)]
    output: Map<String, Value>,
    /// What became of taking it back; absent where nobody tried.
    #[serde(skip_serializing_if = "Option::is_none")]
    undo: Option<AuditUndo>,
}

/// The undoing of a step.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AuditUndo {
    /// `begun`, `done`, `not_needed`, `failed` or `unknown`.
    #[schema(example = "done")]
    state: &'static str,
    /// When it was begun.
    #[schema(value_type = String, format = DateTime)]
    started_at: Timestamp,
    /// When it ended.
    #[schema(value_type = Option<String>, format = DateTime)]
    ended_at: Option<Timestamp>,
    /// Why the step was not taken back.
    reason: Option<String>,
}

impl From<Undo> for AuditUndo {
    fn from(undo: Undo) -> Self {
        Self {
            state: undo.state.as_str(),
            started_at: undo.started_at,
            ended_at: undo.ended_at,
            reason: undo.reason,
        }
    }
}

impl From<StepRun> for AuditStep {
    fn from(step: StepRun) -> Self {
        Self {
            id: step.id.to_string(),
            state: step.state.as_str(),
            started_at: step.started_at,
            ended_at: step.ended_at,
            reason: step.reason,
            output: step.output,
            undo: step.undo.map(AuditUndo::from),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use audit::Entry;
    use domain::{StepId, UndoState};
    use serde_json::json;

    #[test]
    fn a_step_that_was_taken_back_says_so_and_any_other_says_nothing() {
        let mut step = StepRun::new(StepId::parse("grant").unwrap());
        let plain = serde_json::to_value(AuditStep::from(step.clone())).unwrap();
        assert_eq!(plain.get("undo"), None);
        step.undo = Some(Undo {
            state: UndoState::Done,
            started_at: Timestamp::UNIX_EPOCH,
            ended_at: Some(Timestamp::UNIX_EPOCH),
            reason: None,
            deed: Map::new(),
        });
        let told = serde_json::to_value(AuditStep::from(step)).unwrap();
        let at = "1970-01-01T00:00:00Z";
        assert_eq!(
            told["undo"],
            json!({"state": "done", "started_at": at, "ended_at": at, "reason": null})
        );
    }

    #[test]
    fn a_record_without_facts_has_the_same_fields() {
        let entry = Entry::new(
            Timestamp::UNIX_EPOCH,
            Actor::Key("key_1".into()),
            "audit.read",
        );
        let record = Record {
            seq: 3,
            entry,
            prev_hash: "a".into(),
            hash: "b".into(),
        };
        assert_eq!(
            serde_json::to_value(AuditRecord::from(record)).unwrap(),
            json!({
                "seq": 3, "at": "1970-01-01T00:00:00Z", "actor": {"kind": "key", "id": "key_1"},
                "action": "audit.read", "facts": {}, "prev_hash": "a", "hash": "b",
            })
        );
    }
}
