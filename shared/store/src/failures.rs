//! Sign-ins that failed, by the name that was tried: after some, the next has to wait, whoever tries.

use crate::capacity::Purpose;
use crate::gate::seconds;
use crate::item::{decode, number};
use crate::key::Key;
use crate::table::Table;
use crate::{Store, StoreError};
use aws_sdk_dynamodb::types::{ReturnConsumedCapacity, ReturnValue};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// Failures that cost nothing but themselves.
const FREE: u64 = 5;
/// The longest wait, in seconds.
const LONGEST: u64 = 900;
/// After this many seconds without a failure all is forgotten.
const FORGOTTEN: u64 = 24 * 3600;

/// Failures under one name.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failures {
    /// How many, since the last good sign-in.
    pub n: u64,
    /// When the last one was, in seconds since 1970.
    pub at: u64,
}

impl Failures {
    /// Seconds until the next try is looked at: none after five failures, then 2, 4, 8 … 900.
    #[must_use]
    pub fn wait(&self, now: Timestamp) -> u64 {
        let over = self.n.saturating_sub(FREE);
        if over == 0 {
            return 0;
        }
        let pause = 1_u64
            .checked_shl(u32::try_from(over).unwrap_or(u32::MAX))
            .unwrap_or(LONGEST);
        (self.at + pause.min(LONGEST)).saturating_sub(seconds(now))
    }
}

impl Store {
    /// Failures under this name.
    ///
    /// # Errors
    /// When `DynamoDB` does not answer, or the row cannot be read.
    pub async fn failures(&self, name: &str) -> Result<Failures, StoreError> {
        let there = self
            .get("failures", Table::Ephemeral, &Key::failures(name))
            .await?;
        Ok(there.unwrap_or_default())
    }

    /// Counts a failure under this name.
    ///
    /// # Errors
    /// When `DynamoDB` does not answer, or the row cannot be read.
    pub async fn count_failure(&self, name: &str, now: Timestamp) -> Result<Failures, StoreError> {
        let at = seconds(now);
        let answer = Box::pin(
            self.client()
                .update_item()
                .table_name(self.name(Table::Ephemeral))
                .set_key(Some(Key::failures(name).attributes()))
                .update_expression("SET #at = :at, #ttl = :ttl ADD n :one")
                .expression_attribute_names("#at", "at")
                .expression_attribute_names("#ttl", "ttl")
                .expression_attribute_values(":at", number(at))
                .expression_attribute_values(":ttl", number(at + FORGOTTEN))
                .expression_attribute_values(":one", number(1))
                .return_values(ReturnValue::AllNew)
                .return_consumed_capacity(ReturnConsumedCapacity::Total)
                .send(),
        )
        .await
        .map_err(|error| StoreError::unavailable("count a failed sign-in", error))?;
        Purpose::new("count_failure").spent(Table::Ephemeral, answer.consumed_capacity());
        decode("failures", answer.attributes.unwrap_or_default())
    }

    /// Forgets the failures under this name.
    ///
    /// # Errors
    /// When `DynamoDB` does not answer.
    pub async fn forget_failures(&self, name: &str) -> Result<(), StoreError> {
        let answer = Box::pin(
            self.client()
                .delete_item()
                .table_name(self.name(Table::Ephemeral))
                .set_key(Some(Key::failures(name).attributes()))
                .return_consumed_capacity(ReturnConsumedCapacity::Total)
                .send(),
        )
        .await
        .map_err(|error| StoreError::unavailable("forget failed sign-ins", error))?;
        Purpose::new("forget_failures").spent(Table::Ephemeral, answer.consumed_capacity());
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_after_five_failures_and_end_at_a_quarter_of_an_hour() {
        let at = Timestamp::from_second(1_000).unwrap();
        let wait = |n| Failures { n, at: 1_000 }.wait(at);
        assert_eq!([0, 5, 6, 7, 8].map(wait), [0, 0, 2, 4, 8]);
        assert_eq!([15, 20, 10_000].map(wait), [900; 3]);
        let later = Timestamp::from_second(1_003).unwrap();
        assert_eq!(Failures { n: 7, at: 1_000 }.wait(later), 1);
    }
}
