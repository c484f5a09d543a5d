//! What a user's requests are let in by, and their sessions.

use crate::capacity::Purpose;
use crate::item::text;
use crate::key::Key;
use crate::table::Table;
use crate::{Store, StoreError};
use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_sdk_dynamodb::types::{AttributeValue, ReturnConsumedCapacity};
use domain::Tenant;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Sessions of one user; the one that ends first makes room for the next.
const MAX_SESSIONS: usize = 10;

/// A user's standing, roles and sessions, and the count of their requests. Read and written at each of them, so its names
/// are short.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignInRow {
    /// Whether they may sign in.
    pub active: bool,
    /// Their roles' words.
    pub roles: Vec<String>,
    /// Their sessions by id.
    pub s: BTreeMap<String, SessionRow>,
    /// The window that is counted.
    pub w: u64,
    /// Requests in it.
    pub n: u64,
    /// When they last signed in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_login_at: Option<Timestamp>,
}

/// A session: from a sign-in to its end.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SessionRow {
    /// Its end, in seconds since 1970.
    pub x: u64,
    /// The id of the one refresh token that still works; none for sessions without.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub r: Option<String>,
}

/// What became of a refresh token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rotation {
    /// The next one stands in its place.
    Rotated,
    /// It was used before: somebody else has it, too. The session has to end, with every token of it.
    Reused,
    /// There is no such session any more.
    Ended,
}

impl SignInRow {
    /// A new user's.
    #[must_use]
    pub fn new(active: bool, roles: Vec<String>) -> Self {
        Self {
            active,
            roles,
            s: BTreeMap::new(),
            w: 0,
            n: 0,
            last_login_at: None,
        }
    }
}

impl Store {
    /// A user's standing and sessions.
    ///
    /// # Errors
    /// When `DynamoDB` does not answer, or the row cannot be read.
    pub async fn sign_in(
        &self,
        tenant: &Tenant,
        user: u64,
    ) -> Result<Option<SignInRow>, StoreError> {
        self.get("sign-in", Table::Accounts, &Key::sign_in(tenant, user))
            .await
    }

    /// Puts the next refresh token in the place of `old`.
    ///
    /// # Errors
    /// When `DynamoDB` does not answer.
    pub async fn rotate(
        &self,
        tenant: &Tenant,
        user: u64,
        sid: &str,
        old: &str,
        next: &str,
    ) -> Result<Rotation, StoreError> {
        let key = Key::sign_in(tenant, user);
        let answer = Box::pin(
            self.client()
                .update_item()
                .table_name(self.name(Table::Accounts))
                .set_key(Some(key.attributes()))
                .update_expression("SET s.#sid.r = :next")
                .condition_expression("active = :yes AND s.#sid.r = :old")
                .return_consumed_capacity(ReturnConsumedCapacity::Total)
                .expression_attribute_names("#sid", sid)
                .expression_attribute_values(":yes", AttributeValue::Bool(true))
                .expression_attribute_values(":old", text(old))
                .expression_attribute_values(":next", text(next))
                .send(),
        )
        .await;
        match answer {
            Ok(answer) => {
                Purpose::new("rotate").spent(Table::Accounts, answer.consumed_capacity());
                return Ok(Rotation::Rotated);
            }
            Err(error) if is_refused(&error) => {}
            Err(error) => return Err(StoreError::unavailable("rotate a refresh token", error)),
        }
        let there = self.sign_in(tenant, user).await?;
        let session = there.as_ref().and_then(|row| row.s.get(sid));
        match session {
            // Ours, and only its answer was lost.
            Some(session) if session.r.as_deref() == Some(next) => Ok(Rotation::Rotated),
            Some(_) => Ok(Rotation::Reused),
            None => Ok(Rotation::Ended),
        }
    }
}

/// The sessions to take away so that one more has room: those that ended, and the one that ends first.
pub(crate) fn room(row: &SignInRow, now: u64) -> Vec<String> {
    let (ended, mut live): (Vec<_>, Vec<_>) =
        row.s.iter().partition(|(_, session)| session.x <= now);
    live.sort_by_key(|(_, session)| session.x);
    let over = (live.len() + 1).saturating_sub(MAX_SESSIONS);
    let first = live.into_iter().take(over);
    ended
        .into_iter()
        .chain(first)
        .map(|(sid, _)| sid.clone())
        .collect()
}

fn is_refused(error: &aws_sdk_dynamodb::error::SdkError<UpdateItemError>) -> bool {
    matches!(
        error.as_service_error(),
        Some(UpdateItemError::ConditionalCheckFailedException(_))
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ended_sessions_go_and_the_one_that_ends_first_makes_room() {
        let mut row = SignInRow::new(true, Vec::new());
        for n in 0..10 {
            row.s.insert(
                format!("s{n}"),
                SessionRow {
                    x: 100 + n,
                    r: None,
                },
            );
        }
        assert_eq!(room(&row, 50), ["s0"]);
        assert_eq!(room(&row, 101), ["s0", "s1"]);
        row.s.remove("s9");
        assert!(room(&row, 50).is_empty());
    }
}
