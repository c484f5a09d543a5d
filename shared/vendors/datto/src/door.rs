//! Getting in.

use crate::Config;
use ports::CallError;
use std::ops::Deref;
use std::time::Duration;
use vendor_http::{Api, By, Client, Grant, Hosts, under};

/// Requests are counted over the last 60 s, and whoever goes on asking is shut out by address: nobody asks again before.
const PATIENCE: Duration = Duration::from_mins(1);

/// Asks Datto's API with the configured key.
pub(crate) struct Door(Api);

impl Deref for Door {
    type Target = Api;
    fn deref(&self) -> &Api {
        &self.0
    }
}

impl Door {
    pub(crate) fn new(config: Config, http: Client) -> Self {
        let hosts = Hosts::of([config.base_url.as_str()]);
        let grant = Grant {
            url: under(&config.base_url, "auth/oauth/token"),
            client_id: config.api_key,
            client_secret: config.api_secret,
            by: By::Password {
                client: "public-client",
                known: "public",
            },
            more: Vec::new(),
        };
        Self(Api::new(
            http.vendor("Datto RMM", hosts).patient(PATIENCE),
            under(&config.base_url, "api/v2"),
            grant,
            &["/error", "/code"],
            &["/message", "/error_description", "/error"],
        ))
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
            Err(self.vendor().not_found(what))
        }
    }
}
