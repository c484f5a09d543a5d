//! Where the directory stands before an action, and whether it shows what the action was for.

use crate::action::Action;
use crate::vendors::Vendors;
use crate::{access, account};
use domain::{Person, UserId};
use http::StatusCode;
use jiff::Timestamp;
use ports::CallError;
use serde_json::{Map, Value};

/// What a look at the directory says of an action.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Look {
    /// It is so already.
    Already,
    /// It may not be.
    Refused(Refused),
    /// It is to be done; what has to be known afterwards, to see whether it was.
    Needed(Map<String, Value>),
}

/// Why an action may not be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Refused {
    pub(crate) status: StatusCode,
    pub(crate) code: &'static str,
    /// A sentence for people.
    pub(crate) why: String,
}

impl Refused {
    pub(crate) fn conflict(code: &'static str, why: impl Into<String>) -> Look {
        Look::Refused(Self {
            status: StatusCode::CONFLICT,
            code,
            why: why.into(),
        })
    }

    fn protected(why: &str) -> Look {
        Look::Refused(Self {
            status: StatusCode::FORBIDDEN,
            code: "PROTECTED_USER",
            why: format!("this user {why}; no automation may touch their account"),
        })
    }
}

/// Looks at the person and at what the action would change.
pub(crate) async fn look(
    vendors: &Vendors,
    action: &Action,
    person: &Person,
    now: Timestamp,
) -> Result<Look, CallError> {
    let protected = match action {
        Action::GrantAccess { .. } => person.protected(),
        // A disabled account may be what is to be opened, or belong to somebody who leaves.
        Action::UnlockAccount { .. }
        | Action::LockAccount { .. }
        | Action::RevokeSessions { .. }
        | Action::RevokeAccess { .. } => person.untouchable(),
    };
    if let Some(why) = protected {
        return Ok(Refused::protected(why));
    }
    match action {
        Action::UnlockAccount { .. } => account::before_unlock(vendors, &person.id).await,
        Action::LockAccount { .. } => account::before_lock(vendors, &person.id).await,
        Action::RevokeSessions { .. } => account::before_revoke(vendors, &person.id, now).await,
        Action::GrantAccess { access, .. } => {
            access::before_grant(vendors, &person.id, access).await
        }
        Action::RevokeAccess { access, .. } => {
            access::before_revoke(vendors, &person.id, access).await
        }
    }
}

/// Changes the directory: one write.
pub(crate) async fn act(
    vendors: &Vendors,
    action: &Action,
    user: &UserId,
    call_id: &str,
) -> Result<(), CallError> {
    match action {
        Action::UnlockAccount { .. } => vendors.accounts.set_enabled(user, true, call_id).await,
        Action::LockAccount { .. } => vendors.accounts.set_enabled(user, false, call_id).await,
        Action::RevokeSessions { .. } => vendors.accounts.revoke_sessions(user, call_id).await,
        Action::GrantAccess { access, .. } => access::give(vendors, user, access, call_id).await,
        Action::RevokeAccess { access, .. } => access::take(vendors, user, access, call_id).await,
    }
}

/// What the directory shows of a finished action; `None` while it does not show it.
pub(crate) async fn shown(
    vendors: &Vendors,
    action: &Action,
    user: &UserId,
    before: &Map<String, Value>,
) -> Result<Option<Map<String, Value>>, CallError> {
    let is_so = match action {
        Action::UnlockAccount { .. } => vendors.accounts.account(user).await?.enabled,
        Action::LockAccount { .. } => !vendors.accounts.account(user).await?.enabled,
        Action::RevokeSessions { .. } => return account::revoked(vendors, user, before).await,
        Action::GrantAccess { access, .. } => access::holds(vendors, user, access).await?,
        Action::RevokeAccess { access, .. } => access::is_gone(vendors, user, access).await?,
    };
    Ok(is_so.then(Map::new))
}
