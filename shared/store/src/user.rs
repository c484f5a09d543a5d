//! People who sign in here.

use crate::item::{decode, text};
use crate::key::{Key, USERS};
use crate::table::Table;
use crate::{Store, StoreError};
use domain::{ChainHead, Tenant};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// Users of one tenant that a list looks at; behind them it is refused.
pub const MAX_LISTED: usize = 10_000;
/// Tenants in which one name may sign in.
const MAX_LOGINS: usize = 20;

/// A person who signs in here. Requests read [`crate::SignInRow`] instead.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UserRow {
    /// Their number within the tenant.
    pub id: u64,
    /// The name they sign in with, in small letters.
    pub username: String,
    /// Their address, in small letters; they may sign in with it, too.
    pub email: String,
    /// Whether they have shown that it is theirs.
    pub email_verified: bool,
    /// The address that takes its place once they have shown that it is theirs.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub pending_email: Option<String>,
    /// Their given name.
    pub first_name: String,
    /// Their family name.
    pub last_name: String,
    /// Whether they made the account themselves: then nobody vouched for their address.
    #[serde(default)]
    pub self_registered: bool,
    /// Whether they may sign in.
    pub is_active: bool,
    /// Their roles.
    pub roles: Vec<Assignment>,
    /// When they were added.
    pub date_joined: Timestamp,
    /// When they were removed. The row stays: the record names them by it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub deleted_at: Option<Timestamp>,
    /// The head of their chain.
    pub chain: ChainHead,
    /// Counts writes; each is conditional on the one it saw.
    pub rev: u64,
}

/// A role that a user has.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Assignment {
    /// Its number within the tenant.
    pub id: u64,
    /// The role's word.
    pub role: String,
    /// When it was given.
    pub at: Timestamp,
}

/// A user's password, hashed by Argon2id.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PasswordRow {
    /// The hash with its parameters, in PHC form.
    pub hash: String,
    /// When it was set.
    pub at: Timestamp,
}

/// Where a name signs in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LoginRow {
    /// The tenant.
    pub tenant: String,
    /// The user there.
    pub user_id: u64,
}

/// How many there are, and what the next one is called.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CountRow {
    /// The number given last.
    pub last: u64,
    /// How many there are.
    pub live: u64,
    /// Users with the role of an administrator who may sign in: the last one stays.
    #[serde(default)]
    pub admins: u64,
    /// Counts writes; each is conditional on the one it saw.
    pub rev: u64,
}

impl Store {
    /// A user of the tenant, removed ones included.
    ///
    /// # Errors
    /// When `DynamoDB` does not answer, or the row cannot be read.
    pub async fn user(&self, tenant: &Tenant, id: u64) -> Result<Option<UserRow>, StoreError> {
        let key = Key::user(tenant, id);
        self.get("user", Table::Accounts, &key).await
    }

    /// The tenant's users by number, removed ones included, [`MAX_LISTED`] at most.
    ///
    /// # Errors
    /// When `DynamoDB` does not answer, or a row cannot be read.
    pub async fn users(&self, tenant: &Tenant) -> Result<Vec<UserRow>, StoreError> {
        let key = Key::user(tenant, 0);
        let items = self
            .partition(Table::Accounts, &key, USERS, MAX_LISTED)
            .await?;
        items.into_iter().map(|item| decode("user", item)).collect()
    }

    /// The tenant's users by number, removed ones included, `limit` of them from number `from` on.
    ///
    /// # Errors
    /// When `DynamoDB` does not answer, or a row cannot be read.
    pub async fn users_from(
        &self,
        tenant: &Tenant,
        from: u64,
        limit: usize,
    ) -> Result<Vec<UserRow>, StoreError> {
        let first = Key::user(tenant, from);
        let answer = Box::pin(
            self.client()
                .query()
                .table_name(self.name(Table::Accounts))
                .consistent_read(true)
                .key_condition_expression("pk = :pk AND sk >= :from")
                .expression_attribute_values(":pk", text(first.pk()))
                .expression_attribute_values(":from", text(first.sk()))
                .limit(i32::try_from(limit).unwrap_or(i32::MAX))
                .send(),
        )
        .await
        .map_err(|error| StoreError::unavailable("list users", error))?;
        let items = answer.items.unwrap_or_default();
        items.into_iter().map(|item| decode("user", item)).collect()
    }

    /// The hash of a user's password; none for one who only signs in elsewhere.
    ///
    /// # Errors
    /// When `DynamoDB` does not answer, or the row cannot be read.
    pub async fn password(
        &self,
        tenant: &Tenant,
        id: u64,
    ) -> Result<Option<PasswordRow>, StoreError> {
        self.get("password", Table::Accounts, &Key::password(tenant, id))
            .await
    }

    /// Where this name signs in: in the organization of this id, or anywhere, twenty places at most.
    ///
    /// # Errors
    /// When `DynamoDB` does not answer, or a row cannot be read.
    pub async fn logins(
        &self,
        name: &str,
        organization: Option<&str>,
    ) -> Result<Vec<LoginRow>, StoreError> {
        let within = organization.map_or_else(String::new, |id| format!("{id}#"));
        let items = self
            .partition(Table::Accounts, &Key::logins(name), &within, MAX_LOGINS)
            .await?;
        items
            .into_iter()
            .map(|item| decode("sign-in name", item))
            .collect()
    }

    /// Whose sign-in name of the tenant this is.
    ///
    /// # Errors
    /// When `DynamoDB` does not answer, or the row cannot be read.
    pub async fn login(&self, tenant: &Tenant, name: &str) -> Result<Option<LoginRow>, StoreError> {
        self.get("sign-in name", Table::Accounts, &Key::login(name, tenant))
            .await
    }

    /// How many of something the tenant has: `user`, `key`.
    ///
    /// # Errors
    /// When `DynamoDB` does not answer, or the row cannot be read.
    pub async fn count(&self, tenant: &Tenant, what: &str) -> Result<CountRow, StoreError> {
        let there = self
            .get("count", Table::Accounts, &Key::count(tenant, what))
            .await?;
        Ok(there.unwrap_or_default())
    }
}
