//! What a tenant's secret `halopsa` holds.

use secrecy::SecretString;
use serde::Deserialize;

/// A HaloPSA instance and the API application we are there.
#[derive(Debug, Clone, Deserialize)]
pub struct Config {
    /// `https://acme.halopsa.com`; the API is below it at `/api`.
    pub base_url: String,
    /// The token endpoint, when `/api/authinfo` does not lead to it.
    #[serde(default)]
    pub token_url: Option<String>,
    /// The tenant, which hosted instances want named at the token endpoint, when `/api/authinfo` does not say it.
    #[serde(default)]
    pub tenant: Option<String>,
    /// The API application, of type "Client ID and Secret (Services)".
    pub client_id: String,
    /// Its secret.
    pub client_secret: SecretString,
    /// The custom field that says a playbook may act, as `CFautomated`.
    pub field_automated: String,
    /// The outcome a private note is written under; 7 is the built-in "Internal Note".
    pub outcome_note: i64,
    /// The agent the application acts as: our own writes carry this number.
    pub agent_id: i64,
}
