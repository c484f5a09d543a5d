//! Calls that may be repeated: what the first one was answered with.

use crate::capacity::{Purpose, size, units};
use crate::gate::seconds;
use crate::item::{decode, encode, number, text};
use crate::key::Key;
use crate::table::Table;
use crate::{Store, StoreError};
use aws_sdk_dynamodb::operation::put_item::PutItemError;
use aws_sdk_dynamodb::types::{ReturnConsumedCapacity, ReturnValuesOnConditionCheckFailure};
use domain::Tenant;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// How long an answer is kept, in seconds.
const KEPT_FOR: u64 = 24 * 3600;
/// How long a call may be under way, in seconds: API Gateway waits 29. One that died is taken over after this.
const UNDER_WAY: u64 = 40;

/// A call that was given a key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Row {
    /// What tells the call apart from another under the same key.
    fingerprint: String,
    /// Whose call is under way.
    claim: String,
    /// Until when it may be, in seconds since 1970.
    ends: u64,
    /// What it was answered with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    kept: Option<Kept>,
    /// When the row may go, in seconds since 1970.
    ttl: u64,
}

/// An answer as it is kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Kept {
    /// The status.
    pub status: u16,
    /// Headers that belong to the answer, not to the connection.
    pub headers: Vec<(String, String)>,
    /// The body, base64, without what is shown once.
    pub body: String,
}

/// A call that was given a key, and whose try it is.
#[derive(Debug, Clone)]
pub struct Repeatable {
    /// Who calls, within their tenant.
    pub who: String,
    /// SHA-256 of the key, in hexadecimal.
    pub key_hash: String,
    /// What tells the call apart from another under the same key.
    pub fingerprint: String,
    /// This try's own.
    pub claim: String,
}

/// What a call with a key meets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Begun {
    /// It is the first: make it, then keep its answer or let the key go.
    First,
    /// It was made: this is its answer.
    Again(Kept),
    /// The key stands for another call.
    Another,
    /// The same call is under way, for this many seconds more at most.
    UnderWay(u64),
}

impl Store {
    /// Begins a call that was given a key.
    ///
    /// # Errors
    /// When `DynamoDB` does not answer, or the row cannot be read.
    pub async fn begin_idempotent(
        &self,
        tenant: &Tenant,
        call: &Repeatable,
        now: Timestamp,
    ) -> Result<Begun, StoreError> {
        let now = seconds(now);
        let row = Row {
            fingerprint: call.fingerprint.clone(),
            claim: call.claim.clone(),
            ends: now + UNDER_WAY,
            kept: None,
            ttl: now + KEPT_FOR,
        };
        let key = Key::idempotent(tenant, &call.who, &call.key_hash);
        let free = "attribute_not_exists(pk) OR #ttl <= :now OR \
                    (attribute_not_exists(kept) AND ends <= :now AND fingerprint = :fingerprint)";
        match self.put_idempotent(&key, &row, free, now).await? {
            None => Ok(Begun::First),
            // Ours, and only its answer was lost.
            Some(there) if there.claim == call.claim => Ok(Begun::First),
            Some(there) if there.fingerprint != call.fingerprint => Ok(Begun::Another),
            Some(Row {
                kept: Some(kept), ..
            }) => Ok(Begun::Again(kept)),
            Some(there) => Ok(Begun::UnderWay(there.ends.saturating_sub(now).max(1))),
        }
    }

    /// Keeps the answer of a call that was begun. One that was taken over meanwhile keeps nothing.
    ///
    /// # Errors
    /// When `DynamoDB` does not answer, or the answer is too big for a row.
    pub async fn keep_idempotent(
        &self,
        tenant: &Tenant,
        call: &Repeatable,
        kept: Kept,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let now = seconds(now);
        let row = Row {
            fingerprint: call.fingerprint.clone(),
            claim: call.claim.clone(),
            ends: now,
            kept: Some(kept),
            ttl: now + KEPT_FOR,
        };
        let key = Key::idempotent(tenant, &call.who, &call.key_hash);
        self.put_idempotent(&key, &row, "claim = :claim", now)
            .await
            .map(drop)
    }

    /// Lets a key go whose call did nothing that is to be answered again.
    ///
    /// # Errors
    /// When `DynamoDB` does not answer.
    pub async fn free_idempotent(
        &self,
        tenant: &Tenant,
        call: &Repeatable,
    ) -> Result<(), StoreError> {
        let key = Key::idempotent(tenant, &call.who, &call.key_hash);
        let answer = Box::pin(
            self.client()
                .delete_item()
                .table_name(self.name(Table::Ephemeral))
                .set_key(Some(key.attributes()))
                .condition_expression("claim = :claim")
                .expression_attribute_values(":claim", text(&call.claim))
                .return_consumed_capacity(ReturnConsumedCapacity::Total)
                .send(),
        )
        .await;
        match answer {
            Ok(answer) => {
                Purpose::new("free_idempotent").spent(Table::Ephemeral, answer.consumed_capacity());
                Ok(())
            }
            Err(error) => match error.as_service_error() {
                Some(refusal) if refusal.is_conditional_check_failed_exception() => Ok(()),
                _ => Err(StoreError::unavailable("let an idempotency key go", error)),
            },
        }
    }

    /// Puts a row where `free` holds; the one that stands there otherwise.
    async fn put_idempotent(
        &self,
        key: &Key,
        row: &Row,
        free: &str,
        now: u64,
    ) -> Result<Option<Row>, StoreError> {
        let item = encode("idempotency key", key, row)?;
        let bytes = size(&item);
        let mut put = self
            .client()
            .put_item()
            .table_name(self.name(Table::Ephemeral))
            .set_item(Some(item))
            .condition_expression(free)
            .return_consumed_capacity(ReturnConsumedCapacity::Total)
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        if free.contains(":now") {
            put = put
                .expression_attribute_names("#ttl", "ttl")
                .expression_attribute_values(":now", number(now))
                .expression_attribute_values(":fingerprint", text(&row.fingerprint));
        } else {
            put = put.expression_attribute_values(":claim", text(&row.claim));
        }
        let purpose = Purpose::new("idempotency");
        match Box::pin(put.send()).await {
            Ok(answer) => {
                purpose.spent(Table::Ephemeral, answer.consumed_capacity());
                Ok(None)
            }
            Err(error) => match error.as_service_error() {
                Some(PutItemError::ConditionalCheckFailedException(refusal)) => {
                    purpose.refused(Table::Ephemeral, units(bytes));
                    let there = refusal.item().filter(|item| !item.is_empty()).cloned();
                    match there {
                        Some(item) => decode("idempotency key", item).map(Some),
                        None => Err(StoreError::Conflict {
                            what: "idempotency key",
                        }),
                    }
                }
                _ => Err(StoreError::unavailable("keep an idempotency key", error)),
            },
        }
    }
}
