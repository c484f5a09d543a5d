//! What opens the sandbox's vendors. None of it opens anything else.

use serde_json::{Value, json};

/// HaloPSA API application.
pub const HALO_CLIENT_ID: &str = "deskhand";
/// Its secret.
pub const HALO_CLIENT_SECRET: &str = "sandbox-halo-secret";
/// The agent the HaloPSA application acts as.
pub const HALO_AGENT_ID: u32 = 3;
/// HaloPSA's built-in outcome "Internal Note".
pub const HALO_OUTCOME_NOTE: u32 = 7;
/// The ticket field that says a ticket is automated.
pub const HALO_FIELD_AUTOMATED: &str = "CFautomated";
/// The directory's tenant.
pub const ENTRA_TENANT_ID: &str = "5a4d0000-0000-4000-8000-000000000001";
/// Entra application for Microsoft Graph.
pub const ENTRA_CLIENT_ID: &str = "deskhand";
/// Its secret.
pub const ENTRA_CLIENT_SECRET: &str = "sandbox-entra-secret";
/// Microsoft's own "Azure Multi-Factor Auth Client".
pub const MFA_CLIENT_ID: &str = "981f26a1-7f43-403b-a875-f8b09b8cd720";
/// The secret added to its service principal.
pub const MFA_CLIENT_SECRET: &str = "sandbox-mfa-secret";
/// Twilio account.
pub const TWILIO_ACCOUNT_SID: &str = "ACsandbox";
/// Twilio API key.
pub const TWILIO_KEY_SID: &str = "SKsandbox";
/// Its secret.
pub const TWILIO_KEY_SECRET: &str = "sandbox-twilio-secret";
/// The account's auth token; it signs callbacks and opens the API too.
pub const TWILIO_AUTH_TOKEN: &str = "sandbox-twilio-auth-token";
/// The account's number.
pub const TWILIO_FROM: &str = "+15005550006";

/// The model at Bedrock; any signature opens it.
pub const BEDROCK_MODEL: &str = "sandbox.chooser-v1:0";

/// Our application at the company's sign-in.
pub const OIDC_CLIENT_ID: &str = "deskhand-web";
/// Its secret.
pub const OIDC_CLIENT_SECRET: &str = "sandbox-oidc-secret";

/// API application at NinjaOne.
pub const NINJAONE_CLIENT_ID: &str = "deskhand-rmm";
/// Its secret.
pub const NINJAONE_CLIENT_SECRET: &str = "sandbox-ninjaone-secret";
/// API key at Datto RMM.
pub const DATTO_API_KEY: &str = "SANDBOXDATTOKEY";
/// Its secret.
pub const DATTO_API_SECRET: &str = "sandbox-datto-secret";

/// Each integration's secret, as a tenant keeps it, for a sandbox that answers at `base_url`.
#[must_use]
pub fn credentials(base_url: &str) -> Value {
    let base = base_url.trim_end_matches('/');
    json!({
        "halopsa": {
            "base_url": format!("{base}/halopsa"),
            "client_id": HALO_CLIENT_ID,
            "client_secret": HALO_CLIENT_SECRET,
            "field_automated": HALO_FIELD_AUTOMATED,
            "outcome_note": HALO_OUTCOME_NOTE,
            "agent_id": HALO_AGENT_ID,
        },
        "entra": {
            "graph_url": format!("{base}/graph"),
            "login_url": format!("{base}/login"),
            "mfa_url": format!("{base}/entra_mfa/StrongAuthenticationService.svc/Connector"),
            "tenant_id": ENTRA_TENANT_ID,
            "client_id": ENTRA_CLIENT_ID,
            "client_secret": ENTRA_CLIENT_SECRET,
            "mfa_client_secret": MFA_CLIENT_SECRET,
        },
        "twilio": {
            "base_url": format!("{base}/twilio"),
            "account_sid": TWILIO_ACCOUNT_SID,
            "key_sid": TWILIO_KEY_SID,
            "key_secret": TWILIO_KEY_SECRET,
            "from": TWILIO_FROM,
            "auth_token": TWILIO_AUTH_TOKEN,
        },
        "ninjaone": {
            "base_url": format!("{base}/ninjaone"),
            "client_id": NINJAONE_CLIENT_ID,
            "client_secret": NINJAONE_CLIENT_SECRET,
        },
        "datto": {
            "base_url": format!("{base}/datto"),
            "api_key": DATTO_API_KEY,
            "api_secret": DATTO_API_SECRET,
            "owner_field": "udf5",
        },
        "oidc": {
            "issuer": format!("{base}/oidc/{ENTRA_TENANT_ID}/v2.0"),
            "client_id": OIDC_CLIENT_ID,
            "client_secret": OIDC_CLIENT_SECRET,
            "groups": {
                "deskhand-viewers": "viewer",
                "deskhand-approvers": "approver",
                "deskhand-agents": "agent",
                "deskhand-auditors": "auditor",
                "deskhand-admins": "admin",
            },
        },
    })
}
