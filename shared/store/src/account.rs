//! Credentials of callers, found by the hash of what they presented.

use crate::item::{decode, text};
use crate::key::{KEYS, Key};
use crate::table::Table;
use crate::{Store, StoreError};
use domain::{ChainHead, Tenant};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// An API key as requests meet it: at its hash, with what it may do and the count of its use. The key itself is not kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyRow {
    /// Its number within its tenant.
    pub id: u64,
    /// The tenant it belongs to.
    pub tenant: String,
    /// What it may do: `exec:run`.
    pub scopes: Vec<String>,
    /// Whose limit holds for it: `user` or `admin`.
    pub class: String,
    /// Whether it was taken back.
    pub revoked: bool,
    /// When it stops working.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub expires_at: Option<Timestamp>,
    /// A lower limit of its own, requests an hour.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub max: Option<u64>,
    /// The window that is counted.
    pub w: u64,
    /// Requests in it.
    pub n: u64,
    /// Requests ever.
    pub used: u64,
    /// When it was last used.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub last_used_at: Option<Timestamp>,
}

/// An API key as its tenant's list has it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyEntry {
    /// Its number within its tenant.
    pub id: u64,
    /// What its owner calls it.
    pub name: String,
    /// Its beginning and its end, to recognise it by.
    pub prefix: String,
    /// What it may do, as it was asked for.
    pub scopes: Vec<String>,
    /// SHA-256 of the key, in hexadecimal.
    pub hash: String,
    /// The user who made it; none for a tenant's first key.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub user_id: Option<u64>,
    /// When it stops working.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub expires_at: Option<Timestamp>,
    /// When it was taken back.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub revoked_at: Option<Timestamp>,
    /// A lower limit of its own, requests an hour.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub max: Option<u64>,
    /// The key that took its place, once it was rotated.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub replaced_by: Option<u64>,
    /// When it was made.
    pub created_at: Timestamp,
    /// The head of its chain.
    pub chain: ChainHead,
    /// Counts writes; each is conditional on the one it saw.
    pub rev: u64,
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
    /// Whether its tenant is suspended, and nothing of it is taken.
    #[serde(default)]
    pub suspended: bool,
    /// When it was made.
    pub created_at: Timestamp,
}

/// A public key that our tokens are checked with, as a JSON Web Key has it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SigningKeyRow {
    /// Its id, in the head of each token.
    pub kid: String,
    /// The modulus, base64url.
    pub n: String,
    /// The exponent, base64url.
    pub e: String,
    /// When it was first used.
    pub created_at: Timestamp,
}

/// Keys of one tenant that are read at most.
const MAX_KEYS: usize = 10_000;

impl Store {
    /// The webhook source with this id.
    ///
    /// # Errors
    /// When `DynamoDB` does not answer, or the row cannot be read.
    pub async fn source_by_id(&self, id: &str) -> Result<Option<SourceRow>, StoreError> {
        self.get("webhook source", Table::Accounts, &Key::source(id))
            .await
    }

    /// A key's entry in its tenant's list.
    ///
    /// # Errors
    /// When `DynamoDB` does not answer, or the row cannot be read.
    pub async fn key(&self, tenant: &Tenant, id: u64) -> Result<Option<KeyEntry>, StoreError> {
        let key = Key::key_entry(tenant, id);
        self.get("API key", Table::Accounts, &key).await
    }

    /// The tenant's keys, oldest first, 10,000 at most.
    ///
    /// # Errors
    /// When `DynamoDB` does not answer, or a row cannot be read.
    pub async fn keys(&self, tenant: &Tenant) -> Result<Vec<KeyEntry>, StoreError> {
        let key = Key::key_entry(tenant, 0);
        let items = self
            .partition(Table::Accounts, &key, KEYS, MAX_KEYS)
            .await?;
        items
            .into_iter()
            .map(|item| decode("API key", item))
            .collect()
    }

    /// The tenant's keys with numbers from `low` to `high`, by number.
    ///
    /// # Errors
    /// When `DynamoDB` does not answer, or a row cannot be read.
    pub async fn keys_between(
        &self,
        tenant: &Tenant,
        low: u64,
        high: u64,
    ) -> Result<Vec<KeyEntry>, StoreError> {
        if low > high {
            return Ok(Vec::new());
        }
        let (first, last) = (Key::key_entry(tenant, low), Key::key_entry(tenant, high));
        let answer = Box::pin(
            self.client()
                .query()
                .table_name(self.name(Table::Accounts))
                .consistent_read(true)
                .key_condition_expression("pk = :pk AND sk BETWEEN :low AND :high")
                .expression_attribute_values(":pk", text(first.pk()))
                .expression_attribute_values(":low", text(first.sk()))
                .expression_attribute_values(":high", text(last.sk()))
                .send(),
        )
        .await
        .map_err(|error| StoreError::unavailable("list API keys", error))?;
        let items = answer.items.unwrap_or_default();
        items
            .into_iter()
            .map(|item| decode("API key", item))
            .collect()
    }

    /// What requests meet of these keys, by their hashes, in any order; 100 at most.
    ///
    /// # Errors
    /// When `DynamoDB` does not answer, or a row cannot be read.
    pub async fn key_rows(&self, hashes: &[&str]) -> Result<Vec<KeyRow>, StoreError> {
        let keys: Vec<Key> = hashes.iter().map(|hash| Key::api_key(hash)).collect();
        let items = self.batch(Table::Accounts, &keys).await?;
        items
            .into_iter()
            .map(|item| decode("API key", item))
            .collect()
    }

    /// A public key that our tokens are checked with.
    ///
    /// # Errors
    /// When `DynamoDB` does not answer, or the row cannot be read.
    pub async fn signing_key(&self, kid: &str) -> Result<Option<SigningKeyRow>, StoreError> {
        self.get("signing key", Table::Accounts, &Key::signing(kid))
            .await
    }

    /// Publishes a key that tokens will be signed with from now on; publishing it again is ok.
    ///
    /// # Errors
    /// When `DynamoDB` does not answer.
    pub async fn publish_signing_key(&self, row: &SigningKeyRow) -> Result<(), StoreError> {
        let mut rows = crate::transaction::Transaction::new(
            self,
            crate::capacity::Purpose::new("publish_signing_key"),
        );
        let guard = crate::transaction::Guard::Absent;
        rows.put(
            "signing key",
            Table::Accounts,
            &Key::signing(&row.kid),
            row,
            guard,
        );
        match rows.commit().await {
            Err(StoreError::Conflict { .. }) => Ok(()),
            other => other,
        }
    }
}
