//! Roles: named sets of permissions. Their numbers are contract B's `role_id`.

use crate::permission::{REVEAL, all_scopes, expand};
use std::collections::BTreeSet;

/// What contract B calls the system a role belongs to.
pub const SYSTEM: &str = "TTS";

/// A named set of permissions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// Reads.
    Viewer,
    /// Answers what is asked of a manager.
    Approver,
    /// Writes playbooks and may not put them to work.
    PlaybookAuthor,
    /// Puts playbooks to work and may not write them.
    PlaybookActivator,
    /// Works on tickets.
    Agent,
    /// Reads the record and nothing that is not needed for it.
    Auditor,
    /// Everything.
    Admin,
    /// A program that does what an agent does.
    Service,
}

/// Whose requests are counted against which limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Class {
    /// People and programs.
    User,
    /// Administrators.
    Admin,
}

impl Role {
    /// Every role, in the order of their numbers.
    pub const ALL: [Self; 8] = [
        Self::Viewer,
        Self::Approver,
        Self::PlaybookAuthor,
        Self::PlaybookActivator,
        Self::Agent,
        Self::Auditor,
        Self::Admin,
        Self::Service,
    ];

    /// Its number, from 1.
    #[must_use]
    pub fn id(self) -> u8 {
        match self {
            Self::Viewer => 1,
            Self::Approver => 2,
            Self::PlaybookAuthor => 3,
            Self::PlaybookActivator => 4,
            Self::Agent => 5,
            Self::Auditor => 6,
            Self::Admin => 7,
            Self::Service => 8,
        }
    }

    /// The role with this number.
    #[must_use]
    pub fn of(id: u64) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|role| u64::from(role.id()) == id)
    }

    /// The role of this word.
    #[must_use]
    pub fn named(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.word() == word)
    }

    /// Its word in tokens, rows and documents.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Viewer => "viewer",
            Self::Approver => "approver",
            Self::PlaybookAuthor => "playbook_author",
            Self::PlaybookActivator => "playbook_activator",
            Self::Agent => "agent",
            Self::Auditor => "auditor",
            Self::Admin => "admin",
            Self::Service => "service",
        }
    }

    /// Its name for people.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Viewer => "Viewer",
            Self::Approver => "Approver",
            Self::PlaybookAuthor => "Playbook author",
            Self::PlaybookActivator => "Playbook activator",
            Self::Agent => "Agent",
            Self::Auditor => "Auditor",
            Self::Admin => "Admin",
            Self::Service => "Service",
        }
    }

    /// What it is for, for people.
    #[must_use]
    pub fn description(self) -> &'static str {
        match self {
            Self::Viewer => "Reads tickets' decisions, playbooks and runs",
            Self::Approver => "Reads runs and answers what is asked of a manager",
            Self::PlaybookAuthor => "Writes playbooks; somebody else puts them to work",
            Self::PlaybookActivator => "Puts playbooks to work; somebody else writes them",
            Self::Agent => "Support agent: classifies, runs playbooks, verifies people, delivers",
            Self::Auditor => "Reads the record, and how people were verified",
            Self::Admin => "Everything, accounts, keys and organizations included",
            Self::Service => {
                "A program that does what an agent does, and sees credentials it asked for"
            }
        }
    }

    /// What it allows.
    #[must_use]
    pub fn scopes(self) -> BTreeSet<&'static str> {
        let viewer = [
            "account:read",
            "classify:read",
            "playbook:read",
            "exec:read",
            "delivery:read",
        ];
        let with = |more: &[&'static str]| viewer.iter().chain(more).copied().collect();
        match self {
            Self::Viewer => with(&[]),
            Self::PlaybookAuthor => with(&["playbook:write", "playbook:simulate"]),
            Self::PlaybookActivator => with(&["playbook:activate", "playbook:simulate"]),
            Self::Approver => with(&["verify:read"]),
            Self::Agent => with(&[
                "verify:read",
                "inbox:read",
                "users:read",
                "scripts:read",
                "classify:feedback",
            ])
            .into_iter()
            .chain(expand("write"))
            .collect(),
            Self::Auditor => with(&[
                "verify:read",
                "audit:read",
                "inbox:read",
                "users:read",
                "keys:read",
                "policy:read",
                "organization:read",
            ]),
            Self::Admin => all_scopes().collect(),
            Self::Service => with(&["verify:read", "inbox:read", "audit:read", REVEAL])
                .into_iter()
                .chain(expand("write"))
                .collect(),
        }
    }
}

/// What these roles allow together.
#[must_use]
pub fn scopes_of(roles: &[Role]) -> BTreeSet<&'static str> {
    roles.iter().flat_map(|role| role.scopes()).collect()
}

/// Which limit holds for someone with these scopes.
#[must_use]
pub fn class_of<'a>(scopes: impl IntoIterator<Item = &'a str>) -> Class {
    if scopes.into_iter().any(|scope| scope.ends_with(":admin")) {
        Class::Admin
    } else {
        Class::User
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_words_name_one_role_each() {
        for role in Role::ALL {
            assert_eq!(Role::of(u64::from(role.id())), Some(role));
            assert_eq!(Role::named(role.word()), Some(role));
        }
        assert_eq!(
            Role::of(5).map(Role::name),
            Some("Agent"),
            "contract B's example"
        );
        assert_eq!(Role::of(9), None);
    }

    #[test]
    fn who_writes_a_playbook_and_who_puts_it_to_work_are_two() {
        let both = ["playbook:write", "playbook:activate"];
        for role in Role::ALL {
            let scopes = role.scopes();
            let has = both.iter().filter(|right| scopes.contains(*right)).count();
            let expected = match role {
                Role::Admin => 2,
                Role::PlaybookAuthor | Role::PlaybookActivator => 1,
                _ => 0,
            };
            assert_eq!(has, expected, "{role:?}");
        }
    }

    #[test]
    fn only_an_admin_may_give_rights_and_only_two_roles_see_credentials() {
        for role in Role::ALL {
            let scopes = role.scopes();
            let gives = [
                "users:admin",
                "roles:assign",
                "keys:write",
                "organization:admin",
            ];
            assert_eq!(
                gives.iter().any(|right| scopes.contains(right)),
                role == Role::Admin,
                "{role:?}"
            );
            let sees = matches!(role, Role::Admin | Role::Service);
            assert_eq!(scopes.contains(REVEAL), sees, "{role:?}");
        }
    }
}
