//! The rows of what was given, kept in step with the actions that give and take.

use crate::action::Action;
use crate::begun::{Begun, Outcome};
use domain::{Access, Grant, GrantEnd, GrantId, Tenant, TicketId, UserId};
use jiff::Timestamp;
use kit::App;
use serde_json::{Map, Value, json};
use store::{StoreError, Write};

/// Grants that one write closes.
const AT_ONCE: usize = 20;

/// The row of what an action is about to give. It stands before the directory is asked, so that what was given and never
/// recorded ends in time all the same.
pub(crate) fn intended(
    app: &App,
    ticket: TicketId,
    user: &UserId,
    action: &Action,
) -> Option<Grant> {
    let Action::GrantAccess {
        access, expires_at, ..
    } = action
    else {
        return None;
    };
    let bits = app.ids().ulid(app.clock().now());
    let id = GrantId::of(user, bits);
    Some(Grant::intended(
        id,
        ticket,
        user.clone(),
        access.clone(),
        *expires_at,
    ))
}

/// What an earlier call began and left, with its grant as it stands; `None` when its row does not say.
pub(crate) async fn left(
    app: &App,
    tenant: &Tenant,
    row: &Map<String, Value>,
) -> Result<Option<Begun>, StoreError> {
    let Some(begun) = Begun::of_row(row) else {
        return Ok(None);
    };
    let id = row.get("grant_id").and_then(Value::as_str);
    let grant = match id.and_then(|id| GrantId::parse(id).ok()) {
        Some(id) => app.store().grant(tenant, &id).await?,
        None => None,
    };
    Ok(Some(Begun { grant, ..begun }))
}

/// The live grants of just this access to just this person, oldest first.
pub(crate) async fn live(
    app: &App,
    tenant: &Tenant,
    user: &UserId,
    access: &Access,
) -> Result<Vec<Grant>, StoreError> {
    let mut grants = app.store().grants_to(tenant, user).await?;
    grants.retain(|grant| grant.is_live() && grant.access == *access);
    grants.truncate(AT_ONCE);
    Ok(grants)
}

/// `before` with the end of what is about to be taken away, so that taking back gives it until then and no longer.
pub(crate) async fn with_end(
    app: &App,
    tenant: &Tenant,
    user: &UserId,
    action: &Action,
    mut before: Map<String, Value>,
) -> Result<Map<String, Value>, StoreError> {
    if let Action::RevokeAccess { access, .. } = action
        && let Some(end) = ends(&live(app, tenant, user, access).await?)
    {
        before.insert("expires_at".to_owned(), json!(end));
    }
    Ok(before)
}

/// When access ends that these grants gave: with the last of them, never when one of them has no end.
fn ends(grants: &[Grant]) -> Option<Timestamp> {
    let ends: Option<Vec<Timestamp>> = grants.iter().map(|grant| grant.expires_at).collect();
    ends?.into_iter().max()
}

/// The rows that an outcome changes, as they stand now.
pub(crate) async fn touched(
    app: &App,
    tenant: &Tenant,
    begun: &Begun,
) -> Result<Vec<Grant>, StoreError> {
    match (&begun.action, &begun.grant) {
        (Action::GrantAccess { .. }, Some(grant)) => {
            let there = app.store().grant(tenant, &grant.id).await?;
            Ok(there.into_iter().collect())
        }
        (Action::RevokeAccess { access, .. }, _) => live(app, tenant, &begun.user, access).await,
        _ => Ok(Vec::new()),
    }
}

/// The same grants after `outcome`. Nobody knows of an unknown one: its rows stay as they are.
pub(crate) fn after(grant: &Grant, action: &Action, outcome: &Outcome, now: Timestamp) -> Grant {
    match (action, outcome) {
        (Action::GrantAccess { .. }, Outcome::Seen { .. }) => grant.given(),
        (Action::GrantAccess { .. }, Outcome::Nothing { .. }) => {
            grant.closed(GrantEnd::NeverGiven, now)
        }
        (Action::RevokeAccess { .. }, Outcome::Seen { .. }) => {
            grant.closed(GrantEnd::SeenGone, now)
        }
        _ => grant.clone(),
    }
}

/// `write` with the grants that `outcome` changed.
pub(crate) fn with<'a>(
    mut write: Write<'a>,
    grants: &[Grant],
    action: &Action,
    outcome: &Outcome,
    now: Timestamp,
) -> Write<'a> {
    for grant in grants {
        let next = after(grant, action, outcome, now);
        if next != *grant {
            write = write.grant(Some(grant), &next);
        }
    }
    write
}

/// `entry` with what a record says of a result.
pub(crate) fn told(entry: audit::Entry, result: &Map<String, Value>) -> audit::Entry {
    ["revoked_at", "removed", "kinds"]
        .into_iter()
        .fold(entry, |entry, name| {
            entry.fact(name, result.get(name).cloned().unwrap_or(Value::Null))
        })
}

/// What a caller is told of an action that was done.
pub(crate) fn result(
    begun: &Begun,
    shown: &Map<String, Value>,
    closed: &[Grant],
) -> Map<String, Value> {
    let mut result = shown.clone();
    match &begun.action {
        Action::RevokeSessions { .. } => {}
        Action::UnlockAccount { .. }
        | Action::LockAccount { .. }
        | Action::DisableAccount { .. }
        | Action::EnableAccount { .. }
        | Action::RemoveMfaMethods { .. } => {
            result.insert("changed".to_owned(), json!(true));
        }
        Action::GrantAccess { .. } => {
            result.insert("changed".to_owned(), json!(true));
            named(&mut result, begun.grant.as_ref());
        }
        Action::RevokeAccess { .. } => {
            result.insert("changed".to_owned(), json!(true));
            named(&mut result, closed.first());
        }
    }
    result
}

/// What a caller is told of an action that was not needed.
pub(crate) fn unneeded(action: &Action, grants: &[Grant]) -> Map<String, Value> {
    let mut result = Map::from_iter([("changed".to_owned(), json!(false))]);
    if matches!(action, Action::RemoveMfaMethods { .. }) {
        result.insert("removed".to_owned(), json!(0));
        result.insert("kinds".to_owned(), json!({}));
    }
    named(&mut result, grants.first());
    result
}

fn named(result: &mut Map<String, Value>, grant: Option<&Grant>) {
    if let Some(grant) = grant {
        result.insert("grant_id".to_owned(), json!(grant.id));
        if let Some(at) = grant.expires_at {
            result.insert("expires_at".to_owned(), json!(at));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doubles::{group, user};
    use jiff::SignedDuration;

    #[test]
    fn access_ends_with_the_last_of_its_grants() {
        let until = |hours: Option<i64>| {
            let end = hours.map(|hours| Timestamp::UNIX_EPOCH + SignedDuration::from_hours(hours));
            let id = GrantId::of(&user(), 1);
            Grant::intended(
                id,
                TicketId::from_bits(1),
                user(),
                Access::Group(group()),
                end,
            )
        };
        let last = ends(&[until(Some(1)), until(Some(3)), until(Some(2))]);
        assert_eq!(last, until(Some(3)).expires_at);
        assert_eq!(ends(&[until(Some(1)), until(None)]), None);
        assert_eq!(ends(&[]), None);
    }
}
