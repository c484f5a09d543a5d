//! A vendor's API: under one address, behind one grant, with one way to say no.

use crate::{Answer, Ask, Deadline, Grant, Vendor, under};
use ports::CallError;
use serde::de::DeserializeOwned;

/// Asks a vendor's API with a token.
pub struct Api {
    vendor: Vendor,
    base: String,
    grant: Grant,
    codes: &'static [&'static str],
    messages: &'static [&'static str],
}

impl Api {
    /// The API under `base`. Where it refuses, its word is at the first of `codes` that is there, its sentence at the first of
    /// `messages`: JSON pointers.
    #[must_use]
    pub fn new(
        vendor: Vendor,
        base: String,
        grant: Grant,
        codes: &'static [&'static str],
        messages: &'static [&'static str],
    ) -> Self {
        Self {
            vendor,
            base,
            grant,
            codes,
            messages,
        }
    }

    /// Whose it is.
    #[must_use]
    pub fn vendor(&self) -> &Vendor {
        &self.vendor
    }

    /// The address of `path`.
    #[must_use]
    pub fn at(&self, path: &str) -> String {
        under(&self.base, path)
    }

    /// Asks.
    ///
    /// # Errors
    /// As [`Vendor::call_with`].
    pub async fn call(&self, ask: &Ask, by: Deadline) -> Result<Answer, CallError> {
        self.vendor.call_with(&self.grant, ask, by).await
    }

    /// What `path` holds; a 404 is about `what`.
    ///
    /// # Errors
    /// As [`Api::call`] and [`Api::refusal`]; `Unavailable` when the answer cannot be understood.
    pub async fn read<T: DeserializeOwned>(
        &self,
        path: &str,
        what: &'static str,
        by: Deadline,
    ) -> Result<T, CallError> {
        let ask = Ask::get(&self.at(path));
        let answer = self.call(&ask, by).await?;
        if !answer.is_success() {
            return Err(self.refusal(&answer, what));
        }
        answer.json().ok_or_else(|| self.vendor.garbled(&ask))
    }

    /// The error for an answer that is not 2xx: a 404 is about `what`.
    #[must_use]
    pub fn refusal(&self, answer: &Answer, what: &'static str) -> CallError {
        if answer.status() == 404 {
            return self.vendor.not_found(what);
        }
        let words = answer.words(self.codes, self.messages, &[]);
        self.vendor.refusal(answer, words)
    }
}
