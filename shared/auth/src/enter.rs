//! Letting a caller in: who they are, whether their credential stands, and whether their window has room, in one round
//! trip. The caller's row and the tenant's row at the service are updated side by side.

use crate::permission::expand;
use crate::role::{Class, Role, class_of, scopes_of};
use crate::token::{self, Claims, TokenError, TokenType};
use crate::{AuthError, fingerprint};
use domain::{Tenant, Voucher};
use jiff::Timestamp;
use std::collections::{BTreeSet, HashMap};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};
use store::{Count, Limits, Pass, Store};

/// Keys whose tenant a warm function remembers, and callers whose full window it does.
const KEPT: usize = 1_000;
/// How long a full window is taken for full without looking: a limit that was raised holds after this.
const FULL_FOR: Duration = Duration::from_secs(3);

/// What callers present.
#[derive(Debug, Clone, Copy)]
pub enum Presented<'a> {
    /// `vetrai_…`.
    Key(&'a str),
    /// A token of ours.
    Token(&'a str),
}

impl<'a> Presented<'a> {
    /// What this text is, by its beginning.
    #[must_use]
    pub fn of(text: &'a str) -> Self {
        if text.starts_with("vetrai_") {
            Self::Key(text)
        } else {
            Self::Token(text)
        }
    }
}

/// At which door, and what it takes.
#[derive(Debug, Clone, Copy)]
pub struct Door<'a> {
    /// The service, whose use is counted for the tenant.
    pub service: &'a str,
    /// Who makes our tokens: our public address.
    pub issuer: &'a str,
    /// Requests an hour of a caller.
    pub limits: Limits,
    /// Requests a minute of a tenant to one service.
    pub service_limit: u64,
    /// Now.
    pub now: Timestamp,
}

/// A caller who was let in.
#[derive(Debug, Clone)]
pub struct Identity {
    /// Their tenant.
    pub tenant: Tenant,
    /// Who it is.
    pub who: Who,
    /// What they may do.
    pub scopes: BTreeSet<&'static str>,
    /// Where the window stands that has the least room.
    pub count: Count,
}

/// Who a caller is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Who {
    /// A program with an API key: its number.
    Key(u64),
    /// Somebody signed in.
    User {
        /// Their number.
        id: u64,
        /// Their session.
        sid: String,
        /// Their roles.
        roles: Vec<Role>,
    },
}

impl Who {
    /// The name of whoever it is within their tenant: `key-3`, `user-12`.
    #[must_use]
    pub fn name(&self) -> String {
        match self {
            Self::Key(id) => format!("key-{id}"),
            Self::User { id, .. } => format!("user-{id}"),
        }
    }
}

impl Identity {
    /// Whether they may do this.
    #[must_use]
    pub fn may(&self, scope: &str) -> bool {
        self.scopes.contains(scope)
    }
}

/// Finds out who presents this, and counts the request.
///
/// # Errors
/// [`AuthError::Unauthenticated`] whatever is wrong with the credential but its age; [`AuthError::Full`] when a window is.
pub async fn enter(
    store: &Store,
    presented: Presented<'_>,
    door: Door<'_>,
) -> Result<Identity, AuthError> {
    match presented {
        Presented::Key(key) => by_key(store, key, door).await,
        Presented::Token(token) => by_token(store, token, door).await,
    }
}

async fn by_key(store: &Store, key: &str, door: Door<'_>) -> Result<Identity, AuthError> {
    if key.len() > 256 {
        return Err(AuthError::Unauthenticated);
    }
    let hash = fingerprint(key.as_bytes());
    full(&hash, door.now)?;
    let known = known_tenant(&hash);
    let pass = store.pass_key(&hash, door.now, door.limits);
    let (passed, gate) = match &known {
        Some(tenant) => {
            let gate = store.pass_tenant(tenant, door.service, door.now, door.service_limit);
            let (passed, gate) = tokio::join!(pass, gate);
            (passed?, Some(gate?))
        }
        None => (pass.await?, None),
    };
    let (row, count) = match passed {
        Pass::In(row, count) => (row, count),
        Pass::Full(count) => return Err(remember_full(&hash, count)),
        Pass::Unknown => {
            forget(&hash);
            return Err(AuthError::Unauthenticated);
        }
    };
    #[expect(
        clippy::disallowed_methods,
        reason = "the row of a presented key that stands vouches for its tenant"
    )]
    let tenant = Tenant::vouched(&row.tenant, Voucher::Credential)
        .map_err(|_| AuthError::Unauthenticated)?;
    remember(&hash, &tenant);
    let gate = match gate {
        Some(gate) => gate,
        None => {
            store
                .pass_tenant(&tenant, door.service, door.now, door.service_limit)
                .await?
        }
    };
    Ok(Identity {
        count: tightest(count, &gate)?,
        tenant,
        who: Who::Key(row.id),
        scopes: row.scopes.iter().flat_map(|scope| expand(scope)).collect(),
    })
}

async fn by_token(store: &Store, text: &str, door: Door<'_>) -> Result<Identity, AuthError> {
    let claims = token::verify(store, door.issuer, text, TokenType::Access, door.now).await;
    let claims = claims.map_err(|error| match error {
        TokenError::Invalid => AuthError::Unauthenticated,
        TokenError::Expired => AuthError::Expired,
        TokenError::Store(error) => AuthError::Store(error),
    })?;
    let tenant = tenant_of(&claims)?;
    let principal = format!("{}#{}", claims.tid, claims.user_id);
    full(&principal, door.now)?;
    let limit = match class_of(claims.scopes.iter().map(String::as_str)) {
        Class::User => door.limits.user,
        Class::Admin => door.limits.admin,
    };
    let slides_to = claims.idle.map(|idle| {
        let end = u64::try_from(door.now.as_second()).unwrap_or(0) + idle;
        end.min(claims.exp)
    });
    let pass = store.pass_session(
        &tenant,
        claims.user_id,
        &claims.sid,
        door.now,
        limit,
        slides_to,
    );
    let gate = store.pass_tenant(&tenant, door.service, door.now, door.service_limit);
    let (passed, gate) = tokio::join!(pass, gate);
    let (row, count) = match passed? {
        Pass::In(row, count) => (row, count),
        Pass::Full(count) => return Err(remember_full(&principal, count)),
        Pass::Unknown => return Err(AuthError::Unauthenticated),
    };
    let roles: Vec<Role> = row
        .roles
        .iter()
        .filter_map(|word| Role::named(word))
        .collect();
    Ok(Identity {
        count: tightest(count, &gate?)?,
        tenant,
        scopes: scopes_of(&roles),
        who: Who::User {
            id: claims.user_id,
            sid: claims.sid,
            roles,
        },
    })
}

/// The tenant that a verified token names.
///
/// # Errors
/// When it is no tenant's id.
pub fn tenant_of(claims: &Claims) -> Result<Tenant, AuthError> {
    #[expect(
        clippy::disallowed_methods,
        reason = "we signed the token that names it"
    )]
    Tenant::vouched(&claims.tid, Voucher::Token).map_err(|_| AuthError::Unauthenticated)
}

/// The count with the least room, when the tenant may use the service.
fn tightest<T>(caller: Count, gate: &Pass<T>) -> Result<Count, AuthError> {
    let room = |count: Count| count.limit.saturating_sub(count.used);
    match gate {
        Pass::In(_, service) if room(*service) < room(caller) => Ok(*service),
        Pass::In(..) => Ok(caller),
        Pass::Full(count) => Err(AuthError::Full(*count)),
        Pass::Unknown => Err(AuthError::Suspended),
    }
}

/// The tenants of keys that were let in before, so that both rows can be updated at once.
static TENANTS: Mutex<Option<HashMap<String, Tenant>>> = Mutex::new(None);
/// Callers whose window was full a moment ago: they are refused without a call.
static FULL: Mutex<Option<HashMap<String, (Instant, Count)>>> = Mutex::new(None);

fn known_tenant(hash: &str) -> Option<Tenant> {
    let tenants = TENANTS.lock().unwrap_or_else(PoisonError::into_inner);
    tenants.as_ref()?.get(hash).cloned()
}

fn remember(hash: &str, tenant: &Tenant) {
    let mut tenants = TENANTS.lock().unwrap_or_else(PoisonError::into_inner);
    let tenants = tenants.get_or_insert_default();
    if tenants.len() >= KEPT {
        tenants.clear();
    }
    tenants.insert(hash.to_owned(), tenant.clone());
}

fn forget(hash: &str) {
    let mut tenants = TENANTS.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(tenants) = tenants.as_mut() {
        tenants.remove(hash);
    }
}

/// Whether this caller's window is known to be full.
fn full(principal: &str, now: Timestamp) -> Result<(), AuthError> {
    let now = u64::try_from(now.as_second()).unwrap_or(0);
    let mut full = FULL.lock().unwrap_or_else(PoisonError::into_inner);
    let full = full.get_or_insert_default();
    match full.get(principal) {
        Some((at, count)) if at.elapsed() < FULL_FOR && now < count.resets_at => {
            Err(AuthError::Full(*count))
        }
        Some(_) => {
            full.remove(principal);
            Ok(())
        }
        None => Ok(()),
    }
}

fn remember_full(principal: &str, count: Count) -> AuthError {
    let mut full = FULL.lock().unwrap_or_else(PoisonError::into_inner);
    let full = full.get_or_insert_default();
    if full.len() >= KEPT {
        full.clear();
    }
    full.insert(principal.to_owned(), (Instant::now(), count));
    AuthError::Full(count)
}
