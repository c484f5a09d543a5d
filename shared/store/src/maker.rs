//! Whoever makes a key, at the moment it is made: what is handed on has to be theirs still.

use crate::KeyEntry;
use crate::item::text;
use crate::key::Key;
use crate::table::Table;
use crate::transaction::Must;
use crate::write::Write;
use aws_sdk_dynamodb::types::AttributeValue;

/// What a [`crate::StoreError::Conflict`] about the maker says.
pub const MAKER: &str = "maker";

impl Write<'_> {
    /// Asks that a user may sign in and has exactly these roles. A [`crate::StoreError::Conflict`] about the [`MAKER`] says
    /// that it is not so any more.
    pub fn made_by_user(mut self, user: u64, roles: &[&str]) -> Self {
        let words = roles.iter().map(|role| text(*role)).collect();
        let must = Must {
            when: "active = :yes AND #roles = :roles",
            names: vec![("#roles", "roles")],
            values: vec![
                (":yes", AttributeValue::Bool(true)),
                (":roles", AttributeValue::L(words)),
            ],
        };
        let key = Key::sign_in(self.tenant, user);
        self.rows.check(MAKER, Table::Accounts, &key, must);
        self
    }

    /// Asks that a key stands with the scopes it was seen with. A [`crate::StoreError::Conflict`] about the [`MAKER`] says
    /// that it is not so any more.
    pub fn made_by_key(mut self, seen: &KeyEntry) -> Self {
        let words = seen.scopes.iter().map(text).collect();
        let must = Must {
            when: "attribute_not_exists(revoked_at) AND scopes = :scopes",
            names: Vec::new(),
            values: vec![(":scopes", AttributeValue::L(words))],
        };
        let key = Key::key_entry(self.tenant, seen.id);
        self.rows.check(MAKER, Table::Accounts, &key, must);
        self
    }
}
