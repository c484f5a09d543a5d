//! Several rows, all written or none.

use crate::capacity::{Purpose, size, units};
use crate::item::{Item, encode, number};
use crate::key::Key;
use crate::table::Table;
use crate::{Store, StoreError};
use aws_sdk_dynamodb::error::SdkError;
use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError as Refusal;
use aws_sdk_dynamodb::types::{
    AttributeValue, ConditionCheck, Delete, Put, ReturnConsumedCapacity, TransactWriteItem, Update,
};
use serde::Serialize;
use std::collections::BTreeMap;
use std::time::Duration;
use uuid::Uuid;

/// Rows that one transaction takes.
const MAX_ROWS: usize = 100;
/// Tries while other transactions hold one of the rows.
const MAX_TRIES: u32 = 6;

/// What must be true of the row that stands where one is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Guard {
    /// There is none.
    Absent,
    /// There is one.
    Present,
    /// It is the one that was read.
    Rev(u64),
}

impl Guard {
    /// The row as it was read, or none.
    pub(crate) fn seen(rev: Option<u64>) -> Self {
        rev.map_or(Self::Absent, Self::Rev)
    }
}

/// A change of some of a row's attributes, where others are written by others at the same time.
#[derive(Debug)]
pub(crate) struct Change {
    /// The update expression.
    pub(crate) set: String,
    /// The condition.
    pub(crate) when: String,
    /// The names behind `#…`.
    pub(crate) names: Vec<(String, String)>,
    /// The values behind `:…`.
    pub(crate) values: Vec<(&'static str, AttributeValue)>,
}

/// What must be true of a row that is not written.
#[derive(Debug)]
pub(crate) struct Must {
    /// The condition.
    pub(crate) when: &'static str,
    /// The names behind `#…`.
    pub(crate) names: Vec<(&'static str, &'static str)>,
    /// The values behind `:…`.
    pub(crate) values: Vec<(&'static str, AttributeValue)>,
}

#[derive(Debug)]
struct Member {
    what: &'static str,
    table: Table,
    bytes: usize,
    item: TransactWriteItem,
}

/// A transaction being put together.
#[derive(Debug)]
pub(crate) struct Transaction<'a> {
    store: &'a Store,
    pub(crate) purpose: Purpose,
    members: Vec<Member>,
    flaw: Option<StoreError>,
}

impl<'a> Transaction<'a> {
    pub(crate) fn new(store: &'a Store, purpose: Purpose) -> Self {
        Self {
            store,
            purpose,
            members: Vec::new(),
            flaw: None,
        }
    }

    /// Remembers what makes this transaction impossible; the commit will say it.
    pub(crate) fn fail(&mut self, flaw: StoreError) {
        self.flaw.get_or_insert(flaw);
    }

    /// Adds a row.
    pub(crate) fn put<T: Serialize>(
        &mut self,
        what: &'static str,
        table: Table,
        key: &Key,
        row: &T,
        guard: Guard,
    ) {
        self.put_item(what, table, encode(what, key, row), guard);
    }

    /// Adds a row that is encoded already.
    pub(crate) fn put_item(
        &mut self,
        what: &'static str,
        table: Table,
        item: Result<Item, StoreError>,
        guard: Guard,
    ) {
        let added = item.and_then(|item| {
            let bytes = size(&item);
            let put = Put::builder()
                .table_name(self.store.name(table))
                .set_item(Some(item));
            let put = match guard {
                Guard::Absent => put.condition_expression("attribute_not_exists(pk)"),
                Guard::Present => put.condition_expression("attribute_exists(pk)"),
                Guard::Rev(rev) => put
                    .condition_expression("rev = :seen")
                    .expression_attribute_values(":seen", number(rev)),
            };
            let put = put
                .build()
                .map_err(|error| StoreError::corrupt(what, error))?;
            Ok(Member {
                what,
                table,
                bytes,
                item: TransactWriteItem::builder().put(put).build(),
            })
        });
        match added {
            Ok(member) => self.members.push(member),
            Err(flaw) => self.fail(flaw),
        }
    }

    /// Changes a row in part. Its weight is not known here; what it costs is what `DynamoDB` answers.
    pub(crate) fn update(&mut self, what: &'static str, table: Table, key: &Key, change: Change) {
        let mut update = Update::builder()
            .table_name(self.store.name(table))
            .set_key(Some(key.attributes()))
            .update_expression(change.set)
            .condition_expression(change.when);
        for (name, value) in change.names {
            update = update.expression_attribute_names(name, value);
        }
        for (name, value) in change.values {
            update = update.expression_attribute_values(name, value);
        }
        match update.build() {
            Ok(update) => self.members.push(Member {
                what,
                table,
                bytes: 1,
                item: TransactWriteItem::builder().update(update).build(),
            }),
            Err(flaw) => self.fail(StoreError::corrupt(what, flaw)),
        }
    }

    /// Asks that a row that is not written stands as it was read.
    pub(crate) fn check(&mut self, what: &'static str, table: Table, key: &Key, must: Must) {
        let mut check = ConditionCheck::builder()
            .table_name(self.store.name(table))
            .set_key(Some(key.attributes()))
            .condition_expression(must.when);
        for (name, value) in must.names {
            check = check.expression_attribute_names(name, value);
        }
        for (name, value) in must.values {
            check = check.expression_attribute_values(name, value);
        }
        match check.build() {
            Ok(check) => self.members.push(Member {
                what,
                table,
                bytes: 1,
                item: TransactWriteItem::builder().condition_check(check).build(),
            }),
            Err(flaw) => self.fail(StoreError::corrupt(what, flaw)),
        }
    }

    /// Takes a row away that must be there.
    pub(crate) fn delete(&mut self, what: &'static str, table: Table, key: &Key) {
        let delete = Delete::builder()
            .table_name(self.store.name(table))
            .set_key(Some(key.attributes()))
            .condition_expression("attribute_exists(pk)");
        match delete.build() {
            Ok(delete) => self.members.push(Member {
                what,
                table,
                bytes: 1,
                item: TransactWriteItem::builder().delete(delete).build(),
            }),
            Err(flaw) => self.fail(StoreError::corrupt(what, flaw)),
        }
    }

    /// Adds the rows of another, behind these.
    pub(crate) fn absorb(&mut self, other: Transaction<'a>) {
        self.members.extend(other.members);
        if let Some(flaw) = other.flaw {
            self.fail(flaw);
        }
    }

    /// Writes every row, or none.
    pub(crate) async fn commit(self) -> Result<(), StoreError> {
        if let Some(flaw) = self.flaw {
            return Err(flaw);
        }
        let what = self.members.first().map_or("change", |member| member.what);
        if self.members.len() > MAX_ROWS {
            return Err(StoreError::TooBig { what });
        }
        // One token for every try: a try that was committed and whose answer was lost is recognised.
        let token = Uuid::new_v4();
        let mut tries = 0;
        loop {
            let answer = Box::pin(
                self.store
                    .client()
                    .transact_write_items()
                    .client_request_token(token.simple().to_string())
                    .set_transact_items(Some(self.members.iter().map(|m| m.item.clone()).collect()))
                    .return_consumed_capacity(ReturnConsumedCapacity::Total)
                    .send(),
            )
            .await;
            let error = match answer {
                Ok(answer) => {
                    let computed = self.computed();
                    self.purpose
                        .spent_each(self.store, answer.consumed_capacity(), &computed);
                    return Ok(());
                }
                Err(error) => error,
            };
            if let Some(what) = self.conflict(&error) {
                for (table, units) in self.computed() {
                    self.purpose.refused(table, units);
                }
                return Err(StoreError::Conflict { what });
            }
            tries += 1;
            if tries == MAX_TRIES || !contended(&error) {
                return Err(StoreError::unavailable("write a change", error));
            }
            tokio::time::sleep(pause(tries, token)).await;
        }
    }

    /// The first member whose condition failed.
    fn conflict(&self, error: &SdkError<Refusal>) -> Option<&'static str> {
        let at = codes(error)
            .iter()
            .position(|code| *code == "ConditionalCheckFailed")?;
        Some(self.members.get(at).map_or("change", |member| member.what))
    }

    /// What the rows cost, table by table, as their sizes say.
    fn computed(&self) -> BTreeMap<Table, u32> {
        let mut tables = BTreeMap::new();
        for member in &self.members {
            *tables.entry(member.table).or_insert(0) += 2 * units(member.bytes);
        }
        tables
    }
}

/// Why a transaction was cancelled, member by member.
fn codes(error: &SdkError<Refusal>) -> Vec<&str> {
    match error.as_service_error() {
        Some(Refusal::TransactionCanceledException(cancelled)) => cancelled
            .cancellation_reasons()
            .iter()
            .map(|reason| reason.code().unwrap_or_default())
            .collect(),
        _ => Vec::new(),
    }
}

/// Whether the same transaction may go through in a moment.
fn contended(error: &SdkError<Refusal>) -> bool {
    let in_progress = matches!(
        error.as_service_error(),
        Some(Refusal::TransactionInProgressException(_))
    );
    in_progress
        || codes(error).iter().any(|code| {
            matches!(
                *code,
                "TransactionConflict" | "ThrottlingError" | "ProvisionedThroughputExceeded"
            )
        })
}

/// 10 to 20 ms after the first try, twice that after each further one. The token's own chance is the jitter.
fn pause(tries: u32, token: Uuid) -> Duration {
    let base = 5 << tries;
    let bytes = token.as_bytes();
    let chance = u64::from(bytes[tries as usize % 6]);
    Duration::from_millis(base + base * chance / 255)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_and_stay_under_half_a_second() {
        for token in [Uuid::nil(), Uuid::max()] {
            let pauses: Vec<_> = (1..MAX_TRIES).map(|tries| pause(tries, token)).collect();
            assert!(pauses.is_sorted(), "{pauses:?}");
            assert!(pauses[0] >= Duration::from_millis(10));
            assert!(
                pauses
                    .iter()
                    .all(|pause| *pause < Duration::from_millis(500))
            );
        }
    }
}
