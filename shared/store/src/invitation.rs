//! Invitations into a tenant. The token in the link is not kept, only its hash.

use crate::gate::seconds;
use crate::key::Key;
use crate::table::Table;
use crate::{Store, StoreError};
use domain::{Tenant, Voucher};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// Who is invited, and as what.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InvitationRow {
    /// The tenant that invites.
    tenant: String,
    /// The address that the link was sent to.
    pub email: String,
    /// The role's word.
    pub role: String,
    /// From when on it is over, seconds since 1970.
    ttl: u64,
}

impl InvitationRow {
    /// An invitation that ends at `ends`.
    #[must_use]
    pub fn new(tenant: &Tenant, email: &str, role: &str, ends: Timestamp) -> Self {
        Self {
            tenant: tenant.as_str().to_owned(),
            email: email.to_owned(),
            role: role.to_owned(),
            ttl: seconds(ends),
        }
    }

    /// The tenant that invites.
    ///
    /// # Errors
    /// When the row holds no tenant's id.
    pub fn tenant(&self) -> Result<Tenant, StoreError> {
        #[expect(
            clippy::disallowed_methods,
            reason = "the row of a link whose token was shown"
        )]
        let tenant = Tenant::vouched(&self.tenant, Voucher::Credential);
        tenant.map_err(|error| StoreError::corrupt("invitation", error))
    }
}

impl Store {
    /// The invitation whose token has this hash, while it lasts and was not used.
    ///
    /// # Errors
    /// When `DynamoDB` does not answer, or the row cannot be read.
    pub async fn invitation(
        &self,
        hash: &str,
        now: Timestamp,
    ) -> Result<Option<InvitationRow>, StoreError> {
        let row: Option<InvitationRow> = self
            .get("invitation", Table::Ephemeral, &Key::invitation(hash))
            .await?;
        Ok(row.filter(|row| seconds(now) < row.ttl))
    }
}
