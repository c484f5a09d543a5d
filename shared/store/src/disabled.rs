//! Accounts that we disabled: one row a person. While it is kept nothing of ours opens the account but its undo.

use crate::key::Key;
use crate::table::Table;
use crate::transaction::{Guard, Must};
use crate::write::{Write, rev_after};
use crate::{Store, StoreError};
use domain::{DisabledAccount, Tenant, UserId};

impl Store {
    /// What of ours disabled somebody's account last; none where nothing did.
    ///
    /// # Errors
    /// When `DynamoDB` does not answer, or the row cannot be read.
    pub async fn disabled_account(
        &self,
        tenant: &Tenant,
        user: &UserId,
    ) -> Result<Option<DisabledAccount>, StoreError> {
        let key = Key::disabled_account(tenant, user);
        self.get("disabled account", Table::Executions, &key).await
    }
}

impl Write<'_> {
    /// An account that we disable, new or as `seen`.
    pub fn account_disabled(
        mut self,
        seen: Option<&DisabledAccount>,
        next: &DisabledAccount,
    ) -> Self {
        let row = DisabledAccount {
            rev: rev_after(seen.map(|account| account.rev)),
            ..next.clone()
        };
        let key = Key::disabled_account(self.tenant, &row.user_id);
        let guard = Guard::seen(seen.map(|account| account.rev));
        self.rows
            .put("disabled account", Table::Executions, &key, &row, guard);
        self
    }

    /// On the condition that this account is not ours to keep shut.
    pub fn account_not_disabled(mut self, user: &UserId) -> Self {
        let key = Key::disabled_account(self.tenant, user);
        let must = Must {
            when: "attribute_not_exists(pk) OR attribute_exists(released_at)",
            names: Vec::new(),
            values: Vec::new(),
        };
        self.rows
            .check("disabled account", Table::Executions, &key, must);
        self
    }
}
