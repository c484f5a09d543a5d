//! A person's account: whether they may sign in, and their sessions.

use crate::CallError;
use async_trait::async_trait;
use domain::UserId;
use jiff::Timestamp;

/// Who switched an account off last, by the directory's own log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DisabledBy {
    /// An administrator, by the name they sign in with.
    Person(String),
    /// An application: a lock-out rule, a script, us.
    Application(String),
    /// The log does not say, or does not reach back so far.
    Unknown,
}

/// How an account stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccountState {
    /// Whether they may sign in.
    pub enabled: bool,
    /// Whether the account is mastered in an on-premises directory.
    pub synced: bool,
    /// Whether they belong to another organization.
    pub guest: bool,
    /// The two-letter country that licences need.
    pub usage_location: Option<String>,
    /// Refresh tokens issued before this are void. By the directory's own clock and, at Entra, to the second.
    pub sessions_valid_from: Option<Timestamp>,
    /// When the password was set last; the same clock.
    pub password_changed_at: Option<Timestamp>,
}

/// People's accounts. Implemented by `vendors/entra`.
#[async_trait]
pub trait Accounts: Send + Sync {
    /// How an account stands now.
    ///
    /// # Errors
    /// As [`CallError`] says; a read is never `Unknown`.
    async fn account(&self, user: &UserId) -> Result<AccountState, CallError>;

    /// Who switched a disabled account off.
    ///
    /// # Errors
    /// As [`CallError`] says; a read is never `Unknown`.
    async fn disabled_by(&self, user: &UserId) -> Result<DisabledBy, CallError>;

    /// Why the directory holds this person's sign-ins for risky, if it does: its own word, as `atRisk`.
    ///
    /// # Errors
    /// As [`CallError`] says; a read is never `Unknown`. Where the tenant has no risk detection the answer is `None`.
    async fn risk(&self, user: &UserId) -> Result<Option<String>, CallError>;

    /// Lets them sign in, or keeps them from it. Repeating it changes nothing.
    ///
    /// # Errors
    /// `Unknown` when the answer was lost; reading back tells.
    async fn set_enabled(
        &self,
        user: &UserId,
        enabled: bool,
        client_request_id: &str,
    ) -> Result<(), CallError>;

    /// Voids every refresh token. Access tokens live on to their own end, up to an hour or so.
    ///
    /// # Errors
    /// `Unknown` when the answer was lost; [`AccountState::sessions_valid_from`] tells.
    async fn revoke_sessions(
        &self,
        user: &UserId,
        client_request_id: &str,
    ) -> Result<(), CallError>;
}
