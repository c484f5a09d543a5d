//! A tenant's policy: what has to be proved before an action, by the action and by whom it concerns; who is protected; how
//! long access lasts; how much may happen in an hour.

use crate::{GroupId, Person, UserId};
use jiff::SignedDuration;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A sensitive action.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ActionKind {
    /// A new way in.
    ResetPassword,
    /// A locked account opened.
    UnlockAccount,
    /// An account closed.
    DisableAccount,
    /// What somebody proves themselves with taken away.
    RemoveMfaMethods,
    /// Sessions ended.
    RevokeSessions,
    /// A membership or a licence given.
    GrantAccess,
    /// A membership or a licence taken away.
    RevokeAccess,
    /// A script run on their device.
    TriggerDeviceScript,
}

impl ActionKind {
    /// Every action.
    pub const ALL: [Self; 8] = [
        Self::ResetPassword,
        Self::UnlockAccount,
        Self::DisableAccount,
        Self::RemoveMfaMethods,
        Self::RevokeSessions,
        Self::GrantAccess,
        Self::RevokeAccess,
        Self::TriggerDeviceScript,
    ];

    /// The word in records, plans, policies and receipts: `grant_access`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::ResetPassword => "reset_password",
            Self::UnlockAccount => "unlock_account",
            Self::DisableAccount => "disable_account",
            Self::RemoveMfaMethods => "remove_mfa_methods",
            Self::RevokeSessions => "revoke_sessions",
            Self::GrantAccess => "grant_access",
            Self::RevokeAccess => "revoke_access",
            Self::TriggerDeviceScript => "trigger_device_script",
        }
    }

    /// The action of this word.
    #[must_use]
    pub fn named(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == word)
    }

    /// The proofs that no policy can do without, in a sentence for whoever left them out; none where the right to ask is
    /// enough, because the action only takes away. A reset is made once per confirmation, and so always has one.
    fn lacks(self, needs: &[Need]) -> Option<&'static str> {
        match self {
            Self::RevokeSessions | Self::RevokeAccess => None,
            Self::ResetPassword => (!needs.contains(&Need::Mfa)).then_some(
                "a reset makes a secret and is made once per confirmation: add verification.mfa",
            ),
            Self::TriggerDeviceScript => needs.is_empty().then_some(
                "what acts on somebody's device needs one verification at least: add verification.mfa",
            ),
            Self::UnlockAccount | Self::GrantAccess => needs.is_empty().then_some(
                "what gives a way in or access needs one verification at least: add verification.mfa or \
                 verification.manager_approval",
            ),
            Self::DisableAccount | Self::RemoveMfaMethods => needs.is_empty().then_some(
                "what shuts somebody out needs one verification at least: add verification.manager_approval",
            ),
        }
    }

    /// What the action needs where a policy says nothing of it: of an employee, and of an executive.
    fn usual(self) -> (&'static [Need], &'static [Need]) {
        const BOTH: &[Need] = &[Need::Mfa, Need::ManagerApproval];
        match self {
            Self::RevokeSessions | Self::RevokeAccess => (&[], &[]),
            // Whom it concerns cannot confirm these: the one has left, the other has lost what they would confirm with.
            Self::GrantAccess | Self::DisableAccount | Self::RemoveMfaMethods => {
                (&[Need::ManagerApproval], &[Need::ManagerApproval])
            }
            Self::ResetPassword | Self::UnlockAccount | Self::TriggerDeviceScript => {
                (&[Need::Mfa], BOTH)
            }
        }
    }
}

/// A proof that an action needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Need {
    /// The person confirmed on their own device.
    #[serde(rename = "verification.mfa")]
    Mfa,
    /// The person's manager consented to just this.
    #[serde(rename = "verification.manager_approval")]
    ManagerApproval,
}

impl Need {
    /// Every proof.
    pub const ALL: [Self; 2] = [Self::Mfa, Self::ManagerApproval];

    /// The capability that leads to it: `verification.mfa`.
    #[must_use]
    pub fn capability(self) -> &'static str {
        match self {
            Self::Mfa => "verification.mfa",
            Self::ManagerApproval => "verification.manager_approval",
        }
    }

    /// Its word where it is missing: `mfa`, `manager_approval`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Mfa => "mfa",
            Self::ManagerApproval => "manager_approval",
        }
    }

    /// The proof of this capability.
    #[must_use]
    pub fn named(capability: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|need| need.capability() == capability)
    }

    /// How sure it makes of who said yes: 2 something they hold, 1 a mailbox they read.
    #[must_use]
    pub fn assurance(self) -> u8 {
        match self {
            Self::Mfa => 2,
            Self::ManagerApproval => 1,
        }
    }
}

/// The assurance of the strongest of these; 0 of none.
#[must_use]
pub fn assurance(needs: &[Need]) -> u8 {
    let each = needs.iter().map(|need| need.assurance());
    each.max().unwrap_or(0)
}

/// Whom the directory shows somebody to be, as far as a policy tells people apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Persona {
    /// Anybody else.
    Employee,
    /// Somebody whom the policy names an executive.
    Executive,
    /// Somebody of another organization. Always protected.
    Guest,
    /// Somebody who holds a directory role. Always protected.
    Privileged,
}

/// Who is an executive: any of these makes one. Compared without regard to case.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Executives {
    /// Their departments.
    pub departments: Vec<String>,
    /// Their job titles.
    pub job_titles: Vec<String>,
    /// Groups whose direct members they are.
    pub groups: Vec<GroupId>,
}

impl Default for Executives {
    fn default() -> Self {
        Self {
            departments: vec!["Executive".to_owned()],
            job_titles: Vec::new(),
            groups: Vec::new(),
        }
    }
}

/// Whom nothing here may touch, beside guests and those who hold a directory role: emergency accounts, service accounts.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Protected {
    /// People, by their ids in the directory.
    pub users: Vec<UserId>,
    /// Groups whose direct members are protected.
    pub groups: Vec<GroupId>,
}

/// How many actions may begin within an hour of the clock, in UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct HourlyCaps {
    /// In the whole tenant.
    pub per_hour: u32,
    /// Asked for by one caller: a key or somebody signed in, directly or by a run they started.
    pub per_caller_per_hour: u32,
}

impl Default for HourlyCaps {
    fn default() -> Self {
        Self {
            per_hour: 500,
            per_caller_per_hour: 500,
        }
    }
}

/// What an action needs of each persona that is not always protected.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Proofs {
    /// Of an employee.
    pub employee: Vec<Need>,
    /// Of an executive.
    pub executive: Vec<Need>,
}

/// A tenant's policy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Policy {
    /// Who is an executive.
    pub executives: Executives,
    /// What actions need, where that is not the usual.
    pub actions: BTreeMap<ActionKind, Proofs>,
    /// How long access may be given for, where an end is given.
    pub longest_grant_days: u32,
    /// Who is protected.
    pub protected: Protected,
    /// How much may happen.
    pub caps: HourlyCaps,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            executives: Executives::default(),
            actions: BTreeMap::new(),
            longest_grant_days: Self::LONGEST_GRANT_DAYS,
            protected: Protected::default(),
            caps: HourlyCaps::default(),
        }
    }
}

/// Why a policy is not taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PolicyFlaw {
    /// Where: `actions.reset_password.employee.verifications`.
    pub path: String,
    /// What is wrong, and what to write instead.
    pub message: String,
}

impl Policy {
    /// The longest that any policy lets access be given for.
    pub const LONGEST_GRANT_DAYS: u32 = 90;
    /// The most that a cap may say.
    pub const LARGEST_CAP: u32 = 100_000;
    /// The most names in one list.
    pub const LONGEST_LIST: usize = 200;
    /// The most groups in one list: each is asked about before an action.
    pub const MOST_GROUPS: usize = 5;
    /// The longest name of a department or job, in characters.
    pub const LONGEST_NAME: usize = 256;

    /// The proofs that `action` on such a person needs. The always protected need what an executive needs; nothing is done
    /// to them all the same.
    #[must_use]
    pub fn needs(&self, action: ActionKind, persona: Persona) -> &[Need] {
        let usual = action.usual();
        let (employee, executive) = match self.actions.get(&action) {
            Some(proofs) => (&proofs.employee[..], &proofs.executive[..]),
            None => usual,
        };
        match persona {
            Persona::Employee => employee,
            Persona::Executive | Persona::Guest | Persona::Privileged => executive,
        }
    }

    /// How long access may be given for, where an end is given.
    #[must_use]
    pub fn longest_grant(&self) -> SignedDuration {
        SignedDuration::from_hours(24 * i64::from(self.longest_grant_days))
    }

    /// Whom the directory shows `person` to be. `in_executive_group` is what it says of the policy's groups.
    #[must_use]
    pub fn persona(&self, person: &Person, in_executive_group: bool) -> Persona {
        if !person.directory_roles.is_empty() {
            Persona::Privileged
        } else if person.guest {
            Persona::Guest
        } else if in_executive_group || self.is_executive(person) {
            Persona::Executive
        } else {
            Persona::Employee
        }
    }

    /// Whether department or job title make an executive.
    #[must_use]
    pub fn is_executive(&self, person: &Person) -> bool {
        let named = |list: &[String], theirs: Option<&String>| {
            theirs.is_some_and(|theirs| {
                list.iter()
                    .any(|name| name.trim().to_lowercase() == theirs.trim().to_lowercase())
            })
        };
        named(&self.executives.departments, person.department.as_ref())
            || named(&self.executives.job_titles, person.job_title.as_ref())
    }

    /// What is wrong with it: weaker than it may be, or larger.
    #[must_use]
    pub fn flaws(&self) -> Vec<PolicyFlaw> {
        let mut flaws = Vec::new();
        let mut add = |path: String, message: String| flaws.push(PolicyFlaw { path, message });
        for (action, proofs) in &self.actions {
            for (persona, needs) in [
                ("employee", &proofs.employee),
                ("executive", &proofs.executive),
            ] {
                let path = format!("actions.{}.{persona}.verifications", action.as_str());
                if let Some(lack) = action.lacks(needs) {
                    add(path, lack.to_owned());
                } else if needs
                    .iter()
                    .enumerate()
                    .any(|(at, need)| needs[..at].contains(need))
                {
                    add(path, "name each verification once".to_owned());
                }
            }
        }
        if !(1..=Self::LONGEST_GRANT_DAYS).contains(&self.longest_grant_days) {
            let message = format!("write 1 to {} days", Self::LONGEST_GRANT_DAYS);
            add("longest_grant_days".to_owned(), message);
        }
        for (path, cap) in [
            ("caps.per_hour", self.caps.per_hour),
            ("caps.per_caller_per_hour", self.caps.per_caller_per_hour),
        ] {
            if !(1..=Self::LARGEST_CAP).contains(&cap) {
                let most = Self::LARGEST_CAP;
                let message =
                    format!("write 1 to {most}; to stop a playbook altogether, disable it");
                add(path.to_owned(), message);
            }
        }
        for (path, names) in [
            ("executives.departments", &self.executives.departments),
            ("executives.job_titles", &self.executives.job_titles),
        ] {
            let fits = |name: &String| {
                let chars = name.trim().chars().count();
                (1..=Self::LONGEST_NAME).contains(&chars) && !name.chars().any(char::is_control)
            };
            if names.len() > Self::LONGEST_LIST || !names.iter().all(fits) {
                let message = format!(
                    "name {} at most, each of 1 to {} characters on one line",
                    Self::LONGEST_LIST,
                    Self::LONGEST_NAME
                );
                add(path.to_owned(), message);
            }
        }
        if self.protected.users.len() > Self::LONGEST_LIST {
            let message = format!("name {} at most; put more into a group", Self::LONGEST_LIST);
            add("protected.users".to_owned(), message);
        }
        for (path, groups) in [
            ("executives.groups", &self.executives.groups),
            ("protected.groups", &self.protected.groups),
        ] {
            if groups.len() > Self::MOST_GROUPS {
                let message = format!(
                    "name {} at most: each is asked about before every action",
                    Self::MOST_GROUPS
                );
                add(path.to_owned(), message);
            }
        }
        flaws
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(department: &str) -> Person {
        Person {
            id: UserId::parse("abc-123").unwrap(),
            user_principal_name: "john.doe@company.com".into(),
            display_name: "John Doe".into(),
            mail: None,
            mobile: None,
            department: Some(department.to_owned()),
            job_title: None,
            manager_mail: None,
            enabled: true,
            synced: false,
            guest: false,
            directory_roles: Vec::new(),
        }
    }

    fn with(action: ActionKind, employee: &[Need]) -> Policy {
        let proofs = Proofs {
            employee: employee.to_vec(),
            executive: vec![Need::Mfa],
        };
        Policy {
            actions: BTreeMap::from([(action, proofs)]),
            ..Policy::default()
        }
    }

    #[test]
    fn what_gives_a_way_in_needs_the_person_and_an_executives_manager_too() {
        let policy = Policy::default();
        for action in [
            ActionKind::ResetPassword,
            ActionKind::UnlockAccount,
            ActionKind::TriggerDeviceScript,
        ] {
            assert_eq!(policy.needs(action, Persona::Employee), [Need::Mfa]);
            assert_eq!(
                policy.needs(action, Persona::Executive),
                [Need::Mfa, Need::ManagerApproval]
            );
        }
    }

    #[test]
    fn what_takes_away_needs_nothing_and_what_gives_or_shuts_out_needs_a_manager() {
        let policy = Policy::default();
        for action in [ActionKind::RevokeSessions, ActionKind::RevokeAccess] {
            assert_eq!(policy.needs(action, Persona::Executive), []);
        }
        for action in [
            ActionKind::GrantAccess,
            ActionKind::DisableAccount,
            ActionKind::RemoveMfaMethods,
        ] {
            for persona in [Persona::Employee, Persona::Executive] {
                assert_eq!(
                    policy.needs(action, persona),
                    [Need::ManagerApproval],
                    "{action:?}"
                );
            }
        }
    }

    #[test]
    fn an_executive_is_one_by_department_title_or_group() {
        let policy = Policy {
            executives: Executives {
                job_titles: vec!["Chief Executive Officer".to_owned()],
                ..Executives::default()
            },
            ..Policy::default()
        };
        let persona = |person: &Person, in_group| policy.persona(person, in_group);
        assert_eq!(persona(&of("Sales"), false), Persona::Employee);
        assert_eq!(persona(&of("executive "), false), Persona::Executive);
        assert_eq!(persona(&of("Sales"), true), Persona::Executive);
        let chief = Person {
            job_title: Some("chief executive officer".to_owned()),
            ..of("Sales")
        };
        assert_eq!(persona(&chief, false), Persona::Executive);
        let guest = Person {
            guest: true,
            ..chief.clone()
        };
        assert_eq!(persona(&guest, false), Persona::Guest);
        let admin = Person {
            directory_roles: vec!["Global Administrator".to_owned()],
            ..guest
        };
        assert_eq!(persona(&admin, true), Persona::Privileged);
    }

    #[test]
    fn a_policy_says_what_differs_and_the_rest_stays_usual() {
        let policy = with(ActionKind::UnlockAccount, &Need::ALL);
        assert_eq!(
            policy.needs(ActionKind::UnlockAccount, Persona::Employee),
            Need::ALL
        );
        assert_eq!(
            policy.needs(ActionKind::ResetPassword, Persona::Employee),
            [Need::Mfa]
        );
        let kept = serde_json::to_string(&policy).unwrap();
        assert_eq!(serde_json::from_str::<Policy>(&kept).unwrap(), policy);
        assert_eq!(
            serde_json::from_str::<Policy>("{}").unwrap(),
            Policy::default()
        );
    }

    #[test]
    fn no_policy_gives_without_a_proof() {
        let place = |policy: &Policy| policy.flaws().first().map(|flaw| flaw.path.clone());
        assert_eq!(place(&Policy::default()), None);
        for action in ActionKind::ALL {
            let bare = with(action, &[]);
            let gives = !matches!(
                action,
                ActionKind::RevokeSessions | ActionKind::RevokeAccess
            );
            let path = format!("actions.{}.employee.verifications", action.as_str());
            assert_eq!(place(&bare), gives.then_some(path), "{action:?}");
        }
        let without_push = with(ActionKind::ResetPassword, &[Need::ManagerApproval]);
        assert_eq!(without_push.flaws().len(), 1);
        let twice = with(ActionKind::UnlockAccount, &[Need::Mfa, Need::Mfa]);
        assert_eq!(twice.flaws().len(), 1);
    }

    #[test]
    fn numbers_and_lists_have_bounds() {
        let mut policy = Policy {
            longest_grant_days: 91,
            ..Policy::default()
        };
        policy.caps.per_hour = 0;
        policy.caps.per_caller_per_hour = Policy::LARGEST_CAP + 1;
        policy.executives.job_titles = vec![" ".to_owned()];
        policy.protected.groups = vec![GroupId::parse("grp-1").unwrap(); 6];
        policy.protected.users = vec![UserId::parse("abc-123").unwrap(); 201];
        let paths: Vec<_> = policy.flaws().into_iter().map(|flaw| flaw.path).collect();
        assert_eq!(
            paths,
            [
                "longest_grant_days",
                "caps.per_hour",
                "caps.per_caller_per_hour",
                "executives.job_titles",
                "protected.users",
                "protected.groups"
            ]
        );
    }

    #[test]
    fn words_read_back() {
        for action in ActionKind::ALL {
            assert_eq!(ActionKind::named(action.as_str()), Some(action));
            assert_eq!(serde_json::to_value(action).unwrap(), action.as_str());
        }
        for need in Need::ALL {
            assert_eq!(Need::named(need.capability()), Some(need));
            assert_eq!(serde_json::to_value(need).unwrap(), need.capability());
        }
        assert_eq!(assurance(&[Need::ManagerApproval]), 1);
        assert_eq!((assurance(&Need::ALL), assurance(&[])), (2, 0));
    }
}
