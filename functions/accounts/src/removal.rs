//! Removing a user, whoever asks. Their row stays, for the record names them by it.

use crate::cut_keys::Cut;
use crate::people::roles_of;
use crate::users::{self, names, recounted};
use audit::{Actor, Entry};
use auth::Role;
use domain::Tenant;
use kit::{App, Problem};
use std::collections::BTreeSet;
use store::UserRow;

/// Removes a user of the tenant: their sessions, their sign-in names and the keys they made go with them. Removing them
/// again is ok.
///
/// # Errors
/// 404 when there never was one; 409 when no administrator would be left.
pub(crate) async fn remove(app: &App, tenant: &Tenant, by: &Actor, id: u64) -> Result<(), Problem> {
    let cut = Cut {
        app,
        tenant,
        by,
        user: id,
        held: BTreeSet::new(),
        why: "its maker was removed",
    };
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
        users::commit(cut.within(write).await?).await
    })
    .await?;
    cut.rest().await
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
