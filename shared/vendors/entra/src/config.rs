//! What a tenant's secret `entra` holds.

use secrecy::SecretString;
use serde::Deserialize;

/// A tenant and the applications we are there.
#[derive(Debug, Clone, Deserialize)]
pub struct Config {
    /// Microsoft Graph, without `/v1.0`.
    #[serde(default = "graph_url")]
    pub graph_url: String,
    /// Where tokens come from.
    #[serde(default = "login_url")]
    pub login_url: String,
    /// The MFA connector.
    #[serde(default = "mfa_url")]
    pub mfa_url: String,
    /// The tenant: a GUID or a domain.
    pub tenant_id: String,
    /// Our application for Graph.
    pub client_id: String,
    /// Its secret.
    pub client_secret: SecretString,
    /// The secret added to the tenant's service principal "Azure Multi-Factor Auth Client". Without it nobody can be
    /// prompted.
    #[serde(default)]
    pub mfa_client_secret: Option<SecretString>,
}

fn graph_url() -> String {
    "https://graph.microsoft.com".into()
}

fn login_url() -> String {
    "https://login.microsoftonline.com".into()
}

fn mfa_url() -> String {
    "https://strongauthenticationservice.auth.microsoft.com/StrongAuthenticationService.svc/Connector".into()
}
