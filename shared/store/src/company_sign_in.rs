//! Sign-ins with the company's identity that were begun here. The state that names one is not kept, only its hash.

use crate::capacity::Purpose;
use crate::gate::seconds;
use crate::item::{decode, encode};
use crate::key::Key;
use crate::table::Table;
use crate::{Store, StoreError};
use aws_sdk_dynamodb::types::{ReturnConsumedCapacity, ReturnValue};
use domain::{Tenant, Voucher};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// A sign-in that was begun.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CompanySignInRow {
    /// The tenant whose issuer was asked.
    tenant: String,
    /// What the ID token has to say.
    pub nonce: String,
    /// PKCE's verifier.
    pub verifier: String,
    /// SHA-256 of what the browser that began it keeps, in hexadecimal.
    pub browser: String,
    /// The path to go on to.
    pub next: String,
    /// From when on it says nothing any more, seconds since 1970.
    ttl: u64,
}

impl CompanySignInRow {
    /// A sign-in at the tenant's issuer that has to be over at `until`.
    #[must_use]
    pub fn new(
        tenant: &Tenant,
        (nonce, verifier): (String, String),
        browser: String,
        next: String,
        until: Timestamp,
    ) -> Self {
        Self {
            tenant: tenant.as_str().to_owned(),
            nonce,
            verifier,
            browser,
            next,
            ttl: seconds(until),
        }
    }

    /// The tenant whose issuer was asked.
    ///
    /// # Errors
    /// When the row holds no tenant's id.
    pub fn tenant(&self) -> Result<Tenant, StoreError> {
        #[expect(
            clippy::disallowed_methods,
            reason = "the row of a state that was shown; the tenant's issuer says who it is before anything is told"
        )]
        let tenant = Tenant::vouched(&self.tenant, Voucher::Credential);
        tenant.map_err(|error| StoreError::corrupt("company sign-in", error))
    }
}

impl Store {
    /// Keeps what the sign-in with this state's hash is about.
    ///
    /// # Errors
    /// When `DynamoDB` does not answer.
    pub async fn begin_company_sign_in(
        &self,
        hash: &str,
        row: &CompanySignInRow,
    ) -> Result<(), StoreError> {
        let item = encode("company sign-in", &Key::company_sign_in(hash), row)?;
        let answer = Box::pin(
            self.client()
                .put_item()
                .table_name(self.name(Table::Ephemeral))
                .set_item(Some(item))
                .return_consumed_capacity(ReturnConsumedCapacity::Total)
                .send(),
        )
        .await
        .map_err(|error| StoreError::unavailable("begin a company sign-in", error))?;
        Purpose::new("begin_company_sign_in").spent(Table::Ephemeral, answer.consumed_capacity());
        Ok(())
    }

    /// What the sign-in with this state's hash is about, while it lasts, and never again.
    ///
    /// # Errors
    /// When `DynamoDB` does not answer, or the row cannot be read.
    pub async fn end_company_sign_in(
        &self,
        hash: &str,
        now: Timestamp,
    ) -> Result<Option<CompanySignInRow>, StoreError> {
        let answer = Box::pin(
            self.client()
                .delete_item()
                .table_name(self.name(Table::Ephemeral))
                .set_key(Some(Key::company_sign_in(hash).attributes()))
                .return_values(ReturnValue::AllOld)
                .return_consumed_capacity(ReturnConsumedCapacity::Total)
                .send(),
        )
        .await
        .map_err(|error| StoreError::unavailable("end a company sign-in", error))?;
        Purpose::new("end_company_sign_in").spent(Table::Ephemeral, answer.consumed_capacity());
        let Some(item) = answer.attributes.filter(|item| !item.is_empty()) else {
            return Ok(None);
        };
        let row: CompanySignInRow = decode("company sign-in", item)?;
        Ok((seconds(now) < row.ttl).then_some(row))
    }
}
