//! Reading rows.

use crate::item::{Item, decode, text};
use crate::key::Key;
use crate::table::Table;
use crate::{Store, StoreError};
use aws_sdk_dynamodb::types::KeysAndAttributes;
use serde::de::DeserializeOwned;
use std::time::Duration;

/// Keys that one `BatchGetItem` takes.
pub(crate) const BATCH: usize = 100;

impl Store {
    pub(crate) async fn get_item(
        &self,
        table: Table,
        key: &Key,
    ) -> Result<Option<Item>, StoreError> {
        let answer = Box::pin(
            self.client()
                .get_item()
                .table_name(self.name(table))
                .set_key(Some(key.attributes()))
                .consistent_read(true)
                .send(),
        )
        .await
        .map_err(|error| StoreError::unavailable("read a row", error))?;
        Ok(answer.item)
    }

    pub(crate) async fn get<T: DeserializeOwned>(
        &self,
        what: &'static str,
        table: Table,
        key: &Key,
    ) -> Result<Option<T>, StoreError> {
        let item = self.get_item(table, key).await?;
        item.map(|item| decode(what, item)).transpose()
    }

    /// The rows of `key`'s partition whose sort keys begin with `prefix`, in key order, `max` at most.
    pub(crate) async fn partition(
        &self,
        table: Table,
        key: &Key,
        prefix: &str,
        max: usize,
    ) -> Result<Vec<Item>, StoreError> {
        let mut items = Vec::new();
        let mut start = None;
        loop {
            let mut query = self
                .client()
                .query()
                .table_name(self.name(table))
                .consistent_read(true)
                .expression_attribute_values(":pk", text(key.pk()))
                .set_exclusive_start_key(start);
            query = if prefix.is_empty() {
                query.key_condition_expression("pk = :pk")
            } else {
                query
                    .key_condition_expression("pk = :pk AND begins_with(sk, :prefix)")
                    .expression_attribute_values(":prefix", text(prefix))
            };
            let page = Box::pin(query.send())
                .await
                .map_err(|error| StoreError::unavailable("list rows", error))?;
            items.extend(page.items.unwrap_or_default());
            start = page.last_evaluated_key;
            if start.is_none() || items.len() >= max {
                items.truncate(max);
                return Ok(items);
            }
        }
    }

    /// The rows at these keys that are there, in any order; [`BATCH`] keys at most.
    pub(crate) async fn batch(&self, table: Table, keys: &[Key]) -> Result<Vec<Item>, StoreError> {
        let mut items = Vec::new();
        let mut left: Vec<Item> = keys.iter().map(Key::attributes).collect();
        for pause_ms in [0, 20, 80, 320] {
            if left.is_empty() {
                return Ok(items);
            }
            tokio::time::sleep(Duration::from_millis(pause_ms)).await;
            let wanted = KeysAndAttributes::builder()
                .set_keys(Some(left))
                .consistent_read(true)
                .build()
                .map_err(|error| StoreError::corrupt("batch", error))?;
            let mut answer = Box::pin(
                self.client()
                    .batch_get_item()
                    .request_items(self.name(table), wanted)
                    .send(),
            )
            .await
            .map_err(|error| StoreError::unavailable("read rows", error))?;
            let found = answer
                .responses
                .as_mut()
                .and_then(|tables| tables.remove(self.name(table)));
            items.extend(found.unwrap_or_default());
            left = answer
                .unprocessed_keys
                .and_then(|mut tables| tables.remove(self.name(table)))
                .map(|unread| unread.keys)
                .unwrap_or_default();
        }
        if left.is_empty() {
            return Ok(items);
        }
        Err(StoreError::Unavailable {
            doing: "read rows",
            source: "it left some unread in four tries".into(),
        })
    }
}
