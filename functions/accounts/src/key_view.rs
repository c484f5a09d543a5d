//! An API key as its organization sees it: never the key itself.

use domain::Tenant;
use jiff::Timestamp;
use kit::{App, Problem};
use serde::Serialize;
use std::collections::HashMap;
use store::{KeyEntry, KeyRow};
use utoipa::ToSchema;

/// Where a key stands: `active → {revoked, expired}`; the last two are final.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Standing {
    /// It works.
    Active,
    /// It was taken back.
    Revoked,
    /// Its time is over.
    Expired,
}

impl Standing {
    /// Where this key stands.
    pub(crate) fn of(key: &KeyEntry, now: Timestamp) -> Self {
        if key.revoked_at.is_some() {
            Self::Revoked
        } else if key.expires_at.is_some_and(|at| at <= now) {
            Self::Expired
        } else {
            Self::Active
        }
    }

    /// Its word.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Revoked => "revoked",
            Self::Expired => "expired",
        }
    }
}

/// An API key. The key itself is not shown.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct KeyView {
    /// Its number.
    #[schema(example = 1)]
    id: u64,
    /// The organization's number.
    #[schema(example = 1)]
    organization_id: u64,
    /// The user who made it; null for the organization's first key and those made with that.
    #[schema(example = 1)]
    user_id: Option<u64>,
    #[schema(example = "My API Key")]
    name: String,
    /// Its beginning and its end, to recognise it by.
    #[schema(example = "vetrai_a...123")]
    key_prefix: String,
    /// What it may do.
    #[schema(example = json!(["read", "write"]))]
    scopes: Vec<String>,
    /// Whether it works: it was not revoked and has not expired.
    is_active: bool,
    /// When it stops working; null for the organization's first key.
    #[schema(value_type = Option<String>)]
    expires_at: Option<Timestamp>,
    /// When it was revoked.
    #[schema(value_type = Option<String>)]
    revoked_at: Option<Timestamp>,
    /// A limit of its own, requests an hour, below its maker's.
    rate_limit: Option<u64>,
    /// The key that took its place, once it was rotated.
    replaced_by: Option<u64>,
    /// Requests it was let in for, ever.
    usage_count: u64,
    #[schema(value_type = Option<String>)]
    last_used_at: Option<Timestamp>,
    #[schema(value_type = String)]
    created_at: Timestamp,
}

/// A key at the one moment it can be read.
#[derive(Serialize, ToSchema)]
pub(crate) struct MintedKey {
    #[serde(flatten)]
    pub(crate) view: KeyView,
    /// The key, shown this once. A repeated `Idempotency-Key` gets null.
    #[schema(value_type = Option<String>, example = "vetrai_abc123...")]
    pub(crate) key: String,
}

/// A key of the tenant.
///
/// # Errors
/// 404 when the tenant has no such key.
pub(crate) async fn found(app: &App, tenant: &Tenant, id: u64) -> Result<KeyEntry, Problem> {
    let key = app.store().key(tenant, id).await?;
    key.ok_or_else(|| Problem::not_found("API key"))
}

/// The organization's number, as its keys show it.
///
/// # Errors
/// When the tables cannot be asked.
pub(crate) async fn organization(app: &App, tenant: &Tenant) -> Result<u64, Problem> {
    let row = app.store().tenant(tenant).await?;
    row.map(|row| row.number)
        .ok_or_else(|| Problem::not_found("organization"))
}

/// Keys as they are shown, with their use, in the order given; 100 at most.
///
/// # Errors
/// When the tables cannot be asked.
pub(crate) async fn shown(
    app: &App,
    organization_id: u64,
    keys: Vec<KeyEntry>,
) -> Result<Vec<KeyView>, Problem> {
    let hashes: Vec<&str> = keys.iter().map(|key| key.hash.as_str()).collect();
    let rows = app.store().key_rows(&hashes).await?;
    let rows: HashMap<u64, KeyRow> = rows.into_iter().map(|row| (row.id, row)).collect();
    let now = app.clock().now();
    let view = |key: KeyEntry| {
        let row = rows.get(&key.id);
        KeyView::new(key, row, organization_id, now)
    };
    Ok(keys.into_iter().map(view).collect())
}

impl KeyView {
    /// A key with its use.
    pub(crate) fn new(
        key: KeyEntry,
        row: Option<&KeyRow>,
        organization_id: u64,
        now: Timestamp,
    ) -> Self {
        Self {
            is_active: Standing::of(&key, now) == Standing::Active,
            id: key.id,
            organization_id,
            user_id: key.user_id,
            name: key.name,
            key_prefix: key.prefix,
            scopes: key.scopes,
            expires_at: key.expires_at,
            revoked_at: key.revoked_at,
            rate_limit: key.max,
            replaced_by: key.replaced_by,
            usage_count: row.map_or(0, |row| row.used),
            last_used_at: row.and_then(|row| row.last_used_at),
            created_at: key.created_at,
        }
    }
}

#[cfg(test)]
pub(crate) fn test_key(now: Timestamp) -> KeyEntry {
    KeyEntry {
        id: 1,
        name: "My API Key".to_owned(),
        prefix: "vetrai_a...123".to_owned(),
        scopes: vec!["read".to_owned(), "write".to_owned()],
        hash: "hash".to_owned(),
        user_id: Some(1),
        expires_at: Some(now + jiff::SignedDuration::from_hours(24)),
        revoked_at: None,
        max: None,
        replaced_by: None,
        created_at: now,
        chain: domain::ChainHead::default(),
        rev: 1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn now() -> Timestamp {
        "2026-11-22T08:00:00Z".parse().unwrap()
    }

    #[test]
    fn a_key_shows_every_documented_member_and_not_its_hash() {
        let view = KeyView::new(test_key(now()), None, 7, now());
        let shown = serde_json::to_value(view).unwrap();
        let documented = json!({
            "id": 1, "organization_id": 7, "user_id": 1, "name": "My API Key", "key_prefix": "vetrai_a...123",
            "scopes": ["read", "write"], "is_active": true, "expires_at": "2026-11-23T08:00:00Z",
            "usage_count": 0, "last_used_at": null, "created_at": "2026-11-22T08:00:00Z",
        });
        for (name, value) in documented.as_object().unwrap() {
            assert_eq!(shown[name], *value, "{name}");
        }
        assert_eq!(shown["hash"], Value::Null);
    }

    #[test]
    fn a_key_that_was_revoked_or_whose_time_is_over_is_not_active() {
        let key = test_key(now());
        assert_eq!(Standing::of(&key, now()), Standing::Active);
        let end = key.expires_at.unwrap();
        assert_eq!(Standing::of(&key, end), Standing::Expired);
        let revoked = KeyEntry {
            revoked_at: Some(now()),
            ..key
        };
        assert_eq!(Standing::of(&revoked, end), Standing::Revoked);
        assert!(!KeyView::new(revoked, None, 1, now()).is_active);
    }
}
