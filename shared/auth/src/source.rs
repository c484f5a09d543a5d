//! Webhook sources: a source belongs to a tenant, and its credential is where the tenant comes from.

use crate::{AuthError, fingerprint};
use constant_time_eq::constant_time_eq;
use domain::{Tenant, Voucher};
use store::{SourceRow, Store};

/// A source that showed its password.
#[derive(Debug, Clone)]
pub struct SourceIdentity {
    /// The tenant it belongs to.
    pub tenant: Tenant,
    /// Its row.
    pub row: SourceRow,
}

/// Finds out which source of `vendor` presents this name and password, over the raw bytes and in constant time.
///
/// # Errors
/// [`AuthError::Unauthenticated`] for an unknown name as for a wrong password.
pub async fn verify_source(
    store: &Store,
    vendor: &str,
    username: &str,
    password: &[u8],
) -> Result<SourceIdentity, AuthError> {
    let presented = fingerprint(password);
    let row = if username.is_empty() || username.len() > 128 {
        None
    } else {
        store.source_by_id(username).await?
    };
    let kept = row.as_ref().map_or("", |row| row.secret_hash.as_str());
    let same = constant_time_eq(presented.as_bytes(), kept.as_bytes());
    match row {
        Some(row) if same && row.vendor == vendor => {
            #[expect(
                clippy::disallowed_methods,
                reason = "the row of a source that showed its password"
            )]
            let tenant = Tenant::vouched(&row.tenant, Voucher::Credential)
                .map_err(|_| AuthError::Unauthenticated)?;
            Ok(SourceIdentity { tenant, row })
        }
        _ => Err(AuthError::Unauthenticated),
    }
}
