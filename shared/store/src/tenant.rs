//! Tenants.

use crate::capacity::Purpose;
use crate::key::Key;
use crate::table::Table;
use crate::transaction::{Guard, Transaction};
use crate::{KeyRow, SourceRow, Store, StoreError};
use domain::{Tenant, Voucher};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// A tenant's own row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TenantRow {
    /// Its name, as the operator gave it.
    pub name: String,
    /// The username of its first admin.
    pub admin: String,
    /// The id of its first API key.
    pub key_id: String,
    /// The ids of its webhook sources.
    pub sources: Vec<String>,
    /// When it was made.
    pub created_at: Timestamp,
}

/// A person who signs in here.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UserRow {
    /// The name they sign in with.
    pub username: String,
    /// Their role: `admin`.
    pub role: String,
    /// The hash of their password.
    pub password_hash: String,
    /// When they were added.
    pub created_at: Timestamp,
}

/// Everything a tenant begins with.
#[derive(Debug, Clone)]
pub struct NewTenant {
    /// The tenant, vouched for by the operator.
    pub tenant: Tenant,
    /// Its row.
    pub row: TenantRow,
    /// Its admin.
    pub admin: UserRow,
    /// SHA-256 of its API key, in hexadecimal.
    pub key_hash: String,
    /// Its API key.
    pub key: KeyRow,
    /// Its webhook sources.
    pub sources: Vec<SourceRow>,
}

impl Store {
    /// The tenant with this name.
    ///
    /// # Errors
    /// When `DynamoDB` does not answer, or the row cannot be read.
    pub async fn tenant_named(&self, name: &str) -> Result<Option<TenantRow>, StoreError> {
        #[expect(
            clippy::disallowed_methods,
            reason = "only to find out whether there is one; the tenant does not leave here"
        )]
        let Ok(tenant) = Tenant::vouched(name, Voucher::Operator) else {
            return Ok(None);
        };
        self.get("tenant", Table::Accounts, &Key::tenant(&tenant))
            .await
    }

    /// Makes a tenant with its admin, key and sources, all or nothing.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when the name is taken.
    pub async fn create_tenant(&self, new: NewTenant) -> Result<(), StoreError> {
        let tenant = &new.tenant;
        let mut rows = Transaction::new(self, Purpose::new("create_tenant"));
        let mut put = |what, key: &Key, row: Row<'_>| {
            rows.put(what, Table::Accounts, key, &row, Guard::Absent);
        };
        put("tenant", &Key::tenant(tenant), Row::Tenant(&new.row));
        let user = Key::user(tenant, &new.admin.username);
        put("user", &user, Row::User(&new.admin));
        put("API key", &Key::api_key(&new.key_hash), Row::Key(&new.key));
        for source in &new.sources {
            put(
                "webhook source",
                &Key::source(&source.id),
                Row::Source(source),
            );
        }
        rows.commit().await
    }
}

/// Any row of a new tenant.
#[derive(Serialize)]
#[serde(untagged)]
enum Row<'a> {
    Tenant(&'a TenantRow),
    User(&'a UserRow),
    Key(&'a KeyRow),
    Source(&'a SourceRow),
}
