//! What a tenant's secret `oidc` holds.

use secrecy::SecretString;
use serde::Deserialize;
use std::collections::BTreeMap;

/// An issuer, who we are there, and which roles its groups have here.
#[derive(Debug, Clone, Deserialize)]
pub struct Config {
    /// Exactly as its tokens name it.
    pub issuer: String,
    /// Our application there.
    pub client_id: String,
    /// Its secret.
    pub client_secret: SecretString,
    /// A group's id or name, and the word of the role its members have here.
    #[serde(default)]
    pub groups: BTreeMap<String, String>,
    /// The word of the role of people in none of these groups; without it they are not let in.
    #[serde(default)]
    pub default_role: Option<String>,
    /// Addresses of the issuer's endpoints that stand on other hosts than the issuer.
    #[serde(default)]
    pub hosts: Vec<String>,
}
