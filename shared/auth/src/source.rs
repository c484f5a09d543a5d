//! Webhook sources: a source belongs to a tenant, and its credential is where the tenant comes from.

use crate::{AuthError, fingerprint};
use constant_time_eq::constant_time_eq;
use domain::{Tenant, Voucher};
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};
use store::{SourceRow, Store};

/// How long a source's row is kept in a warm function: in a storm of webhooks it is read once, and a password that was
/// changed, or whose tenant was suspended, is refused this long after.
const KEPT_FOR: Duration = Duration::from_secs(4);
/// Sources kept at once.
const KEPT: usize = 1_000;

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
/// [`AuthError::Unauthenticated`] for an unknown name as for a wrong password; [`AuthError::Suspended`] for the right one of
/// a tenant that is suspended.
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
        source(store, username).await?
    };
    let kept = row.as_ref().map_or("", |row| row.secret_hash.as_str());
    let same = constant_time_eq(presented.as_bytes(), kept.as_bytes());
    match row {
        Some(row) if same && row.vendor == vendor => {
            if row.suspended {
                return Err(AuthError::Suspended);
            }
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

/// The row of a source, as it was at most [`KEPT_FOR`] ago. A name that is no source's is asked for every time.
async fn source(store: &Store, id: &str) -> Result<Option<SourceRow>, AuthError> {
    static ROWS: Mutex<Option<HashMap<String, (Instant, SourceRow)>>> = Mutex::new(None);
    let kept = {
        let rows = ROWS.lock().unwrap_or_else(PoisonError::into_inner);
        rows.as_ref().and_then(|rows| rows.get(id)).cloned()
    };
    if let Some((at, row)) = kept
        && at.elapsed() < KEPT_FOR
    {
        return Ok(Some(row));
    }
    let row = store.source_by_id(id).await?;
    if let Some(row) = &row {
        let mut rows = ROWS.lock().unwrap_or_else(PoisonError::into_inner);
        let rows = rows.get_or_insert_default();
        if rows.len() >= KEPT {
            rows.clear();
        }
        rows.insert(id.to_owned(), (Instant::now(), row.clone()));
    }
    Ok(row)
}
