//! Letting a request in: one conditional update says whether a credential stands, whether its limit is reached, and
//! counts the request. Windows are fixed: the hour for callers and addresses, the minute for a tenant's use of a service.

use crate::account::KeyRow;
use crate::capacity::Purpose;
use crate::item::{Item, decode, number, text};
use crate::key::Key;
use crate::sign_in::SignInRow;
use crate::table::Table;
use crate::{Store, StoreError};
use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_sdk_dynamodb::types::{
    AttributeValue, ReturnConsumedCapacity, ReturnValue, ReturnValuesOnConditionCheckFailure,
};
use domain::Tenant;
use jiff::Timestamp;
use serde::de::DeserializeOwned;

/// Tries against others who begin the same window.
const MAX_TRIES: usize = 6;

/// A caller's window, in seconds.
const HOUR: u64 = 3600;
/// A service's window, in seconds.
const MINUTE: u64 = 60;

/// What a request met at the gate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Pass<T> {
    /// It is let in and counted.
    In(T, Count),
    /// The window is full.
    Full(Count),
    /// No credential of ours, or one that no longer stands.
    Unknown,
}

/// Where a window stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Count {
    /// Requests that the window takes.
    pub limit: u64,
    /// Requests counted in it, this one included.
    pub used: u64,
    /// When the next window begins, in seconds since 1970.
    pub resets_at: u64,
}

/// How many requests an hour a caller may make.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// People and programs.
    pub user: u64,
    /// Administrators.
    pub admin: u64,
}

/// One update to be made: which row, on what conditions.
struct Gate<'a> {
    purpose: &'static str,
    table: Table,
    key: &'a Key,
    window: u64,
    /// What must be true of the row beside the window and its limit.
    stands: &'a str,
    /// What must be true of the count.
    under: &'a str,
    /// What else is set.
    also: &'a str,
    names: Vec<(&'static str, String)>,
    values: Vec<(&'static str, AttributeValue)>,
    /// Whether the row is made by the first request of all.
    makes: bool,
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

impl Store {
    /// Lets the API key with this SHA-256 in, within the limit of its class or its own lower one.
    ///
    /// # Errors
    /// When `DynamoDB` does not answer, or the row cannot be read.
    pub async fn pass_key(
        &self,
        hash: &str,
        now: Timestamp,
        limits: Limits,
    ) -> Result<Pass<KeyRow>, StoreError> {
        let key = Key::api_key(hash);
        let gate = Gate {
            purpose: "pass_key",
            table: Table::Accounts,
            key: &key,
            window: HOUR,
            stands: "attribute_exists(pk) AND revoked = :no",
            under: "((#class = :user AND n < :limit) OR (#class <> :user AND n < :admin)) AND (attribute_not_exists(#max) OR n < #max)",
            also: ", used = used + :one, last_used_at = :now",
            names: vec![("#class", "class".into()), ("#max", "max".into())],
            values: vec![
                (":no", AttributeValue::Bool(false)),
                (":user", text("user")),
                (":limit", number(limits.user)),
                (":admin", number(limits.admin)),
                (":now", text(now.to_string())),
            ],
            makes: false,
        };
        let limit = |row: &KeyRow| {
            let of_class = if row.class == "user" {
                limits.user
            } else {
                limits.admin
            };
            row.max.map_or(of_class, |own| own.min(of_class))
        };
        let stands = |row: &KeyRow| !row.revoked && row.expires_at.is_none_or(|at| now < at);
        let passed = self.pass(gate, now, limit, stands, |row| row.n).await?;
        // A key that has lapsed is counted and not let in: its row says when.
        Ok(match passed {
            Pass::In(row, _) if !stands(&row) => Pass::Unknown,
            other => other,
        })
    }

    /// Lets a user's session in. `slides_to` moves its end, in seconds since 1970.
    ///
    /// # Errors
    /// When `DynamoDB` does not answer, or the row cannot be read.
    pub async fn pass_session(
        &self,
        tenant: &Tenant,
        user: u64,
        sid: &str,
        now: Timestamp,
        limit: u64,
        slides_to: Option<u64>,
    ) -> Result<Pass<SignInRow>, StoreError> {
        let key = Key::sign_in(tenant, user);
        let seconds = seconds(now);
        let mut gate = Gate {
            purpose: "pass_session",
            table: Table::Accounts,
            key: &key,
            window: HOUR,
            stands: "active = :yes AND s.#sid.x > :now",
            under: "n < :limit",
            also: "",
            names: vec![("#sid", sid.to_owned())],
            values: vec![
                (":yes", AttributeValue::Bool(true)),
                (":now", number(seconds)),
                (":limit", number(limit)),
            ],
            makes: false,
        };
        if let Some(end) = slides_to {
            gate.also = ", s.#sid.x = :end";
            gate.values.push((":end", number(end)));
        }
        let stands = |row: &SignInRow| {
            row.active && row.s.get(sid).is_some_and(|session| session.x > seconds)
        };
        self.pass(gate, now, |_| limit, stands, |row| row.n).await
    }

    /// Counts a request of a tenant to a service. The tenant's row at the gate may hold a limit of its own.
    ///
    /// # Errors
    /// When `DynamoDB` does not answer, or the row cannot be read.
    pub async fn pass_tenant(
        &self,
        tenant: &Tenant,
        service: &str,
        now: Timestamp,
        limit: u64,
    ) -> Result<Pass<GateRow>, StoreError> {
        let key = Key::gate(tenant, service);
        let gate = Gate {
            purpose: "pass_tenant",
            table: Table::Accounts,
            key: &key,
            window: MINUTE,
            stands: "attribute_not_exists(suspended)",
            under: "((attribute_not_exists(#max) AND n < :limit) OR n < #max)",
            also: "",
            names: vec![("#max", "max".into())],
            values: vec![(":limit", number(limit))],
            makes: true,
        };
        let of_row = |row: &GateRow| row.max.unwrap_or(limit);
        let stands = |row: &GateRow| row.suspended.is_none();
        self.pass(gate, now, of_row, stands, |row| row.n).await
    }

    /// Counts a request of somebody without a credential, by their network address.
    ///
    /// # Errors
    /// When `DynamoDB` does not answer, or the row cannot be read.
    pub async fn pass_address(
        &self,
        address: &str,
        now: Timestamp,
        limit: u64,
    ) -> Result<Pass<GateRow>, StoreError> {
        let key = Key::address(address);
        let gate = Gate {
            purpose: "pass_address",
            table: Table::Ephemeral,
            key: &key,
            window: HOUR,
            stands: "attribute_not_exists(suspended)",
            under: "n < :limit",
            also: ", #ttl = :ttl",
            names: vec![("#ttl", "ttl".into())],
            values: vec![
                (":limit", number(limit)),
                (":ttl", number(seconds(now) + 2 * HOUR)),
            ],
            makes: true,
        };
        self.pass(gate, now, |_: &GateRow| limit, |_| true, |row| row.n)
            .await
    }

    async fn pass<T: DeserializeOwned + Windowed>(
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

/// A row at the gate of a tenant or an address.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct GateRow {
    /// The window that is counted.
    pub w: u64,
    /// Requests in it.
    pub n: u64,
    /// A limit of its own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max: Option<u64>,
    /// Since when nobody is let in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub suspended: Option<Timestamp>,
}

/// A row that counts requests within a window.
pub(crate) trait Windowed {
    /// The window that is counted.
    fn window(&self) -> u64;
}

impl Windowed for GateRow {
    fn window(&self) -> u64 {
        self.w
    }
}

impl Windowed for KeyRow {
    fn window(&self) -> u64 {
        self.w
    }
}

impl Windowed for SignInRow {
    fn window(&self) -> u64 {
        self.w
    }
}

/// Whether an expression has this name or value, as a whole word.
fn mentions(expression: &str, word: &str) -> bool {
    expression.match_indices(word).any(|(at, _)| {
        let after = expression[at + word.len()..].chars().next();
        after.is_none_or(|c| !c.is_ascii_alphanumeric() && c != '_')
    })
}

/// Seconds since 1970; none before.
#[must_use]
pub fn seconds(at: Timestamp) -> u64 {
    u64::try_from(at.as_second()).unwrap_or(0)
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
