//! Rows and what they hold.

use crate::StoreError;
use crate::capacity::size;
use crate::key::Key;
use aws_sdk_dynamodb::types::AttributeValue;
use jiff::Timestamp;
use serde::{Serialize, de::DeserializeOwned};
use serde_dynamo::aws_sdk_dynamodb_1::{from_item, to_item};
use std::collections::HashMap;

/// A row as `DynamoDB` takes and gives it.
pub(crate) type Item = HashMap<String, AttributeValue>;

/// The largest row that `DynamoDB` keeps.
const MAX_BYTES: usize = 400 * 1024;

/// `row` at `key`.
pub(crate) fn encode<T: Serialize>(
    what: &'static str,
    key: &Key,
    row: &T,
) -> Result<Item, StoreError> {
    let mut item: Item = to_item(row).map_err(|source| StoreError::corrupt(what, source))?;
    item.extend(key.attributes());
    if size(&item) > MAX_BYTES {
        return Err(StoreError::TooBig { what });
    }
    Ok(item)
}

/// What a row holds.
pub(crate) fn decode<T: DeserializeOwned>(what: &'static str, item: Item) -> Result<T, StoreError> {
    from_item(item).map_err(|source| StoreError::corrupt(what, source))
}

/// A text attribute.
pub(crate) fn text(value: impl Into<String>) -> AttributeValue {
    AttributeValue::S(value.into())
}

/// A number attribute.
pub(crate) fn number(value: u64) -> AttributeValue {
    AttributeValue::N(value.to_string())
}

/// A time as text that sorts as the times do: always nine digits behind the second.
pub(crate) fn sortable(at: Timestamp) -> String {
    format!("{at:.9}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sortable_times_sort_as_times_do_and_read_back() {
        let early: Timestamp = "2026-11-21T08:00:00Z".parse().unwrap();
        let late: Timestamp = "2026-11-21T08:00:00.5Z".parse().unwrap();
        assert!(sortable(early) < sortable(late));
        assert_eq!(sortable(late).parse::<Timestamp>().unwrap(), late);
    }
}
