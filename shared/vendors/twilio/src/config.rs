//! What a tenant's secret `twilio` holds.

use secrecy::SecretString;
use serde::Deserialize;

/// A Twilio account and who we are there: an API key, or the account itself.
#[derive(Debug, Clone, Deserialize)]
pub struct Config {
    /// `https://api.twilio.com`.
    #[serde(default = "base_url")]
    pub base_url: String,
    /// The account, `AC…`.
    pub account_sid: String,
    /// An API key, `SK…`.
    #[serde(default)]
    pub key_sid: Option<String>,
    /// Its secret.
    #[serde(default)]
    pub key_secret: Option<SecretString>,
    /// The number messages come from.
    #[serde(default)]
    pub from: Option<String>,
    /// The messaging service they come from instead, `MG…`.
    #[serde(default)]
    pub messaging_service_sid: Option<String>,
    /// The account's own token: it signs callbacks, and stands in for a key that is not there.
    #[serde(default)]
    pub auth_token: Option<SecretString>,
}

impl Config {
    /// Who asks: the key, else the account.
    pub(crate) fn credential(&self) -> Option<(&str, &SecretString)> {
        match (&self.key_sid, &self.key_secret, &self.auth_token) {
            (Some(key), Some(secret), _) => Some((key, secret)),
            (_, _, Some(token)) => Some((&self.account_sid, token)),
            _ => None,
        }
    }

    /// The form field that says where a message comes from.
    pub(crate) fn sender(&self) -> Option<(&'static str, &str)> {
        match (&self.messaging_service_sid, &self.from) {
            (Some(service), _) => Some(("MessagingServiceSid", service)),
            (None, Some(number)) => Some(("From", number)),
            (None, None) => None,
        }
    }
}

fn base_url() -> String {
    "https://api.twilio.com".into()
}
