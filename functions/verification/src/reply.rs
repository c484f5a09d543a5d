//! A prompt as callers see it.

use domain::{MfaPrompt, MfaState};
use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

/// A prompt that was asked for.
#[derive(Debug, Serialize, ToSchema)]
pub struct MfaRequested {
    /// The prompt's id.
    request_id: String,
    /// The same id, by the name contract A's notes give it.
    mfa_request_id: String,
    /// `pending`, unless the provider answered at once.
    status: &'static str,
    /// When silence becomes an answer.
    #[schema(value_type = String)]
    expires_at: Timestamp,
    /// The number to match; null where the provider has none (the Entra connector).
    number: Option<u8>,
}

impl MfaRequested {
    pub(crate) fn new(prompt: &MfaPrompt) -> Self {
        Self {
            request_id: prompt.id.to_string(),
            mfa_request_id: prompt.id.to_string(),
            status: word(prompt, prompt.requested_at),
            expires_at: prompt.expires_at,
            number: None,
        }
    }
}

/// The status at `now`: a prompt nobody answered is expired from its `expires_at` on, whether or not that was recorded.
pub(crate) fn word(prompt: &MfaPrompt, now: Timestamp) -> &'static str {
    match prompt.state {
        MfaState::Pending if now >= prompt.expires_at => "expired",
        _ => prompt.state.as_str(),
    }
}
