//! Credentials of callers, found by the hash of what they presented.

use crate::key::Key;
use crate::table::Table;
use crate::{Store, StoreError};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// An API key. Its row stands at its hash; the key itself is not kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyRow {
    /// Its id.
    pub id: String,
    /// The tenant it belongs to.
    pub tenant: String,
    /// What it may do: `exec:run`.
    pub scopes: Vec<String>,
    /// The first characters of the key, to recognise it by.
    pub prefix: String,
    /// What its owner calls it.
    pub name: String,
    /// Whether it was taken back.
    pub revoked: bool,
    /// When it stops working.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub expires_at: Option<Timestamp>,
    /// When it was made.
    pub created_at: Timestamp,
}

/// A webhook source.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SourceRow {
    /// Its id, the Basic username.
    pub id: String,
    /// The tenant it belongs to.
    pub tenant: String,
    /// The vendor whose form it speaks: `halopsa`.
    pub vendor: String,
    /// SHA-256 of its password, in hexadecimal.
    pub secret_hash: String,
    /// Its signing secret, encrypted, where it signs instead of showing a password.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub sealed_secret: Option<String>,
    /// When it was made.
    pub created_at: Timestamp,
}

impl Store {
    /// The API key with this SHA-256, in hexadecimal.
    ///
    /// # Errors
    /// When `DynamoDB` does not answer, or the row cannot be read.
    pub async fn key_by_hash(&self, hash: &str) -> Result<Option<KeyRow>, StoreError> {
        self.get("API key", Table::Accounts, &Key::api_key(hash))
            .await
    }

    /// The webhook source with this id.
    ///
    /// # Errors
    /// When `DynamoDB` does not answer, or the row cannot be read.
    pub async fn source_by_id(&self, id: &str) -> Result<Option<SourceRow>, StoreError> {
        self.get("webhook source", Table::Accounts, &Key::source(id))
            .await
    }
}
