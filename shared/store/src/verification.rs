//! Links that show that an address is somebody's own. The token in a link is not kept, only its hash.

use crate::capacity::Purpose;
use crate::gate::seconds;
use crate::item::encode;
use crate::key::Key;
use crate::table::Table;
use crate::{Store, StoreError};
use aws_sdk_dynamodb::types::ReturnConsumedCapacity;
use domain::{Tenant, Voucher};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

/// What a link is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct VerificationRow {
    /// The tenant of the user.
    tenant: String,
    /// The user who says that the address is theirs.
    pub user_id: u64,
    /// The address.
    pub email: String,
    /// From when on it says nothing any more, seconds since 1970.
    ttl: u64,
}

impl VerificationRow {
    /// The tenant of the user.
    ///
    /// # Errors
    /// When the row holds no tenant's id.
    pub fn tenant(&self) -> Result<Tenant, StoreError> {
        #[expect(
            clippy::disallowed_methods,
            reason = "the row of a link whose token was shown"
        )]
        let tenant = Tenant::vouched(&self.tenant, Voucher::Credential);
        tenant.map_err(|error| StoreError::corrupt("verification", error))
    }
}

impl Store {
    /// Keeps what the link with this token hash is about, for as long as it `lasts`.
    ///
    /// # Errors
    /// When `DynamoDB` does not answer.
    pub async fn put_verification(
        &self,
        tenant: &Tenant,
        hash: &str,
        user_id: u64,
        email: &str,
        now: Timestamp,
        lasts: SignedDuration,
    ) -> Result<(), StoreError> {
        let row = VerificationRow {
            tenant: tenant.as_str().to_owned(),
            user_id,
            email: email.to_owned(),
            ttl: seconds(now + lasts),
        };
        let answer = Box::pin(
            self.client()
                .put_item()
                .table_name(self.name(Table::Ephemeral))
                .set_item(Some(encode(
                    "verification",
                    &Key::verification(hash),
                    &row,
                )?))
                .return_consumed_capacity(ReturnConsumedCapacity::Total)
                .send(),
        )
        .await
        .map_err(|error| StoreError::unavailable("keep a verification", error))?;
        Purpose::new("put_verification").spent(Table::Ephemeral, answer.consumed_capacity());
        Ok(())
    }

    /// What the link with this token hash is about, while it lasts.
    ///
    /// # Errors
    /// When `DynamoDB` does not answer, or the row cannot be read.
    pub async fn verification(
        &self,
        hash: &str,
        now: Timestamp,
    ) -> Result<Option<VerificationRow>, StoreError> {
        let row: Option<VerificationRow> = self
            .get("verification", Table::Ephemeral, &Key::verification(hash))
            .await?;
        Ok(row.filter(|row| seconds(now) < row.ttl))
    }
}
