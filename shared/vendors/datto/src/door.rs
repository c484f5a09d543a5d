//! Getting in.

use crate::Config;
use ports::CallError;
use serde::de::DeserializeOwned;
use std::time::Duration;
use vendor_http::{Answer, Ask, By, Client, Deadline, Grant, Hosts, Vendor, under};

/// Requests are counted over the last 60 s, and whoever goes on asking is shut out by address: nobody asks again before.
const PATIENCE: Duration = Duration::from_mins(1);

/// Asks Datto's API with the configured key.
pub(crate) struct Door {
    vendor: Vendor,
    base: String,
    grant: Grant,
}

impl Door {
    pub(crate) fn new(config: Config, http: Client) -> Self {
        let hosts = Hosts::of([config.base_url.as_str()]);
        Self {
            vendor: http.vendor("Datto RMM", hosts).patient(PATIENCE),
            base: under(&config.base_url, "api/v2"),
            grant: Grant {
                url: under(&config.base_url, "auth/oauth/token"),
                client_id: config.api_key,
                client_secret: config.api_secret,
                by: By::Password {
                    client: "public-client",
                    known: "public",
                },
                more: Vec::new(),
            },
        }
    }

    pub(crate) fn vendor(&self) -> &Vendor {
        &self.vendor
    }

    /// The address of `path`.
    pub(crate) fn at(&self, path: &str) -> String {
        under(&self.base, path)
    }

    pub(crate) async fn call(&self, ask: &Ask, by: Deadline) -> Result<Answer, CallError> {
        self.vendor.call_with(&self.grant, ask, by).await
    }

    /// What `path` holds; a 404 is about `what`.
    pub(crate) async fn read<T: DeserializeOwned>(
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
    pub(crate) fn refusal(&self, answer: &Answer, what: &'static str) -> CallError {
        if answer.status() == 404 {
            return self.vendor.not_found(what);
        }
        let words = answer.words(
            &["/error", "/code"],
            &["/message", "/error_description", "/error"],
            &[],
        );
        self.vendor.refusal(answer, words)
    }

    /// A no of our own, before anything is asked of them.
    pub(crate) fn no(code: &str, message: impl Into<String>) -> CallError {
        CallError::Refused {
            vendor: "Datto RMM",
            code: code.into(),
            message: message.into(),
        }
    }

    /// A uid as a part of a path: Datto's are letters, digits and hyphens.
    pub(crate) fn uid<'a>(&self, text: &'a str, what: &'static str) -> Result<&'a str, CallError> {
        let fits = text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
        if fits && !text.is_empty() {
            Ok(text)
        } else {
            Err(self.vendor.not_found(what))
        }
    }
}
