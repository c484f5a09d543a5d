//! Giving a person a way back in.

use crate::CallError;
use async_trait::async_trait;
use domain::UserId;
use jiff::Timestamp;
use secrecy::SecretString;

/// A one-time pass, fresh from the directory: the only time it can be read.
#[derive(Debug)]
pub struct IssuedPass {
    /// The pass.
    pub pass: SecretString,
    /// The directory's id of the pass.
    pub method_id: String,
    /// When it stops working.
    pub expires_at: Timestamp,
}

/// The one-time pass a person has, as the directory tells it: never its text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StandingPass {
    /// The directory's id of the pass.
    pub method_id: String,
    /// Whether it opens anything now: it was not used, its time has come and is not over.
    pub usable: bool,
}

/// Gives people a way back in: one-time passes and passwords. Implemented by `vendors/entra`.
#[async_trait]
pub trait ResetPassword: Send + Sync {
    /// Makes a pass for `user` that works once within `lifetime_minutes`. It replaces any pass they had.
    ///
    /// # Errors
    /// `Unknown` when the answer was lost: a pass may have been made that nobody can read, and making another deletes it.
    async fn issue_pass(
        &self,
        user: &UserId,
        lifetime_minutes: u32,
        client_request_id: &str,
    ) -> Result<IssuedPass, CallError>;

    /// The pass `user` has, used and over or not.
    ///
    /// # Errors
    /// As [`CallError`] says; a read is never `Unknown`.
    async fn pass(&self, user: &UserId) -> Result<Option<StandingPass>, CallError>;

    /// Takes a pass away. One that is gone stays gone.
    ///
    /// # Errors
    /// `Unknown` when the answer was lost; [`ResetPassword::pass`] tells.
    async fn delete_pass(
        &self,
        user: &UserId,
        method_id: &str,
        client_request_id: &str,
    ) -> Result<(), CallError>;

    /// Sets a password that has to be changed at the next sign-in. Whoever asks has made sure that the account is not
    /// mastered elsewhere ([`crate::AccountState::synced`]): for such a one the directory refuses or forgets it.
    ///
    /// # Errors
    /// `Refused` when it does not follow the directory's rules. `Unknown` when the answer was lost;
    /// [`crate::AccountState::password_changed_at`] tells.
    async fn set_password(
        &self,
        user: &UserId,
        password: &SecretString,
        client_request_id: &str,
    ) -> Result<(), CallError>;
}
