//! Letting a request in: one conditional update says whether a credential stands, whether its limit is reached, and
//! counts the request. Windows are fixed: the hour for callers and addresses, the minute for a tenant's use of a service.

use crate::account::KeyRow;
use crate::item::{number, text};
use crate::key::Key;
use crate::sign_in::SignInRow;
use crate::table::Table;
use crate::window::{Gate, Windowed};
use crate::{Store, StoreError};
use aws_sdk_dynamodb::types::AttributeValue;
use domain::Tenant;
use jiff::Timestamp;

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

/// Seconds since 1970; none before.
#[must_use]
pub fn seconds(at: Timestamp) -> u64 {
    u64::try_from(at.as_second()).unwrap_or(0)
}
