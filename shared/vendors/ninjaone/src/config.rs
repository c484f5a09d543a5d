//! What a tenant's secret `ninjaone` holds.

use secrecy::SecretString;
use serde::Deserialize;

/// An account and the API application we are there.
#[derive(Debug, Clone, Deserialize)]
pub struct Config {
    /// `https://app.ninjarmm.com`, or `us2`, `eu`, `oc`, `ca`, `fed` instead of `app`.
    pub base_url: String,
    /// The API application, of the kind "API Services (machine-to-machine)".
    pub client_id: String,
    /// Its secret.
    pub client_secret: SecretString,
    /// As whom scripts run: `system`, `loggedonuser`, a role as `SR_LOCAL_ADMINISTRATOR`, or a credential's number.
    #[serde(default = "system")]
    pub run_as: String,
    /// Whether this account is the one to use where the tenant has Datto RMM, too.
    #[serde(default)]
    pub preferred: bool,
}

fn system() -> String {
    "system".into()
}
