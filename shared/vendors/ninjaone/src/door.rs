//! Getting in.

use crate::Config;
use domain::DeviceId;
use ports::CallError;
use serde::de::DeserializeOwned;
use vendor_http::{Answer, Ask, By, Client, Deadline, Grant, Hosts, Vendor, under};

/// Asks NinjaOne's API as the configured application.
pub(crate) struct Door {
    vendor: Vendor,
    base: String,
    grant: Grant,
}

impl Door {
    pub(crate) fn new(config: Config, http: Client) -> Self {
        Self {
            vendor: http.vendor("NinjaOne", Hosts::of([config.base_url.as_str()])),
            base: under(&config.base_url, "v2"),
            grant: Grant {
                url: under(&config.base_url, "ws/oauth/token"),
                client_id: config.client_id,
                client_secret: config.client_secret,
                by: By::Client,
                more: vec![("scope", "monitoring management control".into())],
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
            &["/resultCode", "/error"],
            &["/errorMessage", "/error_description", "/message"],
            &[],
        );
        self.vendor.refusal(answer, words)
    }

    /// A no of our own, before anything is asked of them.
    pub(crate) fn no(code: &str, message: impl Into<String>) -> CallError {
        CallError::Refused {
            vendor: "NinjaOne",
            code: code.into(),
            message: message.into(),
        }
    }

    /// A device's number: NinjaOne's ids are numbers.
    pub(crate) fn number(&self, device: &DeviceId) -> Result<u32, CallError> {
        let number = device.as_str().parse();
        number.map_err(|_| self.vendor.not_found("device"))
    }
}
