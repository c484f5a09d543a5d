//! How many prompts, mails or questions somebody has had of late.

use crate::capacity::{Purpose, size, units};
use crate::item::{encode, number, text};
use crate::key::Key;
use crate::table::Table;
use crate::{Store, StoreError};
use aws_sdk_dynamodb::operation::put_item::PutItemError;
use aws_sdk_dynamodb::types::{ReturnConsumedCapacity, ReturnValuesOnConditionCheckFailure};
use domain::{Tenant, UserId};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Tries against others who count for the same user at the same moment.
const MAX_TRIES: usize = 5;

/// When a user was prompted, within the window.
#[derive(Debug, Default, Serialize, Deserialize)]
struct PushRow {
    /// Milliseconds since 1970, oldest first.
    at_ms: Vec<i64>,
    /// Whose write this is.
    claim: String,
    rev: u64,
    /// When the row may go, seconds since 1970.
    ttl: i64,
}

impl Store {
    /// Counts a prompt to this user, unless `limit` of them were counted within the `window` before `now`: then false, and
    /// nothing is counted.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when others counted for the same user in every one of five tries.
    pub async fn count_push(
        &self,
        tenant: &Tenant,
        user: &UserId,
        now: Timestamp,
        limit: usize,
        window: SignedDuration,
    ) -> Result<bool, StoreError> {
        let key = Key::pushes(tenant, user);
        self.count_within(&key, now, limit, window).await
    }

    /// Counts a mail to this user, as [`Store::count_push`] counts a prompt.
    ///
    /// # Errors
    /// As [`Store::count_push`].
    pub async fn count_mail(
        &self,
        tenant: &Tenant,
        user: u64,
        now: Timestamp,
        limit: usize,
        window: SignedDuration,
    ) -> Result<bool, StoreError> {
        let key = Key::mails(tenant, user);
        self.count_within(&key, now, limit, window).await
    }

    /// Counts a question for this user's consent, as [`Store::count_push`] counts a prompt.
    ///
    /// # Errors
    /// As [`Store::count_push`].
    pub async fn count_question(
        &self,
        tenant: &Tenant,
        user: &UserId,
        now: Timestamp,
        limit: usize,
        window: SignedDuration,
    ) -> Result<bool, StoreError> {
        let key = Key::questions(tenant, user);
        self.count_within(&key, now, limit, window).await
    }

    async fn count_within(
        &self,
        key: &Key,
        now: Timestamp,
        limit: usize,
        window: SignedDuration,
    ) -> Result<bool, StoreError> {
        let claim = Uuid::new_v4().simple().to_string();
        for _ in 0..MAX_TRIES {
            let seen: Option<PushRow> = self.get("pushes", Table::Ephemeral, key).await?;
            let seen = seen.unwrap_or_default();
            let Some(next) = counted(&seen, now, limit, window, &claim) else {
                return Ok(false);
            };
            if self.replace_pushes(key, &seen, &next).await? {
                return Ok(true);
            }
        }
        Err(StoreError::Conflict { what: "pushes" })
    }

    /// Writes `next` where `seen` still stands; whether it is there now.
    async fn replace_pushes(
        &self,
        key: &Key,
        seen: &PushRow,
        next: &PushRow,
    ) -> Result<bool, StoreError> {
        let item = encode("pushes", key, next)?;
        let bytes = size(&item);
        let put = self
            .client()
            .put_item()
            .table_name(self.name(Table::Ephemeral))
            .set_item(Some(item))
            .return_consumed_capacity(ReturnConsumedCapacity::Total)
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        let put = if seen.rev == 0 {
            put.condition_expression("attribute_not_exists(pk)")
        } else {
            put.condition_expression("rev = :seen")
                .expression_attribute_values(":seen", number(seen.rev))
        };
        let purpose = Purpose::new("count_push");
        match Box::pin(put.send()).await {
            Ok(answer) => {
                purpose.spent(Table::Ephemeral, answer.consumed_capacity());
                Ok(true)
            }
            Err(error) => match error.as_service_error() {
                Some(PutItemError::ConditionalCheckFailedException(refusal)) => {
                    purpose.refused(Table::Ephemeral, units(bytes));
                    let there = refusal.item().and_then(|item| item.get("claim"));
                    Ok(there == Some(&text(&next.claim)))
                }
                _ => Err(StoreError::unavailable("count a push", error)),
            },
        }
    }
}

/// The row with one more push; none when the window is full.
fn counted(
    seen: &PushRow,
    now: Timestamp,
    limit: usize,
    window: SignedDuration,
    claim: &str,
) -> Option<PushRow> {
    let begin = (now - window).as_millisecond();
    let mut at_ms: Vec<i64> = seen
        .at_ms
        .iter()
        .copied()
        .filter(|at| *at > begin)
        .collect();
    if at_ms.len() >= limit {
        return None;
    }
    at_ms.push(now.as_millisecond());
    at_ms.sort_unstable();
    Some(PushRow {
        at_ms,
        claim: claim.to_owned(),
        rev: seen.rev + 1,
        ttl: (now + window).as_second() + 1,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_window_opens_again_when_its_oldest_push_leaves_it() {
        let window = SignedDuration::from_mins(10);
        let at = |seconds: i64| Timestamp::from_second(1_000_000 + seconds).unwrap();
        let mut row = PushRow::default();
        for second in [0, 60, 120] {
            row = counted(&row, at(second), 3, window, "c").unwrap();
        }
        assert!(counted(&row, at(599), 3, window, "c").is_none());
        let slid = counted(&row, at(600), 3, window, "c").unwrap();
        assert_eq!(slid.at_ms.len(), 3);
        assert_eq!(slid.rev, 4);
        assert!(slid.ttl > at(1200).as_second());
    }
}
