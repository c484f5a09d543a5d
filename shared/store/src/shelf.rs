//! Lists of the rows that stand together below one partition key, page by page.

use crate::item::{decode, text};
use crate::read::BATCH;
use crate::table::Table;
use crate::{Cursor, Paged, Store, StoreError};
use serde::de::DeserializeOwned;

/// Behind every character of a place.
const BEHIND: char = '~';

/// Rows of one partition whose sort keys are a prefix and their place.
pub(crate) struct Shelf<'a> {
    /// What is done, for an error.
    pub(crate) doing: &'static str,
    /// What a row is.
    pub(crate) row: &'static str,
    pub(crate) table: Table,
    /// The partition.
    pub(crate) pk: &'a str,
    pub(crate) prefix: &'static str,
    /// Whether the last place comes first.
    pub(crate) backwards: bool,
}

impl Store {
    /// `limit` (1 to 100) rows of the shelf behind the cursor, each at its `place`.
    pub(crate) async fn page_of<T: DeserializeOwned>(
        &self,
        shelf: Shelf<'_>,
        limit: usize,
        cursor: Option<&Cursor>,
        place: impl Fn(&T) -> String,
    ) -> Result<Paged<T>, StoreError> {
        let limit = limit.clamp(1, BATCH);
        let prefix = shelf.prefix;
        let all = (prefix.to_owned(), format!("{prefix}{BEHIND}"));
        let (from, to) = match cursor.map(|cursor| format!("{prefix}{}", cursor.place())) {
            Some(at) if shelf.backwards => (all.0, at),
            // A cursor is its caller's to change: nothing is looked for beyond the shelf.
            Some(at) => (at.min(all.1.clone()), all.1),
            None => all,
        };
        let answer = Box::pin(
            self.client()
                .query()
                .table_name(self.name(shelf.table))
                .consistent_read(true)
                .scan_index_forward(!shelf.backwards)
                .key_condition_expression("pk = :pk AND sk BETWEEN :from AND :to")
                .expression_attribute_values(":pk", text(shelf.pk))
                .expression_attribute_values(":from", text(from.min(to.clone())))
                .expression_attribute_values(":to", text(to))
                // The row at the cursor, and one more than the page holds.
                .limit(i32::try_from(limit + 2).unwrap_or(i32::MAX))
                .send(),
        )
        .await
        .map_err(|error| StoreError::unavailable(shelf.doing, error))?;
        // A page of long texts ends at a megabyte, before its limit.
        let is_cut = answer.last_evaluated_key.is_some();
        let mut items = answer
            .items
            .unwrap_or_default()
            .into_iter()
            .map(|item| decode(shelf.row, item))
            .collect::<Result<Vec<T>, _>>()?;
        items.retain(|row| {
            cursor.is_none_or(|cursor| {
                let (row, before) = (place(row), cursor.place());
                if shelf.backwards {
                    row.as_str() < before
                } else {
                    row.as_str() > before
                }
            })
        });
        let more = is_cut || items.len() > limit;
        items.truncate(limit);
        let last = items.last().filter(|_| more);
        let next_cursor = last.map(|last| Cursor::at(place(last)));
        Ok(Paged { items, next_cursor })
    }
}
