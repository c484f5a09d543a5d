//! Proving that a person is there.

use crate::CallError;
use async_trait::async_trait;
use domain::{Answer, Person};

/// The provider's own handle of a prompt: what it needs to say later how the person answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PromptHandle(pub String);

/// What the provider says of a prompt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Proof {
    /// Nobody has answered yet.
    Pending,
    /// The person, or their silence, has answered; `reason` is the provider's own word for it.
    Answered {
        /// The answer.
        answer: Answer,
        /// The provider's word, as `PhoneAppDenied`; `needs_code` when it wants a typed code.
        reason: String,
    },
}

/// Pushes a prompt to a person's own device and says how they answered. Implemented by `vendors/entra`.
///
/// Only an answer that the provider itself calls an approval is one: anything unknown is [`Answer::Failed`].
#[async_trait]
pub trait ProvePresence: Send + Sync {
    /// Puts a prompt on the device. `context` names this prompt at the provider, new for each prompt.
    ///
    /// # Errors
    /// `Unknown` when the answer was lost and the person may see a prompt that nobody can ask about.
    async fn prompt(&self, person: &Person, context: &str) -> Result<Begun, CallError>;

    /// Asks how the person answered.
    ///
    /// # Errors
    /// As [`CallError`] says; a read is never `Unknown`.
    async fn proof(&self, person_upn: &str, handle: &PromptHandle) -> Result<Proof, CallError>;
}

/// What putting a prompt came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Begun {
    /// It is on the device.
    Prompted(PromptHandle),
    /// It could not be put, or was answered at once.
    Answered {
        /// The answer.
        answer: Answer,
        /// The provider's word.
        reason: String,
    },
}
