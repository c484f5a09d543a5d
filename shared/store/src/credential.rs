//! Sealed credentials.

use crate::key::Key;
use crate::table::Table;
use crate::{Store, StoreError};
use domain::{Credential, CredentialRef, Tenant};

impl Store {
    /// A credential's row.
    ///
    /// # Errors
    /// When `DynamoDB` does not answer, or the row cannot be read.
    pub async fn credential(
        &self,
        tenant: &Tenant,
        id: &CredentialRef,
    ) -> Result<Option<Credential>, StoreError> {
        let key = Key::credential(tenant, id);
        self.get("credential", Table::Executions, &key).await
    }
}
