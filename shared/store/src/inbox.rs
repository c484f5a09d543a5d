//! Events that came in, and what became of them.

use crate::capacity::{Purpose, size, units};
use crate::item::{Item, decode, encode, sortable, text};
use crate::key::{Key, event_of};
use crate::table::Table;
use crate::{Store, StoreError};
use aws_sdk_dynamodb::operation::put_item::PutItemError;
use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_sdk_dynamodb::types::{ReturnConsumedCapacity, ReturnValuesOnConditionCheckFailure};
use domain::{EventId, Tenant, TicketId, Voucher};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_dynamo::aws_sdk_dynamodb_1::to_attribute_value;
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

    /// Gives an event its verdict, once; the same verdict again changes nothing.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when the event has another verdict, or there is no such event.
    pub async fn settle(
        &self,
        tenant: &Tenant,
        id: &EventId,
        verdict: &Verdict,
    ) -> Result<(), StoreError> {
        let value =
            to_attribute_value(verdict).map_err(|error| StoreError::corrupt("verdict", error))?;
        let mut purpose = Purpose::new("settle");
        purpose.ticket_id = verdict.ticket_id;
        let answer = Box::pin(
            self.client()
                .update_item()
                .table_name(self.name(Table::Inbox))
                .set_key(Some(Key::event(tenant, id).attributes()))
                .update_expression(
                    "SET #status = :settled, verdict = :verdict REMOVE unsettled_pk, unsettled_at",
                )
                .condition_expression("#status = :received")
                .expression_attribute_names("#status", "status")
                .expression_attribute_values(":settled", text("settled"))
                .expression_attribute_values(":received", text("received"))
                .expression_attribute_values(":verdict", value)
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
                return Ok(());
            }
            Err(error) => error,
        };
        let Some(UpdateItemError::ConditionalCheckFailedException(refusal)) =
            error.as_service_error()
        else {
            return Err(StoreError::unavailable("settle an event", error));
        };
        let Some(item) = refusal.item() else {
            return Err(StoreError::Conflict { what: "event" });
        };
        purpose.refused(Table::Inbox, units(size(item)));
        let there: InboxRow = decode("event", item.clone())?;
        let same = there.verdict.is_some_and(|there| {
            there.kind == verdict.kind
                && there.rule == verdict.rule
                && there.ticket_id == verdict.ticket_id
        });
        if same {
            Ok(())
        } else {
            Err(StoreError::Conflict { what: "verdict" })
        }
    }

    /// Counts another delivery of an event that is kept. The count is for people to look at: one that is lost, or counted
    /// twice because an answer was lost, does no harm.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when there is no such event.
    pub async fn count_delivery(&self, tenant: &Tenant, id: &EventId) -> Result<(), StoreError> {
        let answer = Box::pin(
            self.client()
                .update_item()
                .table_name(self.name(Table::Inbox))
                .set_key(Some(Key::event(tenant, id).attributes()))
                .update_expression("ADD deliveries :one")
                .condition_expression("attribute_exists(pk)")
                .expression_attribute_values(":one", crate::item::number(1))
                .return_consumed_capacity(ReturnConsumedCapacity::Total)
                .send(),
        )
        .await;
        match answer {
            Ok(answer) => {
                Purpose::new("count_delivery").spent(Table::Inbox, answer.consumed_capacity());
                Ok(())
            }
            Err(error) => match error.as_service_error() {
                Some(UpdateItemError::ConditionalCheckFailedException(_)) => {
                    Err(StoreError::Conflict { what: "event" })
                }
                _ => Err(StoreError::unavailable("count a delivery", error)),
            },
        }
    }

    /// Events of all tenants that came in before `older_than` and have no verdict, oldest first.
    ///
    /// # Errors
    /// When `DynamoDB` does not answer, or a key cannot be read.
    pub async fn unsettled(
        &self,
        older_than: Timestamp,
        limit: usize,
    ) -> Result<Vec<(Tenant, EventId)>, StoreError> {
        let shard = |shard| self.unsettled_shard(shard, older_than, limit);
        let (a, b, c, d) = tokio::try_join!(shard(0), shard(1), shard(2), shard(3))?;
        let mut found: Vec<(String, String)> = [a, b, c, d].into_iter().flatten().collect();
        found.sort();
        let oldest = found.into_iter().take(limit);
        oldest.map(|(_, pk)| named(&pk)).collect()
    }

    /// Times and partition keys of a shard's events, oldest first.
    async fn unsettled_shard(
        &self,
        shard: u8,
        older_than: Timestamp,
        limit: usize,
    ) -> Result<Vec<(String, String)>, StoreError> {
        let answer = Box::pin(
            self.client()
                .query()
                .table_name(self.name(Table::Inbox))
                .index_name("unsettled")
                .key_condition_expression("unsettled_pk = :shard AND unsettled_at < :before")
                .expression_attribute_values(":shard", text(format!("received#{shard}")))
                .expression_attribute_values(":before", text(sortable(older_than)))
                .limit(i32::try_from(limit.clamp(1, 1000)).unwrap_or(1000))
                .send(),
        )
        .await
        .map_err(|error| StoreError::unavailable("list unsettled events", error))?;
        let member = |item: &Item, name: &str| item.get(name).and_then(|v| v.as_s().ok()).cloned();
        Ok(answer
            .items()
            .iter()
            .filter_map(|item| Some((member(item, "unsettled_at")?, member(item, "pk")?)))
            .collect())
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

fn named(pk: &str) -> Result<(Tenant, EventId), StoreError> {
    let (tenant, id) =
        event_of(pk).ok_or_else(|| StoreError::corrupt("event", "its key names no event"))?;
    #[expect(
        clippy::disallowed_methods,
        reason = "the key of a row that was written for a verified source"
    )]
    let tenant = Tenant::vouched(tenant, Voucher::OwnQueue);
    let corrupt = |error| StoreError::corrupt("event", error);
    Ok((
        tenant.map_err(corrupt)?,
        EventId::parse(id).map_err(corrupt)?,
    ))
}
