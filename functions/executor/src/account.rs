//! Whether somebody may sign in, and their sessions.

use crate::looked::{Look, Refused};
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
    if let Some(no) = at_risk(vendors, user).await? {
        return Ok(no);
    }
    match vendors.accounts.disabled_by(user).await? {
        DisabledBy::Application(_) => Ok(Look::Needed(Map::new())),
        DisabledBy::Person(_) => Ok(by_a_person()),
        DisabledBy::Unknown => Ok(Refused::conflict(
            "DISABLED_BY_ADMIN",
            "the directory does not say who disabled this account, so it may have been an administrator; ask them",
        )),
    }
}

/// Whether an account may be opened that we disabled. Nobody else may have disabled it meanwhile. The directory's log is
/// minutes behind, so that it does not say by whom speaks against nothing.
pub(crate) async fn before_enable(vendors: &Vendors, user: &UserId) -> Result<Look, CallError> {
    if vendors.accounts.account(user).await?.enabled {
        return Ok(Look::Already);
    }
    if let Some(no) = at_risk(vendors, user).await? {
        return Ok(no);
    }
    Ok(match vendors.accounts.disabled_by(user).await? {
        DisabledBy::Person(_) => by_a_person(),
        DisabledBy::Application(_) | DisabledBy::Unknown => Look::Needed(Map::new()),
    })
}

async fn at_risk(vendors: &Vendors, user: &UserId) -> Result<Option<Look>, CallError> {
    let risk = vendors.accounts.risk(user).await?;
    Ok(risk.map(|risk| {
        let why =
            format!("the directory says of this user's sign-ins: {risk}; have security look first");
        Refused::conflict("USER_AT_RISK", why)
    }))
}

fn by_a_person() -> Look {
    Refused::conflict(
        "DISABLED_BY_ADMIN",
        "an administrator disabled this account; only they may say that it opens again",
    )
}

/// Whether an account may be shut: where it is mastered, or it would come back.
pub(crate) async fn before_disable(vendors: &Vendors, user: &UserId) -> Result<Look, CallError> {
    let account = vendors.accounts.account(user).await?;
    if !account.enabled {
        return Ok(Look::Already);
    }
    if account.synced {
        return Ok(Refused::conflict(
            "SYNCED_USER",
            "this account is mastered in the on-premises directory, which would enable it again; disable it there",
        ));
    }
    Ok(Look::Needed(Map::new()))
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
