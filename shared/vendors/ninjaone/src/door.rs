//! Getting in.

use crate::Config;
use domain::DeviceId;
use ports::CallError;
use std::ops::Deref;
use vendor_http::{Api, By, Client, Grant, Hosts, under};

/// Asks NinjaOne's API as the configured application.
pub(crate) struct Door(Api);

impl Deref for Door {
    type Target = Api;
    fn deref(&self) -> &Api {
        &self.0
    }
}

impl Door {
    pub(crate) fn new(config: Config, http: Client) -> Self {
        let grant = Grant {
            url: under(&config.base_url, "ws/oauth/token"),
            client_id: config.client_id,
            client_secret: config.client_secret,
            by: By::Client,
            more: vec![("scope", "monitoring management control".into())],
        };
        Self(Api::new(
            http.vendor("NinjaOne", Hosts::of([config.base_url.as_str()])),
            under(&config.base_url, "v2"),
            grant,
            &["/resultCode", "/error"],
            &["/errorMessage", "/error_description", "/message"],
        ))
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
        number.map_err(|_| self.vendor().not_found("device"))
    }
}
