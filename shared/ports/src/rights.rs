//! What our application may do in the directory.

use crate::CallError;
use async_trait::async_trait;

/// A change of the directory, as far as rights tell changes apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Deed {
    /// Make a one-time pass.
    IssuePass,
    /// Set a password.
    SetPassword,
    /// Let somebody sign in, or keep them from it.
    SwitchAccount,
    /// End sessions.
    EndSessions,
    /// Take methods away that somebody proves themselves with.
    RemoveMethods,
    /// Change who is in a group.
    ChangeMembers,
    /// Change who has a licence.
    ChangeLicences,
}

impl Deed {
    /// Every deed.
    pub const ALL: [Self; 7] = [
        Self::IssuePass,
        Self::SetPassword,
        Self::SwitchAccount,
        Self::EndSessions,
        Self::RemoveMethods,
        Self::ChangeMembers,
        Self::ChangeLicences,
    ];
}

/// The rights of our own application. Implemented by `vendors/entra`.
#[async_trait]
pub trait Rights: Send + Sync {
    /// What our application may not do, each with the right that it would have to be given. What the directory does not let it
    /// know about itself is not in it.
    ///
    /// # Errors
    /// As [`CallError`] says; a read is never `Unknown`.
    async fn lacking(&self) -> Result<Vec<(Deed, &'static str)>, CallError>;
}
