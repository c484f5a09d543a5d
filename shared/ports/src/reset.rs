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

/// Makes one-time passes. Implemented by `vendors/entra`.
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
}
