//! Making an API key: the same rows whoever asks.

use audit::{Actor, Entry};
use auth::{Class, MintedSecret, class_of, expand};
use domain::{ChainHead, Tenant};
use jiff::Timestamp;
use kit::App;
use store::{CountRow, KeyEntry, KeyRow, Write};

/// What every key begins with.
pub(crate) const BEGINS: &str = "vetrai_";

/// The key to make.
pub(crate) struct NewKey<'a> {
    /// What its owner calls it.
    pub(crate) name: &'a str,
    /// What it may do: scopes, or the bundles `read` and `write`.
    pub(crate) scopes: Vec<String>,
    /// The user who makes it.
    pub(crate) user_id: Option<u64>,
    /// When it stops working.
    pub(crate) expires_at: Option<Timestamp>,
    /// A lower limit of its own, requests an hour.
    pub(crate) max: Option<u64>,
}

/// A key at the one moment it can be read.
pub(crate) struct Minted {
    secret: MintedSecret,
    /// Its entry.
    pub(crate) entry: KeyEntry,
}

/// The key itself, for the one answer that shows it.
pub(crate) fn plain(minted: Minted) -> String {
    minted.secret.plain
}

impl NewKey<'_> {
    /// Adds the key's rows to a change. `seen` is the tenant's count of keys as it was read.
    pub(crate) fn put<'a>(
        &self,
        app: &App,
        write: Write<'a>,
        tenant: &Tenant,
        seen: &CountRow,
        by: Actor,
    ) -> (Write<'a>, Minted) {
        let now = app.clock().now();
        let secret = auth::mint(BEGINS, &app.ids().bytes(32));
        let entry = KeyEntry {
            id: seen.last + 1,
            name: self.name.to_owned(),
            prefix: masked(&secret.plain),
            scopes: self.scopes.clone(),
            hash: secret.fingerprint.clone(),
            user_id: self.user_id,
            expires_at: self.expires_at,
            revoked_at: None,
            max: self.max,
            replaced_by: None,
            created_at: now,
            chain: ChainHead::default(),
            rev: 0,
        };
        let record = Entry::new(now, by, "key.created")
            .fact("key_id", entry.id)
            .fact("scopes", entry.scopes.clone())
            .fact("expires_at", entry.expires_at.map(|at| at.to_string()));
        let count = CountRow {
            last: entry.id,
            live: seen.live + 1,
            ..CountRow::default()
        };
        let write = write
            .key(None, &entry, vec![record])
            .new_key_row(&entry.hash, &row(tenant, &entry))
            .count("key", seen, &count);
        (write, Minted { secret, entry })
    }
}

/// What requests with a key meet, as its entry says.
pub(crate) fn row(tenant: &Tenant, entry: &KeyEntry) -> KeyRow {
    let scopes = entry.scopes.iter().flat_map(|scope| expand(scope));
    KeyRow {
        id: entry.id,
        tenant: tenant.as_str().to_owned(),
        scopes: entry.scopes.clone(),
        class: match class_of(scopes) {
            Class::User => "user",
            Class::Admin => "admin",
        }
        .to_owned(),
        revoked: entry.revoked_at.is_some(),
        expires_at: entry.expires_at,
        max: entry.max,
        w: 0,
        n: 0,
        used: 0,
        last_used_at: None,
    }
}

/// The key once it is revoked, and what is recorded; none when it was revoked before.
pub(crate) fn revoked(seen: &KeyEntry, by: Actor, now: Timestamp) -> Option<(KeyEntry, Entry)> {
    if seen.revoked_at.is_some() {
        return None;
    }
    let next = KeyEntry {
        revoked_at: Some(now),
        ..seen.clone()
    };
    let entry = Entry::new(now, by, "key.revoked").fact("key_id", seen.id);
    Some((next, entry))
}

/// The beginning and the end of a key, as contract E masks it: `vetrai_a...123`.
fn masked(plain: &str) -> String {
    let begins = &plain[..plain.len().min(BEGINS.len() + 1)];
    let ends = &plain[plain.len().saturating_sub(3)..];
    format!("{begins}...{ends}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::key_view::test_key;

    #[test]
    fn a_masked_key_tells_four_characters_of_it() {
        let key = auth::mint(BEGINS, &[7; 32]);
        let shown = masked(&key.plain);
        assert_eq!(shown.len(), BEGINS.len() + 1 + 3 + 3);
        assert!(shown.starts_with("vetrai_B...") && key.plain.ends_with(&shown[shown.len() - 3..]));
    }

    #[test]
    fn a_key_is_revoked_once() {
        let now = "2026-11-22T08:00:00Z".parse().unwrap();
        let by = || Actor::System("test".to_owned());
        let (next, entry) = revoked(&test_key(now), by(), now).unwrap();
        assert_eq!(next.revoked_at, Some(now));
        assert_eq!(
            (entry.action.as_str(), &entry.facts["key_id"]),
            ("key.revoked", &1.into())
        );
        assert!(revoked(&next, by(), now).is_none());
    }
}
