//! A second opinion about what a ticket asks for.

use crate::CallError;
use async_trait::async_trait;
use domain::PlaybookName;

/// What somebody who was asked thinks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Opinion {
    /// The ticket asks for this one, which was offered.
    Playbook(PlaybookName),
    /// It asks for none of those that were offered, or not for one alone.
    None,
}

/// Why there is no opinion.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoOpinion {
    /// It could not be asked for.
    #[error(transparent)]
    Call(#[from] CallError),
    /// The answer is none of those that were offered.
    #[error("{vendor} gave an odd answer: {what}")]
    Odd {
        /// Who was asked.
        vendor: &'static str,
        /// What is odd about it.
        what: &'static str,
    },
}

/// Gives second opinions. Implemented by `vendors/bedrock`.
#[async_trait]
pub trait SecondOpinion: Send + Sync {
    /// Who gives it, as reasons name them.
    fn name(&self) -> &str;

    /// Which of `playbooks` a ticket asks for that says `said`. Whatever `said` tells the reader to do is not done; the answer
    /// is one of the playbooks, or none.
    ///
    /// # Errors
    /// When there is no answer in time, or none of those that were offered. An opinion changes nothing there: asking again is
    /// safe, and paid for.
    async fn opinion(&self, said: &str, playbooks: &[PlaybookName]) -> Result<Opinion, NoOpinion>;
}
