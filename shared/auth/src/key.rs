//! API keys.

use crate::{AuthError, fingerprint};
use domain::{Tenant, Voucher};
use jiff::Timestamp;
use store::Store;

/// Who presented a good credential.
#[derive(Debug, Clone)]
pub struct Identity {
    /// Their tenant.
    pub tenant: Tenant,
    /// The key's id.
    pub key_id: String,
    /// What the key may do.
    pub scopes: Vec<String>,
}

impl Identity {
    /// Whether the key may do this.
    #[must_use]
    pub fn may(&self, scope: &str) -> bool {
        self.scopes.iter().any(|held| held == scope)
    }
}

/// Finds out who presents `key`, in one read.
///
/// # Errors
/// [`AuthError::Unauthenticated`] whatever is wrong with the key.
pub async fn authenticate(store: &Store, key: &str, now: Timestamp) -> Result<Identity, AuthError> {
    if !key.starts_with("vetrai_") || key.len() > 256 {
        return Err(AuthError::Unauthenticated);
    }
    let row = store
        .key_by_hash(&fingerprint(key.as_bytes()))
        .await?
        .ok_or(AuthError::Unauthenticated)?;
    if row.revoked || row.expires_at.is_some_and(|at| at <= now) {
        return Err(AuthError::Unauthenticated);
    }
    #[expect(
        clippy::disallowed_methods,
        reason = "the row of a presented, unrevoked key vouches for its tenant"
    )]
    let tenant = Tenant::vouched(&row.tenant, Voucher::Credential)
        .map_err(|_| AuthError::Unauthenticated)?;
    Ok(Identity {
        tenant,
        key_id: row.id,
        scopes: row.scopes,
    })
}
