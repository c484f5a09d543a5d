//! Where the directory stands before an action, and whether it shows what the action was for.

use crate::action::Action;
use crate::looked::{Look, Refused};
use crate::vendors::Vendors;
use crate::{access, account, methods};
use domain::{Person, UserId};
use jiff::Timestamp;
use ports::CallError;
use serde_json::{Map, Value};

/// Looks at the person and at what the action would change.
pub(crate) async fn look(
    vendors: &Vendors,
    action: &Action,
    person: &Person,
    now: Timestamp,
) -> Result<Look, CallError> {
    let protected = match action {
        // Behind the methods comes a new way in, which a disabled account is not given.
        Action::GrantAccess { .. } | Action::RemoveMfaMethods { .. } => person.protected(),
        // A disabled account may be what is to be opened, or belong to somebody who leaves.
        Action::UnlockAccount { .. }
        | Action::LockAccount { .. }
        | Action::DisableAccount { .. }
        | Action::EnableAccount { .. }
        | Action::RevokeSessions { .. }
        | Action::RevokeAccess { .. } => person.untouchable(),
    };
    if let Some(why) = protected {
        return Ok(Look::Refused(Refused::protected(why)));
    }
    match action {
        Action::UnlockAccount { .. } => account::before_unlock(vendors, &person.id).await,
        Action::LockAccount { .. } => account::before_lock(vendors, &person.id).await,
        Action::DisableAccount { .. } => account::before_disable(vendors, &person.id).await,
        Action::EnableAccount { .. } => account::before_enable(vendors, &person.id).await,
        Action::RemoveMfaMethods { .. } => methods::before_remove(vendors, &person.id).await,
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
        Action::UnlockAccount { .. } | Action::EnableAccount { .. } => {
            vendors.accounts.set_enabled(user, true, call_id).await
        }
        Action::LockAccount { .. } | Action::DisableAccount { .. } => {
            vendors.accounts.set_enabled(user, false, call_id).await
        }
        Action::RevokeSessions { .. } => vendors.accounts.revoke_sessions(user, call_id).await,
        Action::RemoveMfaMethods { .. } => Err(CallError::Misconfigured {
            vendor: "the directory",
            message: "methods are taken away one by one, by methods::carry_out".to_owned(),
        }),
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
        Action::UnlockAccount { .. } | Action::EnableAccount { .. } => {
            vendors.accounts.account(user).await?.enabled
        }
        Action::LockAccount { .. } | Action::DisableAccount { .. } => {
            !vendors.accounts.account(user).await?.enabled
        }
        Action::RemoveMfaMethods { .. } => return methods::removed(vendors, user, before).await,
        Action::RevokeSessions { .. } => return account::revoked(vendors, user, before).await,
        Action::GrantAccess { access, .. } => access::holds(vendors, user, access).await?,
        Action::RevokeAccess { access, .. } => access::is_gone(vendors, user, access).await?,
    };
    Ok(is_so.then(Map::new))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doubles::{Double, Held, group, john, sku, user};
    use domain::Access;
    use jiff::SignedDuration;
    use ports::{DisabledBy, Holding};

    /// The code that an action is refused with, `already` or `needed`.
    async fn met(action: &Action, person: &Person, change: impl FnOnce(&mut Held)) -> &'static str {
        let vendors = Double::with(change).vendors();
        match look(&vendors, action, person, Timestamp::UNIX_EPOCH).await {
            Ok(Look::Already) => "already",
            Ok(Look::Needed(_)) => "needed",
            Ok(Look::Refused(no)) => no.code,
            Err(error) => panic!("{error}"),
        }
    }

    fn unlock() -> Action {
        Action::UnlockAccount { user_id: user() }
    }

    fn grant(access: Access) -> Action {
        Action::GrantAccess {
            user_id: user(),
            access,
            expires_at: None,
        }
    }

    fn revoke(access: Access) -> Action {
        Action::RevokeAccess {
            user_id: user(),
            access,
        }
    }

    fn team() -> Access {
        Access::Group(group())
    }

    fn office() -> Access {
        Access::Licence(sku())
    }

    #[tokio::test]
    async fn only_what_an_application_locked_is_unlocked() {
        let locked = |by| {
            move |held: &mut Held| {
                held.account.enabled = false;
                held.disabled_by = by;
            }
        };
        let disabled = Person {
            enabled: false,
            ..john()
        };
        let app = DisabledBy::Application("Lock-out".into());
        let admin = DisabledBy::Person("jane.smith@company.com".into());
        assert_eq!(met(&unlock(), &john(), |_| {}).await, "already");
        assert_eq!(met(&unlock(), &disabled, locked(app)).await, "needed");
        for by in [admin, DisabledBy::Unknown] {
            let met = met(&unlock(), &disabled, locked(by)).await;
            assert_eq!(met, "DISABLED_BY_ADMIN");
        }
        let risky = |held: &mut Held| {
            held.account.enabled = false;
            held.risk = Some("atRisk".into());
        };
        assert_eq!(met(&unlock(), &disabled, risky).await, "USER_AT_RISK");
        let synced = |held: &mut Held| {
            held.account.enabled = false;
            held.account.synced = true;
        };
        assert_eq!(met(&unlock(), &disabled, synced).await, "SYNCED_USER");
    }

    #[tokio::test]
    async fn an_account_is_disabled_where_it_is_mastered_and_once() {
        let disable = Action::DisableAccount { user_id: user() };
        assert_eq!(met(&disable, &john(), |_| {}).await, "needed");
        let closed = |held: &mut Held| held.account.enabled = false;
        assert_eq!(met(&disable, &john(), closed).await, "already");
        let synced = |held: &mut Held| held.account.synced = true;
        assert_eq!(met(&disable, &john(), synced).await, "SYNCED_USER");
    }

    #[tokio::test]
    async fn what_a_person_disabled_or_is_at_risk_is_not_enabled_by_an_undo() {
        let enable = Action::EnableAccount { user_id: user() };
        assert_eq!(met(&enable, &john(), |_| {}).await, "already");
        let by = |by| {
            move |held: &mut Held| {
                held.account.enabled = false;
                held.disabled_by = by;
            }
        };
        // The log is minutes behind: that it does not say is no reason to leave somebody out.
        assert_eq!(
            met(&enable, &john(), by(DisabledBy::Unknown)).await,
            "needed"
        );
        let admin = DisabledBy::Person("jane.smith@company.com".into());
        let met_admin = met(&enable, &john(), by(admin)).await;
        assert_eq!(met_admin, "DISABLED_BY_ADMIN");
        let risky = |held: &mut Held| {
            held.account.enabled = false;
            held.risk = Some("atRisk".into());
        };
        assert_eq!(met(&enable, &john(), risky).await, "USER_AT_RISK");
    }

    #[tokio::test]
    async fn methods_are_taken_from_whoever_has_some_and_may_sign_in() {
        let remove = Action::RemoveMfaMethods { user_id: user() };
        assert_eq!(met(&remove, &john(), |_| {}).await, "needed");
        let none = |held: &mut Held| held.methods.clear();
        assert_eq!(met(&remove, &john(), none).await, "already");
        let disabled = Person {
            enabled: false,
            ..john()
        };
        assert_eq!(met(&remove, &disabled, |_| {}).await, "PROTECTED_USER");
    }

    #[tokio::test]
    async fn a_closed_group_is_nobodys_to_change() {
        let ways: [fn(&mut Held); 4] = [
            |held| held.group.dynamic = true,
            |held| held.group.synced = true,
            |held| held.group.mail_enabled = true,
            |held| held.group.role_assignable = true,
        ];
        for close in ways {
            assert_eq!(met(&grant(team()), &john(), close).await, "GROUP_CLOSED");
            let joined = |held: &mut Held| {
                close(held);
                held.member = true;
            };
            assert_eq!(met(&revoke(team()), &john(), joined).await, "GROUP_CLOSED");
        }
    }

    #[tokio::test]
    async fn what_is_so_already_is_not_asked_for() {
        assert_eq!(met(&revoke(team()), &john(), |_| {}).await, "already");
        assert_eq!(met(&revoke(office()), &john(), |_| {}).await, "already");
        let joined = |held: &mut Held| held.member = true;
        assert_eq!(met(&grant(team()), &john(), joined).await, "already");
        let held = |held: &mut Held| held.holding = Holding::ByGroup;
        assert_eq!(met(&grant(office()), &john(), held).await, "already");
    }

    #[tokio::test]
    async fn a_licence_needs_a_seat_and_a_place_and_is_taken_from_its_holder_only() {
        let full = |held: &mut Held| held.licence.taken = 1;
        assert_eq!(met(&grant(office()), &john(), full).await, "NO_LICENSES");
        let nowhere = |held: &mut Held| held.account.usage_location = None;
        let met_nowhere = met(&grant(office()), &john(), nowhere).await;
        assert_eq!(met_nowhere, "USAGE_LOCATION_MISSING");
        let by_group = |held: &mut Held| held.holding = Holding::ByGroup;
        assert_eq!(
            met(&revoke(office()), &john(), by_group).await,
            "HELD_BY_GROUP"
        );
    }

    #[tokio::test]
    async fn a_groups_last_owner_stays() {
        let joined = |owners: Vec<UserId>| {
            move |held: &mut Held| {
                held.member = true;
                held.owners = owners;
            }
        };
        let jane = UserId::parse("def-456").unwrap();
        let last = met(&revoke(team()), &john(), joined(vec![user()])).await;
        let one_of_two = met(&revoke(team()), &john(), joined(vec![user(), jane])).await;
        assert_eq!((last, one_of_two), ("LAST_OWNER", "needed"));
    }

    #[tokio::test]
    async fn the_protected_are_refused_whatever_is_asked() {
        let admin = Person {
            directory_roles: vec!["Global Administrator".into()],
            ..john()
        };
        let guest = Person {
            guest: true,
            ..john()
        };
        let sessions = Action::RevokeSessions { user_id: user() };
        let disable = Action::DisableAccount { user_id: user() };
        let methods = Action::RemoveMfaMethods { user_id: user() };
        for action in [
            unlock(),
            disable,
            methods,
            sessions,
            grant(team()),
            revoke(team()),
        ] {
            for person in [&admin, &guest] {
                assert_eq!(met(&action, person, |_| {}).await, "PROTECTED_USER");
            }
        }
        let disabled = Person {
            enabled: false,
            ..john()
        };
        assert_eq!(
            met(&grant(team()), &disabled, |_| {}).await,
            "PROTECTED_USER"
        );
        assert_eq!(met(&revoke(team()), &disabled, |_| {}).await, "already");
    }

    #[tokio::test]
    async fn sessions_have_ended_when_the_directory_moved_their_beginning() {
        let double = Double::new();
        let vendors = double.vendors();
        let action = Action::RevokeSessions { user_id: user() };
        // Our clock is behind the directory's and then ahead: what moved counts.
        for skew in [-600, 600] {
            let now = Timestamp::UNIX_EPOCH + SignedDuration::from_secs(1_000 + skew);
            let Ok(Look::Needed(before)) = look(&vendors, &action, &john(), now).await else {
                panic!("ending sessions is always needed");
            };
            let early = shown(&vendors, &action, &user(), &before).await.unwrap();
            assert_eq!(early, None, "{skew}");
            act(&vendors, &action, &user(), "c-1").await.unwrap();
            let seen = shown(&vendors, &action, &user(), &before).await.unwrap();
            assert!(seen.unwrap().contains_key("revoked_at"));
        }
    }
}
