//! What can go wrong on a laptop, as a sentence for the person in front of it.

use std::{error::Error as StdError, fmt::Write};

/// A refusal or a failure, told in one sentence.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The machine lacks something; the sentence says what to do about it.
    #[error("{0}")]
    Machine(String),
    /// Something was tried and did not work.
    #[error("{doing}: {why}")]
    Failed {
        /// What was being done.
        doing: String,
        /// What came back.
        why: String,
    },
}

impl Error {
    /// A failure while `doing` something, because of `why`.
    pub fn failed(doing: impl Into<String>, why: impl Into<String>) -> Self {
        Self::Failed {
            doing: doing.into(),
            why: why.into(),
        }
    }

    /// The process's exit code: 2 where the machine has to change, 1 otherwise.
    #[must_use]
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::Machine(_) => 2,
            Self::Failed { .. } => 1,
        }
    }
}

/// This crate's result.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Says what was being done when something failed.
pub trait Doing<T> {
    /// Turns the failure into one that says `what` was being done.
    ///
    /// # Errors
    /// The failure itself, told.
    fn doing(self, what: impl Into<String>) -> Result<T>;
}

impl<T, E: StdError> Doing<T> for Result<T, E> {
    fn doing(self, what: impl Into<String>) -> Result<T> {
        self.map_err(|cause| Error::failed(what, chain(&cause)))
    }
}

fn chain(cause: &dyn StdError) -> String {
    let mut told = cause.to_string();
    let mut next = cause.source();
    while let Some(deeper) = next {
        let _ = write!(told, ": {deeper}");
        next = deeper.source();
    }
    told
}

#[cfg(test)]
mod tests {
    use std::io;

    use super::*;

    #[test]
    fn a_failure_says_what_was_being_done() {
        let failed: Result<(), _> = Err(io::Error::other("no such thing")).doing("reading a file");
        assert_eq!(
            failed.unwrap_err().to_string(),
            "reading a file: no such thing"
        );
    }

    #[test]
    fn what_the_machine_lacks_exits_2() {
        assert_eq!(Error::Machine(String::new()).exit_code(), 2);
        assert_eq!(Error::failed("a", "b").exit_code(), 1);
    }
}
