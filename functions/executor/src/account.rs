//! Whether somebody may sign in, and their sessions.

use crate::look::{Look, Refused};
use crate::vendors::Vendors;
use domain::UserId;
use jiff::Timestamp;
use ports::{CallError, DisabledBy};
use serde_json::{Map, Value, json};

/// Whether an account may be opened: only an application may have shut it, and nothing may speak against its owner.
pub(crate) async fn before_unlock(vendors: &Vendors, user: &UserId) -> Result<Look, CallError> {
    let account = vendors.accounts.account(user).await?;
    if account.enabled {
        return Ok(Look::Already);
    }
    if account.synced {
        return Ok(Refused::conflict(
            "SYNCED_USER",
            "this account is mastered in the on-premises directory, which would undo it; unlock it there",
        ));
    }
    if let Some(risk) = vendors.accounts.risk(user).await? {
        return Ok(Refused::conflict(
            "USER_AT_RISK",
            format!("the directory says of this user's sign-ins: {risk}; have security look first"),
        ));
    }
    match vendors.accounts.disabled_by(user).await? {
        DisabledBy::Application(_) => Ok(Look::Needed(Map::new())),
        DisabledBy::Person(_) => Ok(Refused::conflict(
            "DISABLED_BY_ADMIN",
            "an administrator disabled this account; only they may say that it opens again",
        )),
        DisabledBy::Unknown => Ok(Refused::conflict(
            "DISABLED_BY_ADMIN",
            "the directory does not say who disabled this account, so it may have been an administrator; ask them",
        )),
    }
}

/// Whether an account that was opened is open still.
pub(crate) async fn before_lock(vendors: &Vendors, user: &UserId) -> Result<Look, CallError> {
    let account = vendors.accounts.account(user).await?;
    Ok(if account.enabled {
        Look::Needed(Map::new())
    } else {
        Look::Already
    })
}

/// What has to be known to see that sessions were ended: since when they were good, and when we looked.
pub(crate) async fn before_revoke(
    vendors: &Vendors,
    user: &UserId,
    now: Timestamp,
) -> Result<Look, CallError> {
    let account = vendors.accounts.account(user).await?;
    Ok(Look::Needed(Map::from_iter([
        ("looked_at".to_owned(), json!(now)),
        (
            "sessions_valid_from".to_owned(),
            json!(account.sessions_valid_from),
        ),
    ])))
}

/// Since when sessions are good, when that was moved since the look.
pub(crate) async fn revoked(
    vendors: &Vendors,
    user: &UserId,
    before: &Map<String, Value>,
) -> Result<Option<Map<String, Value>>, CallError> {
    let Some(now) = vendors.accounts.account(user).await?.sessions_valid_from else {
        return Ok(None);
    };
    let time = |name| -> Option<Timestamp> { before.get(name)?.as_str()?.parse().ok() };
    // What moved counts, for the directory's clock is not ours; it counts in seconds, so a revocation within the second of
    // an earlier one moves nothing, and is known by its time.
    let moved = time("sessions_valid_from").is_none_or(|was| now > was);
    let fresh = time("looked_at").is_some_and(|at| now.as_second() >= at.as_second());
    Ok((moved || fresh).then(|| Map::from_iter([("revoked_at".to_owned(), json!(now))])))
}
