//! `PUT /api/v1/users/{id}/` and `PATCH /api/v1/users/{id}/`: change a user. Both leave alone what they are not given:
//! contract B's `PUT` example is a part of a user, too.

use crate::cut_keys::Cut;
use crate::number::Number;
use crate::people::roles_of;
use crate::roles::held;
use crate::sign_in::waiting;
use crate::users::{self, found, recounted, renamed, taken};
use crate::{names, verification};
use audit::Entry;
use auth::{AuthError, Permission, Role, UsersAdmin, password, scopes_of};
use axum::Json;
use domain::Tenant;
use kit::{App, Body, Caller, Id, Patch, Problem, Problems, SelfOr};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use store::{PasswordRow, UserRow};
use utoipa::ToSchema;

/// What to change; what is absent stays.
#[derive(Default, Deserialize, ToSchema)]
pub(crate) struct UserChange {
    /// The name they sign in with. Takes `users:admin`.
    #[serde(default)]
    #[schema(value_type = Option<String>, example = "jane.smith")]
    username: Patch<String>,
    /// From an administrator it holds at once, and they are asked to show that it is theirs; from themselves it takes the
    /// place of theirs once they have shown it.
    #[serde(default)]
    #[schema(value_type = Option<String>, example = "jane.doe@example.com")]
    email: Patch<String>,
    /// Null is an empty one.
    #[serde(default)]
    #[schema(value_type = Option<String>, example = "Jane")]
    first_name: Patch<String>,
    /// Null is an empty one.
    #[serde(default)]
    #[schema(value_type = Option<String>, example = "Doe")]
    last_name: Patch<String>,
    /// Whether they may sign in. Takes `users:admin`; false ends their sessions and revokes the keys they made.
    #[serde(default)]
    #[schema(value_type = Option<bool>)]
    is_active: Patch<bool>,
    /// Another password; it ends their sessions.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    password: Patch<String>,
    /// The password until now, to change one's own.
    #[serde(default)]
    current_password: Option<String>,
}

/// The user as they stand now.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct UpdatedUser {
    #[schema(example = 2)]
    id: u64,
    #[schema(example = "jane.smith")]
    username: String,
    #[schema(example = "jane.doe@example.com")]
    email: String,
    /// Whether the address was shown to be theirs.
    email_verified: bool,
    /// The address that takes its place once it was shown to be theirs.
    pending_email: Option<String>,
    #[schema(example = "Jane")]
    first_name: String,
    #[schema(example = "Doe")]
    last_name: String,
    is_active: bool,
    #[schema(example = "User updated successfully")]
    message: &'static str,
}

/// Change a user; what is not given stays as it is.
///
/// One changes one's own names, address and password, the last with `current_password`; everything else takes `users:admin`.
#[utoipa::path(put, path = "/api/v1/users/{id}/", operation_id = "update_user", request_body = UserChange,
    params(("id" = u64, Path, description = "The user's number.", example = 2)),
    responses((status = 200, body = UpdatedUser), Problems), security(("bearer" = []), ("api_key" = [])))]
pub(crate) async fn update_user(
    app: App,
    caller: SelfOr<UsersAdmin>,
    Id(Number(id)): Id<Number>,
    Body(change): Body<UserChange>,
) -> Result<Json<UpdatedUser>, Problem> {
    Box::pin(changed(&app, &caller.about(id)?, id, change)).await
}

/// Change a user; what is not given stays as it is. The same as `PUT`.
#[utoipa::path(patch, path = "/api/v1/users/{id}/", operation_id = "patch_user", request_body = UserChange,
    params(("id" = u64, Path, description = "The user's number.", example = 2)),
    responses((status = 200, body = UpdatedUser), Problems), security(("bearer" = []), ("api_key" = [])))]
pub(crate) async fn patch_user(
    app: App,
    caller: SelfOr<UsersAdmin>,
    Id(Number(id)): Id<Number>,
    Body(change): Body<UserChange>,
) -> Result<Json<UpdatedUser>, Problem> {
    Box::pin(changed(&app, &caller.about(id)?, id, change)).await
}

/// A change whose members were checked one by one.
#[derive(Debug, Default, PartialEq, Eq)]
struct Wanted {
    username: Option<String>,
    email: Option<String>,
    first_name: Option<String>,
    last_name: Option<String>,
    is_active: Option<bool>,
}

async fn changed(
    app: &App,
    caller: &Caller<UsersAdmin>,
    id: u64,
    mut change: UserChange,
) -> Result<Json<UpdatedUser>, Problem> {
    let (is_self, is_admin) = (caller.user_id() == Some(id), caller.may(UsersAdmin::SCOPE));
    let tenant = caller.tenant();
    let new_password = required("password", std::mem::take(&mut change.password))?;
    let current = change.current_password.take();
    let wanted = change.checked()?;
    let seen = found(app, tenant, id).await?;
    let hash = match new_password {
        Some(_) if is_self => {
            check_current(app, tenant, &seen, current.as_deref()).await?;
            new_password
        }
        other => other,
    };
    let hash = hash
        .map(|text| hashed(app, &wanted.applied(&seen, !is_self), &text))
        .transpose()?;
    let by = caller.actor();
    let cut = Cut {
        app,
        tenant,
        by: &by,
        user: id,
        held: BTreeSet::new(),
        why: "its maker may not sign in any more",
    };
    let (seen, next) = desk::retried(|| async {
        let seen = found(app, tenant, id).await?;
        let next = wanted.applied(&seen, !is_self);
        let admins_own = seen.username != next.username || seen.is_active != next.is_active;
        if admins_own && !is_admin {
            return Err(Problem::from(AuthError::Lacks(UsersAdmin::SCOPE)).into());
        }
        if !is_self && (hash.is_some() || readdressed(&seen, &next)) {
            // With another's password or address one could sign in as them.
            held(caller.identity(), &scopes_of(&roles_of(&seen)))?;
        }
        let parts = parts(&seen, &next, hash.is_some());
        if parts.is_empty() {
            return Ok((seen.clone(), seen));
        }
        free(app, tenant, &seen, &next).await?;
        let entry = Entry::new(app.clock().now(), by.clone(), "user.updated")
            .fact("user_id", id)
            .fact("changed", parts)
            .fact("is_active", next.is_active);
        let write = app
            .store()
            .write(tenant, "update user")
            .user(Some(&seen), &next, vec![entry]);
        let mut write = renamed(write, &seen, &next);
        if let Some(hash) = &hash {
            let (before, at) = (app.store().password(tenant, id).await?, app.clock().now());
            let row = PasswordRow {
                hash: hash.clone(),
                at,
            };
            write = write.password(id, before.as_ref(), &row);
        }
        if hash.is_some() || seen.is_active != next.is_active {
            let words: Vec<&str> = roles_of(&next).into_iter().map(Role::word).collect();
            let ends = hash.is_some() || !next.is_active;
            write = write.standing(id, next.is_active, &words, ends);
        }
        let count = app.store().count(tenant, "user").await?;
        if let Some(after) = recounted(&count, &seen, &next)? {
            write = write.count("user", &count, &after);
        }
        if !next.is_active {
            write = cut.within(write).await?;
        }
        users::commit(write).await?;
        Ok((seen, next))
    })
    .await?;
    if !next.is_active {
        cut.rest().await?;
    }
    if readdressed(&seen, &next) {
        verification::tell_old(app, &seen, &next).await;
        verification::ask_after(app, tenant, &next).await;
    }
    Ok(Json(shown(next)))
}

impl UserChange {
    fn checked(self) -> Result<Wanted, Problem> {
        let username = required("username", self.username)?;
        let email = required("email", self.email)?;
        let personal = |field, given: Patch<String>| match given {
            Patch::Absent => Ok(None),
            Patch::Null => Ok(Some(String::new())),
            Patch::Value(name) => names::personal(field, &name).map(Some),
        };
        Ok(Wanted {
            username: username.as_deref().map(names::username).transpose()?,
            email: email.as_deref().map(names::email).transpose()?,
            first_name: personal("first_name", self.first_name)?,
            last_name: personal("last_name", self.last_name)?,
            is_active: required("is_active", self.is_active)?,
        })
    }
}

/// The value of a member that every user has.
fn required<T>(field: &'static str, given: Patch<T>) -> Result<Option<T>, Problem> {
    if given.is_null() {
        let message = format!("every user has {field}; leave it out to keep it");
        return Err(Problem::invalid(field, message));
    }
    Ok(given.value())
}

impl Wanted {
    /// The user as they are to be.
    fn applied(&self, seen: &UserRow, by_admin: bool) -> UserRow {
        let mut next = seen.clone();
        let texts = [
            (&self.username, &mut next.username),
            (&self.first_name, &mut next.first_name),
            (&self.last_name, &mut next.last_name),
        ];
        for (wanted, stands) in texts {
            if let Some(text) = wanted {
                stands.clone_from(text);
            }
        }
        if let Some(email) = &self.email {
            let other = (*email != seen.email).then(|| email.clone());
            next.pending_email = None;
            match other {
                Some(email) if by_admin => (next.email, next.email_verified) = (email, false),
                other => next.pending_email = other,
            }
        }
        next.is_active = self.is_active.unwrap_or(seen.is_active);
        next
    }
}

/// The names of the members that change.
fn parts(seen: &UserRow, next: &UserRow, password: bool) -> Vec<&'static str> {
    let parts = [
        ("username", seen.username != next.username),
        ("email", readdressed(seen, next)),
        ("first_name", seen.first_name != next.first_name),
        ("last_name", seen.last_name != next.last_name),
        ("is_active", seen.is_active != next.is_active),
        ("password", password),
    ];
    let changed = parts.into_iter().filter(|(_, changed)| *changed);
    changed.map(|(part, _)| part).collect()
}

/// Whether the address changes, or the one that is to take its place.
fn readdressed(seen: &UserRow, next: &UserRow) -> bool {
    seen.email != next.email || seen.pending_email != next.pending_email
}

/// Whether nobody else of the tenant signs in by the address that is asked for. The write that puts it into its place asks
/// again.
async fn free(app: &App, tenant: &Tenant, seen: &UserRow, next: &UserRow) -> Result<(), Problem> {
    let Some(email) = next.pending_email.as_deref() else {
        return Ok(());
    };
    let there = app.store().login(tenant, email).await?;
    match there.filter(|login| login.user_id != seen.id) {
        Some(_) => Err(taken()),
        None => Ok(()),
    }
}

/// Whether somebody who changes their own password knows it. Wrong ones are counted as wrong sign-ins are.
async fn check_current(
    app: &App,
    tenant: &Tenant,
    user: &UserRow,
    given: Option<&str>,
) -> Result<(), Problem> {
    let given = given.ok_or_else(|| {
        Problem::invalid(
            "current_password",
            "give current_password to change your own password",
        )
    })?;
    let (store, now) = (app.store(), app.clock().now());
    let wait = store.failures(&user.username).await?.wait(now);
    if wait > 0 {
        return Err(waiting(wait));
    }
    let kept = store.password(tenant, user.id).await?;
    if password::is_right(given, kept.as_ref().map(|kept| kept.hash.as_str())) {
        return Ok(());
    }
    store.count_failure(&user.username, now).await?;
    Err(Problem::forbidden(
        "WRONG_PASSWORD",
        "current_password is not your password; ask an administrator if you have forgotten it or never had one",
        &["current_password"],
    ))
}

fn hashed(app: &App, user: &UserRow, text: &str) -> Result<String, Problem> {
    if let Some(flaw) = password::flaw(text, &[&user.username, &user.email]) {
        return Err(Problem::invalid("password", flaw));
    }
    password::hash(text, &app.ids().bytes(16)).map_err(|error| Problem::internal(&error))
}

fn shown(user: UserRow) -> UpdatedUser {
    UpdatedUser {
        id: user.id,
        username: user.username,
        email: user.email,
        email_verified: user.email_verified,
        pending_email: user.pending_email,
        first_name: user.first_name,
        last_name: user.last_name,
        is_active: user.is_active,
        message: "User updated successfully",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::users::tests::user;

    fn wanted(text: &str) -> Result<Wanted, Problem> {
        serde_json::from_str::<UserChange>(text).unwrap().checked()
    }

    #[test]
    fn the_documented_change_is_taken_and_the_address_waits_for_its_proof() {
        let documented =
            r#"{"first_name": "Jane", "last_name": "Doe", "email": "jane.doe@example.com"}"#;
        let jane = user(&[]);
        let next = wanted(documented).unwrap().applied(&jane, false);
        assert_eq!(
            (next.email.as_str(), next.email_verified),
            ("jane@example.com", true)
        );
        assert_eq!(next.pending_email.as_deref(), Some("jane.doe@example.com"));
        assert_eq!(parts(&jane, &next, false), ["email", "last_name"]);
        let back = wanted(r#"{"email": "jane@example.com"}"#).unwrap();
        assert_eq!(back.applied(&next, false).pending_email, None);
        let at_once = wanted(documented).unwrap().applied(&jane, true);
        assert_eq!(
            (at_once.email.as_str(), at_once.email_verified),
            ("jane.doe@example.com", false)
        );
        assert_eq!(at_once.pending_email, None);
    }

    #[test]
    fn null_empties_a_personal_name_and_is_refused_elsewhere() {
        let next = wanted(r#"{"first_name": null}"#)
            .unwrap()
            .applied(&user(&[]), false);
        assert_eq!(
            (next.first_name.as_str(), next.last_name.as_str()),
            ("", "Smith")
        );
        for member in ["username", "email", "is_active"] {
            let refused = wanted(&format!("{{\"{member}\": null}}")).unwrap_err();
            assert!(
                refused.to_string().starts_with("VALIDATION_ERROR"),
                "{member}"
            );
        }
        assert!(required("password", Patch::<String>::Null).is_err());
    }

    #[test]
    fn a_change_to_what_is_there_changes_nothing() {
        let jane = user(&[Role::Agent]);
        let same = r#"{"username": "Jane.Smith", "email": "JANE@example.com", "is_active": true}"#;
        let next = wanted(same).unwrap().applied(&jane, false);
        assert!(parts(&jane, &next, false).is_empty());
        assert_eq!(wanted("{}").unwrap(), Wanted::default());
    }
}
