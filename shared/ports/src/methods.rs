//! What people prove themselves with.

use crate::CallError;
use async_trait::async_trait;
use domain::UserId;

/// A kind of method that somebody can register anew.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum MethodKind {
    /// An authenticator app.
    Authenticator,
    /// A phone number for calls and text messages.
    Phone,
    /// An app or a token that shows codes.
    SoftwareOath,
    /// A security key or a passkey.
    SecurityKey,
    /// A mail address for resetting a password.
    Email,
}

impl MethodKind {
    /// Every kind.
    pub const ALL: [Self; 5] = [
        Self::Authenticator,
        Self::Phone,
        Self::SoftwareOath,
        Self::SecurityKey,
        Self::Email,
    ];

    /// The word in our API: `software_oath`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Authenticator => "authenticator",
            Self::Phone => "phone",
            Self::SoftwareOath => "software_oath",
            Self::SecurityKey => "security_key",
            Self::Email => "email",
        }
    }

    /// The kind of this word.
    #[must_use]
    pub fn named(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == word)
    }
}

/// A method somebody has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignInMethod {
    /// The directory's id of it.
    pub id: String,
    /// What it is.
    pub kind: MethodKind,
}

/// The methods people sign in with. Implemented by `vendors/entra`.
#[async_trait]
pub trait SignInMethods: Send + Sync {
    /// What of [`MethodKind`] they have. Passwords, passes and what a device holds (Windows Hello, platform credentials) are
    /// not among them.
    ///
    /// # Errors
    /// As [`CallError`] says; a read is never `Unknown`.
    async fn methods(&self, user: &UserId) -> Result<Vec<SignInMethod>, CallError>;

    /// Takes a method away. One that is gone stays gone.
    ///
    /// # Errors
    /// `Refused` for the one they use by default while they have others: take it last. `Unknown` when the answer was
    /// lost; [`SignInMethods::methods`] tells.
    async fn delete_method(
        &self,
        user: &UserId,
        method: &SignInMethod,
        client_request_id: &str,
    ) -> Result<(), CallError>;
}
