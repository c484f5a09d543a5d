//! What a tenant's secret `datto` holds.

use secrecy::SecretString;
use serde::Deserialize;

/// An account and the API key we have there.
#[derive(Debug, Clone, Deserialize)]
pub struct Config {
    /// `https://merlot-api.centrastage.net`, or `pinotage`, `concord`, `vidal`, `zinfandel`, `syrah` instead of `merlot`.
    pub base_url: String,
    /// The API key of a user made for us.
    pub api_key: String,
    /// Its secret.
    pub api_secret: SecretString,
    /// The user-defined field of a device that holds its owner's mail address, as `udf5`: Datto knows no owners.
    #[serde(default)]
    pub owner_field: Option<String>,
    /// Whether this account is the one to use where the tenant has NinjaOne, too.
    #[serde(default)]
    pub preferred: bool,
}
