//! Tenants.

use crate::item::decode;
use crate::key::Key;
use crate::read::BATCH;
use crate::table::Table;
use crate::{Store, StoreError};
use domain::{ChainHead, Tenant, Voucher};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// A tenant's own row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TenantRow {
    /// Its number, unique over all tenants.
    pub number: u64,
    /// Its name, for people.
    pub name: String,
    /// The username of its first admin.
    pub admin: String,
    /// The ids of its webhook sources.
    pub sources: Vec<String>,
    /// The name it was made by, where it has another now: its id comes of it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub made_as: Option<String>,
    /// The tenant it belongs below.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub parent: Option<TenantLink>,
    /// The tenants below it, oldest first.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub children: Vec<TenantLink>,
    /// Domains whose people may register here.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub email_domains: Vec<String>,
    /// Since when nobody of it is let in.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub suspended_at: Option<Timestamp>,
    /// Why, in the words of whoever suspended it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub suspended_for: Option<String>,
    /// When it was made.
    pub created_at: Timestamp,
    /// The head of its chain.
    pub chain: ChainHead,
    /// Counts writes; each is conditional on the one it saw.
    pub rev: u64,
}

/// A tenant as the row of the one above or below it names it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TenantLink {
    /// Its number.
    pub number: u64,
    /// Its id.
    id: String,
}

impl TenantLink {
    /// A link to a tenant.
    #[must_use]
    pub fn to(tenant: &Tenant, number: u64) -> Self {
        Self {
            number,
            id: tenant.as_str().to_owned(),
        }
    }

    /// The tenant's id.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The tenant that the row names.
    ///
    /// # Errors
    /// When the row holds no tenant's id.
    pub fn tenant(&self) -> Result<Tenant, StoreError> {
        #[expect(
            clippy::disallowed_methods,
            reason = "the row of a tenant that was let in names those below it"
        )]
        let tenant = Tenant::vouched(&self.id, Voucher::Above);
        tenant.map_err(|error| StoreError::corrupt("tenant", error))
    }
}

/// Whose people have addresses of a domain.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct DomainRow {
    pub(crate) tenant: String,
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
        self.tenant(&tenant).await
    }

    /// A tenant's own row.
    ///
    /// # Errors
    /// When `DynamoDB` does not answer, or the row cannot be read.
    pub async fn tenant(&self, tenant: &Tenant) -> Result<Option<TenantRow>, StoreError> {
        self.get("tenant", Table::Accounts, &Key::tenant(tenant))
            .await
    }

    /// These tenants' own rows, in any order; those that are not there are left out.
    ///
    /// # Errors
    /// When `DynamoDB` does not answer, or a row cannot be read.
    pub async fn tenants(&self, tenants: &[Tenant]) -> Result<Vec<TenantRow>, StoreError> {
        let keys: Vec<Key> = tenants.iter().map(Key::tenant).collect();
        let mut rows = Vec::with_capacity(keys.len());
        for keys in keys.chunks(BATCH) {
            let items = self.batch(Table::Accounts, keys).await?;
            for item in items {
                rows.push(decode("tenant", item)?);
            }
        }
        Ok(rows)
    }

    /// The tenant whose people have addresses of this domain, as its operator said.
    ///
    /// # Errors
    /// When `DynamoDB` does not answer, or the row cannot be read.
    pub async fn tenant_of_domain(&self, domain: &str) -> Result<Option<Tenant>, StoreError> {
        let row: Option<DomainRow> = self
            .get("domain", Table::Accounts, &Key::domain(domain))
            .await?;
        #[expect(
            clippy::disallowed_methods,
            reason = "the operator gave the tenant this domain"
        )]
        let tenant = row.map(|row| Tenant::vouched(&row.tenant, Voucher::Operator));
        tenant
            .transpose()
            .map_err(|error| StoreError::corrupt("domain", error))
    }

    /// The next number that is unique over all tenants; a number may be given and then used by nobody.
    ///
    /// # Errors
    /// When `DynamoDB` does not answer.
    pub async fn next_global_number(&self, what: &str) -> Result<u64, StoreError> {
        let key = Key::global_count(what);
        self.number("next_global_number", Table::Accounts, &key)
            .await
    }
}
