//! The errors that a vendor's answers amount to.

use crate::ask::Effect;
use crate::{Answer, Ask, Vendor, Words};
use ports::CallError;

impl Vendor {
    /// The error for an answer that is not what was asked for.
    #[must_use]
    pub fn refusal(&self, answer: &Answer, words: Words) -> CallError {
        let Words { code, message } = words;
        match answer.status() {
            status @ (401 | 403) => self.misconfigured(format!("HTTP {status}: {code}: {message}")),
            _ => CallError::Refused {
                vendor: self.name,
                code,
                message,
            },
        }
    }

    /// The error for an answer of 2xx that cannot be understood: a side effect has happened all the same.
    #[must_use]
    pub fn garbled(&self, ask: &Ask) -> CallError {
        let what = "its answer cannot be understood";
        match ask.effect {
            Effect::Twice => self.unknown(what),
            Effect::None | Effect::Same => CallError::Unavailable {
                vendor: self.name,
                message: what.to_owned(),
                retry_after: None,
            },
        }
    }

    /// `Unknown` in this vendor's name.
    #[must_use]
    pub fn unknown(&self, message: impl Into<String>) -> CallError {
        CallError::Unknown {
            vendor: self.name,
            message: message.into(),
        }
    }

    /// `Unavailable` in this vendor's name.
    #[must_use]
    pub fn unavailable(&self, message: impl Into<String>) -> CallError {
        CallError::Unavailable {
            vendor: self.name,
            message: message.into(),
            retry_after: self.patience,
        }
    }

    /// `NotFound` in this vendor's name.
    #[must_use]
    pub fn not_found(&self, what: &'static str) -> CallError {
        CallError::NotFound {
            vendor: self.name,
            what,
        }
    }

    /// `Misconfigured` in this vendor's name.
    #[must_use]
    pub fn misconfigured(&self, message: impl Into<String>) -> CallError {
        CallError::Misconfigured {
            vendor: self.name,
            message: message.into(),
        }
    }
}
