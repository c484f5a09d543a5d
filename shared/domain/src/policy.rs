//! What has to be proved before an action: by the action, and by whom it concerns.

use crate::Person;
use jiff::SignedDuration;

/// A sensitive action.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ActionKind {
    /// A new way in.
    ResetPassword,
    /// A locked account opened.
    UnlockAccount,
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
    /// The word in records, plans and receipts: `grant_access`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::ResetPassword => "reset_password",
            Self::UnlockAccount => "unlock_account",
            Self::RevokeSessions => "revoke_sessions",
            Self::GrantAccess => "grant_access",
            Self::RevokeAccess => "revoke_access",
            Self::TriggerDeviceScript => "trigger_device_script",
        }
    }
}

/// A proof that an action needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Need {
    /// The person confirmed on their own device.
    Mfa,
    /// The person's manager consented to just this.
    ManagerApproval,
}

impl Need {
    /// The capability that leads to it: `verification.mfa`.
    #[must_use]
    pub fn capability(self) -> &'static str {
        match self {
            Self::Mfa => "verification.mfa",
            Self::ManagerApproval => "verification.manager_approval",
        }
    }
}

/// Which action on whom needs which proof.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policy {
    /// Departments whose people need their manager's consent for whatever gives somebody a way in, or acts on their device.
    pub executive_departments: Vec<String>,
    /// How long access may be given for, where an end is given.
    pub longest_grant: SignedDuration,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            executive_departments: vec!["Executive".to_owned()],
            longest_grant: SignedDuration::from_hours(90 * 24),
        }
    }
}

impl Policy {
    /// The proofs that `action` on `person` needs. What takes away needs none: it protects, and the right to ask for it is
    /// enough.
    #[must_use]
    pub fn needs(&self, action: ActionKind, person: &Person) -> &'static [Need] {
        match action {
            ActionKind::RevokeSessions | ActionKind::RevokeAccess => &[],
            ActionKind::GrantAccess => &[Need::ManagerApproval],
            ActionKind::ResetPassword
            | ActionKind::UnlockAccount
            | ActionKind::TriggerDeviceScript
                if self.is_executive(person) =>
            {
                &[Need::Mfa, Need::ManagerApproval]
            }
            ActionKind::ResetPassword
            | ActionKind::UnlockAccount
            | ActionKind::TriggerDeviceScript => &[Need::Mfa],
        }
    }

    fn is_executive(&self, person: &Person) -> bool {
        person.department.as_ref().is_some_and(|theirs| {
            self.executive_departments
                .iter()
                .any(|named| named.eq_ignore_ascii_case(theirs.trim()))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::UserId;

    fn of(department: &str) -> Person {
        Person {
            id: UserId::parse("abc-123").unwrap(),
            user_principal_name: "john.doe@company.com".into(),
            display_name: "John Doe".into(),
            mail: None,
            mobile: None,
            department: Some(department.to_owned()),
            manager_mail: None,
            enabled: true,
            synced: false,
            guest: false,
            directory_roles: Vec::new(),
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
            assert_eq!(policy.needs(action, &of("Sales")), [Need::Mfa]);
            assert_eq!(
                policy.needs(action, &of("executive ")),
                [Need::Mfa, Need::ManagerApproval]
            );
        }
    }

    #[test]
    fn what_takes_away_needs_nothing_and_what_gives_needs_a_manager() {
        let policy = Policy::default();
        for action in [ActionKind::RevokeSessions, ActionKind::RevokeAccess] {
            assert_eq!(policy.needs(action, &of("Executive")), []);
        }
        let needs = policy.needs(ActionKind::GrantAccess, &of("Sales"));
        assert_eq!(needs, [Need::ManagerApproval]);
    }
}
