//! Removing a user, whoever asks. Their row stays, for the record names them by it.

use crate::api_key;
use crate::people::roles_of;
use crate::users::{self, names, recounted};
use audit::{Actor, Entry};
use auth::Role;
use domain::Tenant;
use kit::{App, Problem};
use store::{KeyEntry, UserRow, Write};

/// Keys that one transaction revokes: three rows each, of the hundred it takes.
const AT_ONCE: usize = 20;

/// Removes a user of the tenant: their sessions, their sign-in names and the keys they made go with them. Removing them
/// again is ok.
///
/// # Errors
/// 404 when there never was one; 409 when no administrator would be left.
pub(crate) async fn remove(app: &App, tenant: &Tenant, by: &Actor, id: u64) -> Result<(), Problem> {
    desk::retried(|| async {
        let store = app.store();
        let seen = store.user(tenant, id).await?;
        let seen = seen.ok_or_else(|| Problem::not_found("user"))?;
        if seen.deleted_at.is_some() {
            return Ok(());
        }
        let next = removed(app, &seen);
        let count = store.count(tenant, "user").await?;
        let after = recounted(&count, &seen, &next)?;
        let entry = Entry::new(app.clock().now(), by.clone(), "user.removed")
            .fact("user_id", id)
            .fact("roles", words(&seen));
        let mut write = store
            .write(tenant, "remove user")
            .user(Some(&seen), &next, vec![entry])
            .standing(id, false, &[], true);
        for name in names(&seen) {
            write = write.login_gone(name);
        }
        if let Some(after) = after {
            write = write.count("user", &count, &after);
        }
        for key in keys_of(app, tenant, id).await?.iter().take(AT_ONCE) {
            write = revoked(app, tenant, by, write, key);
        }
        users::commit(write).await
    })
    .await?;
    revoke_left(app, tenant, by, id).await
}

/// Revokes the keys that a removed user's own transaction had no room for, or that were made at the same moment.
async fn revoke_left(app: &App, tenant: &Tenant, by: &Actor, user: u64) -> Result<(), Problem> {
    loop {
        let left = desk::retried(|| async {
            let keys = keys_of(app, tenant, user).await?;
            let mut write = app.store().write(tenant, "revoke keys");
            for key in keys.iter().take(AT_ONCE) {
                write = revoked(app, tenant, by, write, key);
            }
            if !keys.is_empty() {
                write.commit().await?;
            }
            Ok(keys.len().saturating_sub(AT_ONCE))
        })
        .await?;
        if left == 0 {
            return Ok(());
        }
    }
}

/// The keys that a user made and that still stand.
async fn keys_of(app: &App, tenant: &Tenant, user: u64) -> Result<Vec<KeyEntry>, Problem> {
    let mut keys = app.store().keys(tenant).await?;
    keys.retain(|key| key.user_id == Some(user) && key.revoked_at.is_none());
    Ok(keys)
}

/// Adds to a change that a key is revoked.
fn revoked<'a>(
    app: &App,
    tenant: &Tenant,
    by: &Actor,
    write: Write<'a>,
    seen: &KeyEntry,
) -> Write<'a> {
    let now = app.clock().now();
    let next = KeyEntry {
        revoked_at: Some(now),
        ..seen.clone()
    };
    let entry = Entry::new(now, by.clone(), "key.revoked")
        .fact("key_id", seen.id)
        .fact("why", "its maker was removed");
    write
        .key(Some(seen), &next, vec![entry])
        .key_row(&next.hash, &api_key::row(tenant, &next))
}

fn removed(app: &App, seen: &UserRow) -> UserRow {
    UserRow {
        is_active: false,
        pending_email: None,
        roles: Vec::new(),
        deleted_at: Some(app.clock().now()),
        ..seen.clone()
    }
}

fn words(user: &UserRow) -> Vec<&'static str> {
    roles_of(user).into_iter().map(Role::word).collect()
}
