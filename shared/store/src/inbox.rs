//! Events that came in, and what became of them.

use crate::capacity::{Purpose, size, units};
use crate::item::{Item, decode, encode, sortable, text};
use crate::key::Key;
use crate::table::Table;
use crate::{Store, StoreError};
use aws_sdk_dynamodb::operation::put_item::PutItemError;
use aws_sdk_dynamodb::types::{ReturnConsumedCapacity, ReturnValuesOnConditionCheckFailure};
use domain::{EventId, Tenant, TicketId};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;

/// The largest body that is kept, in bytes.
const MAX_BODY: usize = 64 * 1024;

/// An inbound event, as it came.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InboxRow {
    /// Its id.
    pub id: EventId,
    /// The webhook source it came from.
    pub source: String,
    /// The route it came in by: `ticket_created`.
    pub route: String,
    /// When it came in first.
    pub at: Timestamp,
    /// The raw body, 64 KB at most.
    pub body: String,
    /// The few headers that matter.
    #[serde(skip_serializing_if = "BTreeMap::is_empty", default)]
    pub headers: BTreeMap<String, String>,
    /// Whose write this row is: different for every request that is answered.
    pub claim: String,
    /// Whether there is a verdict.
    pub status: InboxStatus,
    /// What became of it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub verdict: Option<Verdict>,
    /// How often it came, 1 for once.
    pub deliveries: u32,
}

/// Whether an event was dealt with: `Received → Settled`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum InboxStatus {
    /// Not yet.
    Received,
    /// It has its verdict.
    Settled,
}

/// What became of an event.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Verdict {
    /// In a word.
    pub kind: VerdictKind,
    /// The rule that decided.
    pub rule: String,
    /// The ticket it was about.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub ticket_id: Option<TicketId>,
    /// When.
    pub at: Timestamp,
}

/// What became of an event, in a word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum VerdictKind {
    /// It was acted on.
    Accepted,
    /// It told what was known already.
    Duplicate,
    /// It asked for nothing.
    Ignored,
    /// It could not be read.
    Rejected,
}

/// What receiving an event came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Received {
    /// The event is new; this write is the one there.
    New,
    /// The event was there.
    Again {
        /// As it stands.
        row: Box<InboxRow>,
    },
}

impl Store {
    /// Keeps an event unless it is there. Our own write whose answer was lost is known by its claim.
    ///
    /// # Errors
    /// [`StoreError::TooBig`] when the body is over 64 KB.
    pub async fn receive(&self, tenant: &Tenant, row: &InboxRow) -> Result<Received, StoreError> {
        if row.body.len() > MAX_BODY {
            return Err(StoreError::TooBig { what: "event" });
        }
        let item = to_row(tenant, row)?;
        let bytes = size(&item);
        let purpose = Purpose::new("receive");
        let answer = Box::pin(
            self.client()
                .put_item()
                .table_name(self.name(Table::Inbox))
                .set_item(Some(item))
                .condition_expression("attribute_not_exists(pk)")
                .return_consumed_capacity(ReturnConsumedCapacity::Total)
                .return_values_on_condition_check_failure(
                    ReturnValuesOnConditionCheckFailure::AllOld,
                )
                .send(),
        )
        .await;
        let error = match answer {
            Ok(answer) => {
                purpose.spent(Table::Inbox, answer.consumed_capacity());
                return Ok(Received::New);
            }
            Err(error) => error,
        };
        let Some(PutItemError::ConditionalCheckFailedException(refusal)) = error.as_service_error()
        else {
            return Err(StoreError::unavailable("keep an event", error));
        };
        purpose.refused(Table::Inbox, units(bytes));
        let there: InboxRow = decode("event", refusal.item().cloned().unwrap_or_default())?;
        if there.claim == row.claim {
            return Ok(Received::New);
        }
        Ok(Received::Again {
            row: Box::new(there),
        })
    }

    /// An event.
    ///
    /// # Errors
    /// When `DynamoDB` does not answer, or the row cannot be read.
    pub async fn inbox(
        &self,
        tenant: &Tenant,
        id: &EventId,
    ) -> Result<Option<InboxRow>, StoreError> {
        self.get("event", Table::Inbox, &Key::event(tenant, id))
            .await
    }
}

/// The event as a row. Until it has a verdict it stands in the index of unsettled ones, in one of four shards.
fn to_row(tenant: &Tenant, row: &InboxRow) -> Result<Item, StoreError> {
    let mut item = encode("event", &Key::event(tenant, &row.id), row)?;
    if row.status == InboxStatus::Received {
        let shard = Sha256::digest(row.id.as_str())[0] % 4;
        item.insert("unsettled_pk".into(), text(format!("received#{shard}")));
        item.insert("unsettled_at".into(), text(sortable(row.at)));
    }
    Ok(item)
}
