//! What can go wrong when somebody else's system is asked.

use std::time::Duration;

/// Why a call to the outside gave no result. The four cases differ in what the caller may do next.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CallError {
    /// The other side understood and said no; asking again changes nothing.
    #[error("{vendor} refused: {code}: {message}")]
    Refused {
        /// Who refused.
        vendor: &'static str,
        /// The vendor's own code.
        code: String,
        /// The vendor's own words, cut, without secrets.
        message: String,
    },
    /// What was named does not exist there.
    #[error("{vendor} has no such {what}")]
    NotFound {
        /// Who was asked.
        vendor: &'static str,
        /// What was looked for.
        what: &'static str,
    },
    /// Nothing happened there, and a later try may succeed.
    #[error("{vendor} is not available: {message}")]
    Unavailable {
        /// Who was asked.
        vendor: &'static str,
        /// What was seen: a status, a connect error.
        message: String,
        /// When the vendor asked to be asked again.
        retry_after: Option<Duration>,
    },
    /// The answer was lost: it may have happened. A side effect that ends so is never tried again by itself.
    #[error("{vendor} may have acted; its answer was lost: {message}")]
    Unknown {
        /// Who was asked.
        vendor: &'static str,
        /// What was seen.
        message: String,
    },
    /// Our own set-up is wrong: a secret missing, a credential rejected, a host not allowed.
    #[error("{vendor} is not set up: {message}")]
    Misconfigured {
        /// Who was to be asked.
        vendor: &'static str,
        /// What an operator has to do.
        message: String,
    },
}

impl CallError {
    /// Whether a later try may succeed and an earlier one had no effect.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        matches!(self, Self::Unavailable { .. })
    }
}
