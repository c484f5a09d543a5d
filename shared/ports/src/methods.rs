//! What people prove themselves with.

use crate::CallError;
use async_trait::async_trait;
use domain::UserId;

/// A kind of method that somebody can register anew, and that a lost phone takes with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MethodKind {
    /// An authenticator app.
    Authenticator,
    /// A phone number for calls and text messages.
    Phone,
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
    /// Authenticators and phones. Passwords, passes, keys and what a device holds are not among them.
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
