//! Actions that set a state in the directory: what is asked for, and where it stands outside a run.

use domain::{Access, ActionKind, UserId};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

/// What is to be done to whom.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "action", rename_all = "snake_case")]
pub(crate) enum Action {
    /// Let somebody sign in again whom an application shut out.
    UnlockAccount { user_id: UserId },
    /// The undo of an unlocking.
    LockAccount { user_id: UserId },
    /// Keep somebody from signing in.
    DisableAccount { user_id: UserId },
    /// The undo of that.
    EnableAccount { user_id: UserId },
    /// Take away everything they prove themselves with besides a password.
    RemoveMfaMethods { user_id: UserId },
    /// End every session.
    RevokeSessions { user_id: UserId },
    /// Give a membership or a licence.
    GrantAccess {
        user_id: UserId,
        access: Access,
        #[serde(skip_serializing_if = "Option::is_none", default)]
        expires_at: Option<Timestamp>,
    },
    /// Take one away.
    RevokeAccess { user_id: UserId, access: Access },
}

impl Action {
    /// Whom it concerns, as they were named.
    pub(crate) fn user(&self) -> &UserId {
        match self {
            Self::UnlockAccount { user_id }
            | Self::LockAccount { user_id }
            | Self::DisableAccount { user_id }
            | Self::EnableAccount { user_id }
            | Self::RemoveMfaMethods { user_id }
            | Self::RevokeSessions { user_id }
            | Self::GrantAccess { user_id, .. }
            | Self::RevokeAccess { user_id, .. } => user_id,
        }
    }

    /// What the policy knows it as; an undo is none of its.
    pub(crate) fn kind(&self) -> Option<ActionKind> {
        match self {
            Self::UnlockAccount { .. } => Some(ActionKind::UnlockAccount),
            Self::LockAccount { .. } | Self::EnableAccount { .. } => None,
            Self::DisableAccount { .. } => Some(ActionKind::DisableAccount),
            Self::RemoveMfaMethods { .. } => Some(ActionKind::RemoveMfaMethods),
            Self::RevokeSessions { .. } => Some(ActionKind::RevokeSessions),
            Self::GrantAccess { .. } => Some(ActionKind::GrantAccess),
            Self::RevokeAccess { .. } => Some(ActionKind::RevokeAccess),
        }
    }

    /// Its word in records.
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::EnableAccount { .. } => "enable_account",
            other => other.kind().map_or("lock_account", ActionKind::as_str),
        }
    }

    /// What it gives or takes.
    pub(crate) fn access(&self) -> Option<&Access> {
        match self {
            Self::GrantAccess { access, .. } | Self::RevokeAccess { access, .. } => Some(access),
            Self::UnlockAccount { .. }
            | Self::LockAccount { .. }
            | Self::DisableAccount { .. }
            | Self::EnableAccount { .. }
            | Self::RemoveMfaMethods { .. }
            | Self::RevokeSessions { .. } => None,
        }
    }

    /// Until when it gives.
    pub(crate) fn until(&self) -> Option<Timestamp> {
        match self {
            Self::GrantAccess { expires_at, .. } => *expires_at,
            _ => None,
        }
    }

    /// Whether it may be made a second time when nobody knows whether it was made: it sets a state, and setting it twice
    /// is setting it once. Ending sessions is not such: it would end those that were begun since. Nor is taking methods away: it
    /// would take what was registered since, for a phone keeps its id.
    pub(crate) fn is_harmless_again(&self) -> bool {
        !matches!(
            self,
            Self::RevokeSessions { .. } | Self::RemoveMfaMethods { .. }
        )
    }

    /// The id of its row on a ticket. An action and its opposite share one, so that on a ticket they follow one another.
    pub(crate) fn slot(&self) -> String {
        let what = match self {
            Self::UnlockAccount { .. }
            | Self::LockAccount { .. }
            | Self::DisableAccount { .. }
            | Self::EnableAccount { .. } => "account",
            Self::RemoveMfaMethods { .. } => "methods",
            Self::RevokeSessions { .. } => "sessions",
            Self::GrantAccess { .. } | Self::RevokeAccess { .. } => "access",
        };
        let mut hash = Sha256::new();
        for part in [
            self.user().as_str(),
            self.access().map_or("", Access::kind),
            self.access().map_or("", Access::id),
        ] {
            hash.update((part.len() as u64).to_be_bytes());
            hash.update(part);
        }
        format!("{what}-{}", &hex::encode(hash.finalize())[..32])
    }

    /// `entry` with what is asked for.
    pub(crate) fn facts(&self, entry: audit::Entry) -> audit::Entry {
        let entry = entry
            .fact("action", self.name())
            .fact("user_id", self.user().as_str());
        let entry = match self.access() {
            Some(access) => entry.fact(access.kind(), access.id()),
            None => entry,
        };
        entry.fact("expires_at", self.until().map(|at| at.to_string()))
    }

    /// As rows hold it.
    pub(crate) fn to_value(&self) -> Value {
        json!(self)
    }

    /// The action that a row holds.
    pub(crate) fn of_row(output: &Map<String, Value>) -> Option<Self> {
        serde_json::from_value(output.get("asked")?.clone()).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::GroupId;

    fn access(group: &str) -> Access {
        Access::Group(GroupId::parse(group).unwrap())
    }

    fn john() -> UserId {
        UserId::parse("abc-123").unwrap()
    }

    fn grant(group: &str, expires_at: Option<Timestamp>) -> Action {
        Action::GrantAccess {
            user_id: john(),
            access: access(group),
            expires_at,
        }
    }

    #[test]
    fn giving_and_taking_the_same_access_share_a_place_and_others_do_not() {
        let take = Action::RevokeAccess {
            user_id: john(),
            access: access("grp-1"),
        };
        let later = grant("grp-1", Some(Timestamp::UNIX_EPOCH));
        assert_eq!(grant("grp-1", None).slot(), take.slot());
        assert_eq!(grant("grp-1", None).slot(), later.slot());
        assert_ne!(grant("grp-2", None).slot(), take.slot());
        let sessions = Action::RevokeSessions { user_id: john() };
        assert_ne!(
            sessions.slot(),
            Action::UnlockAccount { user_id: john() }.slot()
        );
    }

    #[test]
    fn each_has_a_name_of_its_own_and_an_accounts_follow_one_another() {
        let user_id = john();
        let account = [
            Action::UnlockAccount {
                user_id: user_id.clone(),
            },
            Action::LockAccount {
                user_id: user_id.clone(),
            },
            Action::DisableAccount {
                user_id: user_id.clone(),
            },
            Action::EnableAccount {
                user_id: user_id.clone(),
            },
        ];
        let names = account.each_ref().map(Action::name);
        let expected = [
            "unlock_account",
            "lock_account",
            "disable_account",
            "enable_account",
        ];
        assert_eq!(names, expected);
        assert!(account.iter().all(|one| one.slot() == account[0].slot()));
        let methods = Action::RemoveMfaMethods { user_id };
        assert_ne!(methods.slot(), account[0].slot());
        assert!(!methods.is_harmless_again());
    }

    #[test]
    fn an_action_reads_back_from_its_row() {
        for action in [
            grant("grp-1", Some(Timestamp::UNIX_EPOCH)),
            Action::LockAccount { user_id: john() },
            Action::RemoveMfaMethods { user_id: john() },
        ] {
            let row = Map::from_iter([("asked".to_owned(), action.to_value())]);
            assert_eq!(Action::of_row(&row), Some(action));
        }
    }
}
