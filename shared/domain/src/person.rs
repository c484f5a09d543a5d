//! A human, as the directory knows them.

use crate::{PhoneNumber, UserId};
use serde::{Deserialize, Serialize};

/// A human in the directory. What the directory says here is what we act on; a ticket's text never is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Person {
    /// The directory's own id.
    pub id: UserId,
    /// The name they sign in with.
    pub user_principal_name: String,
    /// The name people read.
    pub display_name: String,
    /// Their mailbox.
    pub mail: Option<String>,
    /// The number a text message may go to.
    pub mobile: Option<PhoneNumber>,
    /// Their department.
    pub department: Option<String>,
    /// Their job title.
    #[serde(default)]
    pub job_title: Option<String>,
    /// Their manager's mailbox.
    pub manager_mail: Option<String>,
    /// Whether they may sign in.
    pub enabled: bool,
    /// Whether the account is mastered in an on-premises directory.
    pub synced: bool,
    /// Whether they belong to another organization.
    pub guest: bool,
    /// The directory roles they hold. We never reset the password of somebody who holds one.
    pub directory_roles: Vec<String>,
}

impl Person {
    /// Why no playbook may act on this person's credentials, if so.
    #[must_use]
    pub fn protected(&self) -> Option<&'static str> {
        self.untouchable()
            .or_else(|| (!self.enabled).then_some("is disabled"))
    }

    /// Why no playbook may act on this person at all, disabled or not, if so.
    #[must_use]
    pub fn untouchable(&self) -> Option<&'static str> {
        if !self.directory_roles.is_empty() {
            Some("holds a directory role")
        } else if self.guest {
            Some("is a guest of another organization")
        } else {
            None
        }
    }
}
