//! What the operations on users have in common.

use crate::people::roles_of;
use auth::Role;
use desk::Raced;
use domain::Tenant;
use kit::{App, Problem};
use std::collections::BTreeSet;
use store::{CountRow, StoreError, UserRow, Write};

/// A user of the tenant who was not removed.
///
/// # Errors
/// 404 when there is none.
pub(crate) async fn found(app: &App, tenant: &Tenant, id: u64) -> Result<UserRow, Problem> {
    let user = app.store().user(tenant, id).await?;
    let user = user.filter(|user| user.deleted_at.is_none());
    user.ok_or_else(|| Problem::not_found("user"))
}

/// The names that a user signs in by.
pub(crate) fn names(user: &UserRow) -> BTreeSet<&str> {
    BTreeSet::from([user.username.as_str(), user.email.as_str()])
}

/// Adds to a change that `next` signs in by other names than `seen` did.
pub(crate) fn renamed<'a>(mut write: Write<'a>, seen: &UserRow, next: &UserRow) -> Write<'a> {
    let (before, after) = (names(seen), names(next));
    for name in before.difference(&after) {
        write = write.login_gone(name);
    }
    for name in after.difference(&before) {
        write = write.login(name, next.id);
    }
    write
}

/// Whether this is one of the administrators that the tenant counts.
fn is_admin(user: &UserRow) -> bool {
    user.is_active && user.deleted_at.is_none() && roles_of(user).contains(&Role::Admin)
}

/// The tenant's count of users once `seen` has become `next`; none when it stays as it is.
///
/// # Errors
/// 409 when no administrator would be left.
pub(crate) fn recounted(
    count: &CountRow,
    seen: &UserRow,
    next: &UserRow,
) -> Result<Option<CountRow>, Problem> {
    let admins = match (is_admin(seen), is_admin(next)) {
        (true, false) if count.admins <= 1 => return Err(last_admin()),
        (true, false) => count.admins - 1,
        (false, true) => count.admins + 1,
        _ => count.admins,
    };
    let removed = seen.deleted_at.is_none() && next.deleted_at.is_some();
    let live = count.live.saturating_sub(u64::from(removed));
    let changed = admins != count.admins || live != count.live;
    Ok(changed.then(|| CountRow {
        admins,
        live,
        ..count.clone()
    }))
}

/// Commits a change of a user. A name that is somebody else's is said; anything else that was changed meanwhile is a race.
///
/// # Errors
/// 409 when a sign-in name is taken.
pub(crate) async fn commit(write: Write<'_>) -> Result<(), Raced> {
    match write.commit().await {
        Err(StoreError::Conflict {
            what: "sign-in name",
        }) => Err(Raced::Problem(taken())),
        other => Ok(other?),
    }
}

/// A user name or address is somebody else's.
pub(crate) fn taken() -> Problem {
    Problem::conflict(
        "NAME_TAKEN",
        "somebody of this organization has this user name or e-mail address; choose another",
    )
}

fn last_admin() -> Problem {
    Problem::conflict(
        "LAST_ADMIN",
        "this is the last administrator who may sign in; make somebody else one first",
    )
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::roles::assignment_id;
    use jiff::Timestamp;
    use store::Assignment;

    /// A user with these roles.
    pub(crate) fn user(roles: &[Role]) -> UserRow {
        let given = |role: &Role| Assignment {
            id: assignment_id(2, *role),
            role: role.word().to_owned(),
            at: Timestamp::UNIX_EPOCH,
        };
        UserRow {
            id: 2,
            username: "jane.smith".to_owned(),
            email: "jane@example.com".to_owned(),
            email_verified: true,
            self_registered: false,
            pending_email: None,
            first_name: "Jane".to_owned(),
            last_name: "Smith".to_owned(),
            is_active: true,
            roles: roles.iter().map(given).collect(),
            date_joined: Timestamp::UNIX_EPOCH,
            deleted_at: None,
            chain: domain::ChainHead::default(),
            rev: 1,
        }
    }

    fn count(admins: u64) -> CountRow {
        CountRow {
            last: 9,
            live: 5,
            admins,
            rev: 7,
        }
    }

    #[test]
    fn the_last_admin_stays_however_they_would_go() {
        let admin = user(&[Role::Admin]);
        let inactive = UserRow {
            is_active: false,
            ..admin.clone()
        };
        let removed = UserRow {
            deleted_at: Some(Timestamp::UNIX_EPOCH),
            ..admin.clone()
        };
        for gone in [&user(&[Role::Viewer]), &inactive, &removed] {
            let refused = recounted(&count(1), &admin, gone).unwrap_err();
            assert!(refused.to_string().starts_with("LAST_ADMIN"), "{refused}");
            let next = recounted(&count(2), &admin, gone).unwrap().unwrap();
            assert_eq!(next.admins, 1);
        }
    }

    #[test]
    fn admins_and_users_are_counted_as_they_come_and_go() {
        let (viewer, admin) = (user(&[Role::Viewer]), user(&[Role::Admin]));
        let made = recounted(&count(1), &viewer, &admin).unwrap().unwrap();
        assert_eq!((made.admins, made.live), (2, 5));
        let removed = UserRow {
            deleted_at: Some(Timestamp::UNIX_EPOCH),
            ..viewer.clone()
        };
        let gone = recounted(&count(1), &viewer, &removed).unwrap().unwrap();
        assert_eq!((gone.admins, gone.live, gone.last), (1, 4, 9));
        // An administrator who may not sign in is none.
        let idle = |user: &UserRow| UserRow {
            is_active: false,
            ..user.clone()
        };
        let still = recounted(&count(1), &idle(&viewer), &idle(&admin)).unwrap();
        assert_eq!(still, None);
        assert_eq!(recounted(&count(1), &viewer, &viewer).unwrap(), None);
    }

    #[test]
    fn a_user_whose_name_is_their_address_has_one_name() {
        let mut jane = user(&[]);
        assert_eq!(names(&jane).len(), 2);
        jane.username.clone_from(&jane.email);
        assert_eq!(names(&jane), BTreeSet::from(["jane@example.com"]));
    }
}
