//! Counters: each number is given once, whoever asks at the same time.

use crate::capacity::Purpose;
use crate::item::number;
use crate::key::Key;
use crate::table::Table;
use crate::{Store, StoreError};
use aws_sdk_dynamodb::types::{ReturnConsumedCapacity, ReturnValue};

impl Store {
    /// The next number of the counter at `key`, from 1.
    pub(crate) async fn number(
        &self,
        purpose: &'static str,
        table: Table,
        key: &Key,
    ) -> Result<u64, StoreError> {
        let answer = Box::pin(
            self.client()
                .update_item()
                .table_name(self.name(table))
                .set_key(Some(key.attributes()))
                .update_expression("ADD n :one")
                .expression_attribute_values(":one", number(1))
                .return_values(ReturnValue::UpdatedNew)
                .return_consumed_capacity(ReturnConsumedCapacity::Total)
                .send(),
        )
        .await
        .map_err(|error| StoreError::unavailable("give a number", error))?;
        Purpose::new(purpose).spent(table, answer.consumed_capacity());
        let given = answer.attributes().and_then(|item| item.get("n"));
        let given = given
            .and_then(|n| n.as_n().ok())
            .and_then(|n| n.parse().ok());
        given.ok_or_else(|| StoreError::corrupt("counter", "it has no number"))
    }
}
