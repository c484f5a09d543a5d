//! Looking people up.

use crate::CallError;
use async_trait::async_trait;
use domain::Person;

/// The directory of people. Implemented by `vendors/entra`.
#[async_trait]
pub trait Directory: Send + Sync {
    /// The person with this id, sign-in name or mail address, with manager and directory roles.
    ///
    /// # Errors
    /// `NotFound` when nobody is called so; otherwise as [`CallError`] says. A read is never `Unknown`.
    async fn person(&self, id_or_email: &str) -> Result<Person, CallError>;
}
