//! Counting within a fixed window by one conditional update: it begins the window, counts in it, or says that it is full.

use crate::capacity::Purpose;
use crate::gate::{Count, Pass, seconds};
use crate::item::{Item, decode, number};
use crate::key::Key;
use crate::table::Table;
use crate::{Store, StoreError};
use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_sdk_dynamodb::types::{
    AttributeValue, ReturnConsumedCapacity, ReturnValue, ReturnValuesOnConditionCheckFailure,
};
use jiff::Timestamp;
use serde::de::DeserializeOwned;

/// Tries against others who begin the same window.
const MAX_TRIES: usize = 6;

/// One update to be made: which row, on what conditions.
pub(crate) struct Gate<'a> {
    pub(crate) purpose: &'static str,
    pub(crate) table: Table,
    pub(crate) key: &'a Key,
    pub(crate) window: u64,
    /// What must be true of the row beside the window and its limit.
    pub(crate) stands: &'a str,
    /// What must be true of the count.
    pub(crate) under: &'a str,
    /// What else is set.
    pub(crate) also: &'a str,
    pub(crate) names: Vec<(&'static str, String)>,
    pub(crate) values: Vec<(&'static str, AttributeValue)>,
    /// Whether the row is made by the first request of all.
    pub(crate) makes: bool,
}

/// Whether a try counts within the window or begins it.
#[derive(Clone, Copy)]
enum Begins {
    /// It counts.
    No,
    /// There is no row yet.
    Row,
    /// The row still has this window.
    After(u64),
}

/// How one try ended.
enum Tried {
    Counted(Item),
    Refused(Option<Item>),
}

/// A row that counts requests within a window.
pub(crate) trait Windowed {
    /// The window that is counted.
    fn window(&self) -> u64;
}

impl Store {
    /// Lets one request in, or says why not.
    pub(crate) async fn pass<T: DeserializeOwned + Windowed>(
        &self,
        gate: Gate<'_>,
        now: Timestamp,
        limit: impl Fn(&T) -> u64,
        stands: impl Fn(&T) -> bool,
        used: impl Fn(&T) -> u64,
    ) -> Result<Pass<T>, StoreError> {
        let mut window = seconds(now) / gate.window;
        let mut begins = Begins::No;
        for _ in 0..MAX_TRIES {
            let count = |row: &T, used: u64| Count {
                limit: limit(row),
                used,
                resets_at: (window + 1) * gate.window,
            };
            let old = match self.tried(&gate, window, begins).await? {
                Tried::Counted(item) => {
                    let row: T = decode("gate", item)?;
                    let count = count(&row, used(&row));
                    return Ok(Pass::In(row, count));
                }
                Tried::Refused(None) if gate.makes => {
                    begins = Begins::Row;
                    continue;
                }
                Tried::Refused(None) => return Ok(Pass::Unknown),
                Tried::Refused(Some(item)) => item,
            };
            let row: T = decode("gate", old)?;
            if !stands(&row) {
                return Ok(Pass::Unknown);
            }
            if row.window() == window && used(&row) >= limit(&row) {
                return Ok(Pass::Full(count(&row, used(&row))));
            }
            // Another window stands there: begin ours, or follow a clock that is ahead.
            begins = if row.window() < window {
                Begins::After(row.window())
            } else {
                Begins::No
            };
            window = window.max(row.window());
        }
        Err(StoreError::Conflict { what: "gate" })
    }

    /// Counts within `window`, or begins it where `begins` still stands: the window before, or no row at all.
    async fn tried(
        &self,
        gate: &Gate<'_>,
        window: u64,
        begins: Begins,
    ) -> Result<Tried, StoreError> {
        let (set, when) = match begins {
            Begins::No => (
                "n = n + :one",
                format!("w = :w AND {} AND {}", gate.under, gate.stands),
            ),
            Begins::After(_) => ("w = :w, n = :one", format!("w = :old AND {}", gate.stands)),
            Begins::Row => ("w = :w, n = :one", "attribute_not_exists(pk)".to_owned()),
        };
        let set = format!("SET {set}{}", gate.also);
        let mut update = self
            .client()
            .update_item()
            .table_name(self.name(gate.table))
            .set_key(Some(gate.key.attributes()))
            .return_values(ReturnValue::AllNew)
            .return_consumed_capacity(ReturnConsumedCapacity::Total)
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
            .expression_attribute_values(":one", number(1))
            .expression_attribute_values(":w", number(window));
        if let Begins::After(old) = begins {
            update = update.expression_attribute_values(":old", number(old));
        }
        // DynamoDB refuses names and values that no expression uses.
        let used = |word: &str| mentions(&set, word) || mentions(&when, word);
        for (name, value) in gate.names.iter().filter(|(name, _)| used(name)) {
            update = update.expression_attribute_names(*name, value);
        }
        for (name, value) in gate.values.iter().filter(|(name, _)| used(name)) {
            update = update.expression_attribute_values(*name, value.clone());
        }
        let update = update.update_expression(&set).condition_expression(&when);
        let purpose = Purpose::new(gate.purpose);
        match Box::pin(update.send()).await {
            Ok(answer) => {
                purpose.spent(gate.table, answer.consumed_capacity());
                Ok(Tried::Counted(answer.attributes.unwrap_or_default()))
            }
            Err(error) => match error.as_service_error() {
                Some(UpdateItemError::ConditionalCheckFailedException(refusal)) => {
                    purpose.refused(gate.table, 1);
                    Ok(Tried::Refused(
                        refusal.item().filter(|item| !item.is_empty()).cloned(),
                    ))
                }
                _ => Err(StoreError::unavailable("let a request in", error)),
            },
        }
    }
}

/// Whether an expression has this name or value, as a whole word.
fn mentions(expression: &str, word: &str) -> bool {
    expression.match_indices(word).any(|(at, _)| {
        let after = expression[at + word.len()..].chars().next();
        after.is_none_or(|c| !c.is_ascii_alphanumeric() && c != '_')
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_not_taken_for_one_whose_name_it_begins() {
        assert!(mentions("n < :limit AND x", ":limit"));
        assert!(!mentions("n < :limited", ":limit"));
        assert!(!mentions("SET n = :one", ":o"));
    }
}
