//! Webhooks that showed a bad credential: a few a minute are kept, so that somebody can see when they came.

use crate::capacity::{Purpose, size, units};
use crate::item::encode;
use crate::key::Key;
use crate::table::Table;
use crate::{Store, StoreError};
use aws_sdk_dynamodb::operation::put_item::PutItemError;
use aws_sdk_dynamodb::types::ReturnConsumedCapacity;
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use std::sync::{Mutex, PoisonError};
use uuid::Uuid;

/// Rows a minute, over all sources and functions.
const MAX_ROWS: u8 = 10;
/// How long a row is kept, as long as a log line.
const KEPT_FOR: SignedDuration = SignedDuration::from_hours(30 * 24);

/// A refused webhook. Nothing in it is the sender's: what they sent proved nothing, and may hold somebody's secret.
#[derive(Debug, Serialize)]
struct UnverifiedRow<'a> {
    /// The route it came in by: `ticket_created`.
    route: &'a str,
    /// When it came in.
    at: Timestamp,
    /// When the row may go, seconds since 1970.
    ttl: i64,
}

/// The places of a minute's rows that this process may still take.
#[derive(Debug, Default)]
pub(crate) struct Slots(Mutex<Minute>);

#[derive(Debug, Default)]
struct Minute {
    /// Minutes since 1970.
    number: i64,
    /// The slot to take next.
    next: u8,
    /// How many it has not tried; none once it met another's row.
    left: u8,
}

impl Slots {
    /// The slot to take in the minute `number`; none when this process has to be silent for the rest of it. The first of a
    /// minute is `start`, and the others follow it around.
    fn take(&self, number: i64, start: u8) -> Option<u8> {
        let mut minute = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if minute.number != number {
            *minute = Minute {
                number,
                next: start % MAX_ROWS,
                left: MAX_ROWS,
            };
        }
        minute.left = minute.left.checked_sub(1)?;
        let slot = minute.next;
        minute.next = (slot + 1) % MAX_ROWS;
        Some(slot)
    }

    /// Another process's row stands in a slot of the minute `number`.
    fn taken(&self, number: i64) {
        let mut minute = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if minute.number == number {
            minute.left = 0;
        }
    }
}

impl Store {
    /// Keeps that a webhook with a bad credential came in by `route`, unless ten were kept in this minute; whether a row was
    /// kept. One write at most, and none by a process that met another's row in this minute.
    ///
    /// # Errors
    /// When `DynamoDB` does not answer.
    pub async fn note_unverified(&self, route: &str, now: Timestamp) -> Result<bool, StoreError> {
        let number = now.as_second().div_euclid(60);
        let start = Uuid::new_v4().as_bytes()[0];
        let Some(slot) = self.unverified().take(number, start) else {
            return Ok(false);
        };
        let row = UnverifiedRow {
            route,
            at: now,
            ttl: (now + KEPT_FOR).as_second(),
        };
        let item = encode("unverified webhook", &Key::unverified(now, slot), &row)?;
        let bytes = size(&item);
        let answer = Box::pin(
            self.client()
                .put_item()
                .table_name(self.name(Table::Ephemeral))
                .set_item(Some(item))
                .condition_expression("attribute_not_exists(pk)")
                .return_consumed_capacity(ReturnConsumedCapacity::Total)
                .send(),
        )
        .await;
        let purpose = Purpose::new("note_unverified");
        match answer {
            Ok(answer) => {
                purpose.spent(Table::Ephemeral, answer.consumed_capacity());
                Ok(true)
            }
            Err(error) => match error.as_service_error() {
                Some(PutItemError::ConditionalCheckFailedException(_)) => {
                    purpose.refused(Table::Ephemeral, units(bytes));
                    self.unverified().taken(number);
                    Ok(false)
                }
                _ => Err(StoreError::unavailable("note an unverified webhook", error)),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_takes_each_slot_of_a_minute_once() {
        let slots = Slots::default();
        let mut taken: Vec<u8> = (0..10).filter_map(|_| slots.take(7, 253)).collect();
        assert_eq!(taken[..2], [3, 4]);
        taken.sort_unstable();
        assert_eq!(taken, (0..10).collect::<Vec<u8>>());
        assert_eq!(slots.take(7, 0), None);
        assert_eq!(slots.take(8, 0), Some(0));
    }

    #[test]
    fn a_process_that_met_anothers_row_is_silent_until_the_next_minute() {
        let slots = Slots::default();
        assert_eq!(slots.take(7, 0), Some(0));
        slots.taken(7);
        assert_eq!(slots.take(7, 0), None);
        assert_eq!(slots.take(8, 4), Some(4));
        // Told late about the minute before.
        slots.taken(7);
        assert_eq!(slots.take(8, 4), Some(5));
    }
}
