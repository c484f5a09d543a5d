//! Somebody whom their company vouches for: the roles their groups give them, and their account here.
//!
//! They are known by issuer and subject for good, never by their address: an address moves from one person to another, and
//! whoever runs an issuer can write any address into a token.

use crate::cut_keys::Cut;
use crate::names;
use crate::people::{NewUser, roles_of};
use crate::roles::assignment_id;
use crate::users::{self, recounted};
use audit::{Actor, Entry};
use auth::oidc::{Groups, IdClaims, login_name};
use auth::{Role, scopes_of};
use desk::Raced;
use domain::Tenant;
use jiff::Timestamp;
use kit::{App, Problem};
use oidc::Config;
use ports::CallError;
use std::collections::BTreeSet;
use store::{Assignment, StoreError, UserRow};

/// Why somebody whom their company vouches for is not let in.
#[derive(Debug)]
pub(crate) enum Turned {
    /// None of their groups has a role here.
    NoRole,
    /// They are in more groups than the company's sign-in tells.
    TooManyGroups,
    /// The company's sign-in tells no e-mail address.
    NoEmail,
    /// Another account here has their address.
    EmailTaken,
    /// Their account was made inactive or removed.
    Inactive,
    /// Anything else.
    Problem(Problem),
}

impl From<Problem> for Turned {
    fn from(problem: Problem) -> Self {
        Self::Problem(problem)
    }
}

/// The roles of somebody in these groups.
///
/// # Errors
/// When they have none, or the secret names a role that is none.
pub(crate) fn granted(config: &Config, groups: &Groups) -> Result<BTreeSet<Role>, Turned> {
    let Groups::Listed(groups) = groups else {
        return Err(Turned::TooManyGroups);
    };
    let mapped = config
        .groups
        .iter()
        .filter(|(group, _)| groups.contains(group));
    let mut roles = BTreeSet::new();
    for (_, word) in mapped {
        roles.insert(role(word)?);
    }
    if roles.is_empty()
        && let Some(word) = &config.default_role
    {
        roles.insert(role(word)?);
    }
    if roles.is_empty() {
        return Err(Turned::NoRole);
    }
    Ok(roles)
}

fn role(word: &str) -> Result<Role, Problem> {
    Role::named(word).ok_or_else(|| {
        let words: Vec<&str> = Role::ALL.into_iter().map(Role::word).collect();
        let message = format!(
            "the secret oidc names a role that is none of {}",
            words.join(", ")
        );
        let vendor = "the company's sign-in";
        CallError::Misconfigured { vendor, message }.into()
    })
}

/// The account of whoever the issuer named, with these roles: the one they have, else a new one.
///
/// # Errors
/// When they are not let in, or the tables cannot be asked.
pub(crate) async fn account(
    app: &App,
    tenant: &Tenant,
    issuer: &str,
    claims: &IdClaims,
    roles: &BTreeSet<Role>,
) -> Result<UserRow, Turned> {
    let name = login_name(issuer, &claims.subject);
    if let Some(id) = known(app, tenant, &name).await? {
        return brought_up(app, tenant, id, roles).await;
    }
    let email = claims
        .email
        .as_deref()
        .and_then(|email| names::email(email).ok());
    let email = email.ok_or(Turned::NoEmail)?;
    let roles_now: Vec<Role> = roles.iter().copied().collect();
    let plain = |given: &str| names::personal("name", given).unwrap_or_default();
    let (first_name, last_name) = (plain(&claims.first_name), plain(&claims.last_name));
    let new = NewUser {
        username: &email,
        email: &email,
        email_verified: claims.email_verified,
        self_registered: false,
        first_name: &first_name,
        last_name: &last_name,
        password: None,
        is_active: true,
        roles: &roles_now,
    };
    if let Some(user) = made(app, tenant, &name, &new).await? {
        return Ok(user);
    }
    // They may have signed in twice at once; else somebody else has the address.
    match known(app, tenant, &name).await? {
        Some(id) => brought_up(app, tenant, id, roles).await,
        None => Err(Turned::EmailTaken),
    }
}

/// The user who signs in by this name.
async fn known(app: &App, tenant: &Tenant, name: &str) -> Result<Option<u64>, Problem> {
    let login = app.store().login(tenant, name).await?;
    Ok(login.map(|login| login.user_id))
}

/// Makes the account; none when its address, or the name itself, is taken.
async fn made(
    app: &App,
    tenant: &Tenant,
    name: &str,
    new: &NewUser<'_>,
) -> Result<Option<UserRow>, Problem> {
    desk::retried(|| async {
        let store = app.store();
        let seen = store.count(tenant, "user").await?;
        let write = store.write(tenant, "company sign-in");
        let (write, user) = new.put(app, write, &seen, by())?;
        match write.login(name, user.id).commit().await {
            Ok(()) => Ok(Some(user)),
            Err(StoreError::Conflict {
                what: "sign-in name",
            }) => Ok(None),
            Err(error) => Err(Raced::from(error)),
        }
    })
    .await
}

/// The account with these roles; the record says when they changed.
async fn brought_up(
    app: &App,
    tenant: &Tenant,
    id: u64,
    roles: &BTreeSet<Role>,
) -> Result<UserRow, Turned> {
    let by = by();
    let cut = |user: &UserRow| Cut {
        app,
        tenant,
        by: &by,
        user: id,
        held: scopes_of(&roles_of(user)),
        why: "its maker's groups changed",
    };
    let user = desk::retried(|| async {
        let store = app.store();
        let now = app.clock().now();
        let (seen, count) = tokio::try_join!(store.user(tenant, id), store.count(tenant, "user"))?;
        let Some(seen) = seen.filter(|user| user.is_active && user.deleted_at.is_none()) else {
            return Ok(None);
        };
        let next = with_roles(&seen, roles, count.admins, now);
        if next == seen {
            return Ok(Some((seen, false)));
        }
        let words: Vec<&str> = roles_of(&next).into_iter().map(Role::word).collect();
        let entry = Entry::new(now, by.clone(), "user.roles_changed")
            .fact("user_id", id)
            .fact("roles", words.clone());
        let mut write = store
            .write(tenant, "company sign-in")
            .user(Some(&seen), &next, vec![entry])
            .standing(id, true, &words, false);
        if let Some(after) = recounted(&count, &seen, &next)? {
            write = write.count("user", &count, &after);
        }
        users::commit(cut(&next).within(write).await?).await?;
        Ok(Some((next, true)))
    })
    .await?;
    let (user, changed) = user.ok_or(Turned::Inactive)?;
    if changed {
        cut(&user).rest().await?;
    }
    Ok(user)
}

/// The user with exactly these roles. The last administrator stays one, whatever the groups say.
fn with_roles(seen: &UserRow, roles: &BTreeSet<Role>, admins: u64, now: Timestamp) -> UserRow {
    let mut roles = roles.clone();
    if admins <= 1 && roles_of(seen).contains(&Role::Admin) && roles.insert(Role::Admin) {
        tracing::warn!(
            user_id = seen.id,
            "the last administrator is in no administrators' group any more and stays one"
        );
    }
    let mut next = seen.clone();
    next.roles
        .retain(|given| Role::named(&given.role).is_some_and(|role| roles.contains(&role)));
    let there = roles_of(&next);
    let new = roles.into_iter().filter(|role| !there.contains(role));
    next.roles.extend(new.map(|role| Assignment {
        id: assignment_id(seen.id, role),
        role: role.word().to_owned(),
        at: now,
    }));
    next
}

fn by() -> Actor {
    Actor::System("oidc".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::users::tests::user;
    use serde_json::{Value, json};

    fn config(more: &Value) -> Config {
        let mut config = json!({"issuer": "https://id.example.com", "client_id": "c", "client_secret": "s",
            "groups": {"g-agents": "agent", "g-admins": "admin", "g-odd": "owner"}});
        let more = more.as_object().unwrap().clone();
        config.as_object_mut().unwrap().extend(more);
        serde_json::from_value(config).unwrap()
    }

    fn listed(groups: &[&str]) -> Groups {
        Groups::Listed(groups.iter().map(|group| (*group).to_owned()).collect())
    }

    #[test]
    fn groups_give_roles_and_who_is_in_none_has_the_default_or_nothing() {
        let closed = config(&json!({}));
        let roles = granted(&closed, &listed(&["g-admins", "x", "g-agents"])).unwrap();
        assert_eq!(roles, BTreeSet::from([Role::Agent, Role::Admin]));
        assert!(matches!(
            granted(&closed, &listed(&["x"])),
            Err(Turned::NoRole)
        ));
        assert!(matches!(
            granted(&closed, &Groups::TooMany),
            Err(Turned::TooManyGroups)
        ));
        let open = config(&json!({"default_role": "viewer"}));
        assert_eq!(
            granted(&open, &listed(&[])).unwrap(),
            BTreeSet::from([Role::Viewer])
        );
        let only = granted(&open, &listed(&["g-agents"])).unwrap();
        assert_eq!(only, BTreeSet::from([Role::Agent]));
    }

    #[test]
    fn a_role_that_is_none_is_a_mistake_in_the_secret() {
        let refused = granted(&config(&json!({})), &listed(&["g-odd"]));
        let Err(Turned::Problem(problem)) = refused else {
            panic!("{refused:?}")
        };
        assert!(problem.to_string().contains("playbook_author"), "{problem}");
    }

    #[test]
    fn roles_are_exactly_those_of_the_groups_and_kept_ones_stay_as_they_were() {
        let now = Timestamp::from_second(9).unwrap();
        let jane = user(&[Role::Viewer, Role::Agent]);
        let next = with_roles(&jane, &BTreeSet::from([Role::Agent, Role::Auditor]), 1, now);
        assert_eq!(roles_of(&next), [Role::Agent, Role::Auditor]);
        assert_eq!(
            (next.roles[0].at, next.roles[1].at),
            (Timestamp::UNIX_EPOCH, now)
        );
        let same = with_roles(&next, &BTreeSet::from([Role::Agent, Role::Auditor]), 1, now);
        assert_eq!(same, next);
    }

    #[test]
    fn the_last_administrator_stays_one_whatever_the_groups_say() {
        let now = Timestamp::UNIX_EPOCH;
        let admin = user(&[Role::Admin]);
        let roles = |admins| {
            roles_of(&with_roles(
                &admin,
                &BTreeSet::from([Role::Viewer]),
                admins,
                now,
            ))
        };
        assert_eq!(roles(1), [Role::Admin, Role::Viewer]);
        assert_eq!(roles(2), [Role::Viewer]);
    }
}
