//! What people may reach: groups and licences.

use crate::CallError;
use async_trait::async_trait;
use domain::{GroupId, SkuId, UserId};

/// A group, as far as its membership may be changed.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "four facts that the directory tells apart, and any of them may be true"
)]
pub struct Group {
    /// Its id.
    pub id: GroupId,
    /// The name people read.
    pub display_name: String,
    /// Its members follow a rule.
    pub dynamic: bool,
    /// It is mastered in an on-premises directory.
    pub synced: bool,
    /// It is a mail-enabled security group or a distribution list: its members belong to Exchange.
    pub mail_enabled: bool,
    /// It can hold directory roles.
    pub role_assignable: bool,
}

impl Group {
    /// Why no call of ours may change its members, if so.
    #[must_use]
    pub fn closed(&self) -> Option<&'static str> {
        if self.dynamic {
            Some("its members follow a rule")
        } else if self.synced {
            Some("it is mastered in the on-premises directory")
        } else if self.mail_enabled {
            Some("its members are kept by Exchange")
        } else if self.role_assignable {
            Some("it can hold directory roles")
        } else {
            None
        }
    }
}

/// Groups and who is in them. Implemented by `vendors/entra`. Only direct membership counts, but for a group's size: it alone
/// can be taken away.
#[async_trait]
pub trait Groups: Send + Sync {
    /// A group.
    ///
    /// # Errors
    /// `NotFound` when there is none; a read is never `Unknown`.
    async fn group(&self, group: &GroupId) -> Result<Group, CallError>;

    /// Whether somebody is a direct member.
    ///
    /// # Errors
    /// As [`CallError`] says; a read is never `Unknown`.
    async fn is_member(&self, group: &GroupId, user: &UserId) -> Result<bool, CallError>;

    /// How many people are in it, also by groups in it. It may be behind.
    ///
    /// # Errors
    /// As [`CallError`] says; a read is never `Unknown`.
    async fn size(&self, group: &GroupId) -> Result<u64, CallError>;

    /// The group's owners.
    ///
    /// # Errors
    /// As [`CallError`] says; a read is never `Unknown`.
    async fn owners(&self, group: &GroupId) -> Result<Vec<UserId>, CallError>;

    /// Makes somebody a member. One who is a member already stays one.
    ///
    /// # Errors
    /// `Unknown` when the answer was lost; reading back tells.
    async fn add_member(
        &self,
        group: &GroupId,
        user: &UserId,
        client_request_id: &str,
    ) -> Result<(), CallError>;

    /// Takes a membership away. One who is no member stays none.
    ///
    /// # Errors
    /// `Unknown` when the answer was lost; reading back tells.
    async fn remove_member(
        &self,
        group: &GroupId,
        user: &UserId,
        client_request_id: &str,
    ) -> Result<(), CallError>;
}

/// A licence the organization has bought.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Licence {
    /// Its id.
    pub sku: SkuId,
    /// Its name, as `ENTERPRISEPACK`.
    pub part_number: String,
    /// Seats that were bought and are in good standing.
    pub seats: u64,
    /// Seats that are taken.
    pub taken: u64,
}

/// How somebody holds a licence.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Holding {
    /// Not at all.
    None,
    /// Given to them directly.
    Direct,
    /// By a group: it cannot be taken from them alone.
    ByGroup,
}

/// Licences and who holds them. Implemented by `vendors/entra`.
#[async_trait]
pub trait Licences: Send + Sync {
    /// A licence the organization has, by id or by part number.
    ///
    /// # Errors
    /// `NotFound` when it has none; a read is never `Unknown`.
    async fn licence(&self, sku: &SkuId) -> Result<Licence, CallError>;

    /// How somebody holds it.
    ///
    /// # Errors
    /// As [`CallError`] says; a read is never `Unknown`.
    async fn holding(&self, sku: &SkuId, user: &UserId) -> Result<Holding, CallError>;

    /// Gives somebody a seat. One who has it keeps it.
    ///
    /// # Errors
    /// `Unknown` when the answer was lost; reading back tells.
    async fn assign(
        &self,
        sku: &SkuId,
        user: &UserId,
        client_request_id: &str,
    ) -> Result<(), CallError>;

    /// Takes a seat back. One who has none stays without.
    ///
    /// # Errors
    /// `Unknown` when the answer was lost; reading back tells.
    async fn unassign(
        &self,
        sku: &SkuId,
        user: &UserId,
        client_request_id: &str,
    ) -> Result<(), CallError>;
}
