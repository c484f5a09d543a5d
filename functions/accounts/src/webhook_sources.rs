//! The webhook sources that a tenant begins with: one per vendor, each with a credential that is shown once.

use crate::identity::letters;
use auth::{fingerprint, mint};
use base64::{Engine, engine::general_purpose::STANDARD};
use domain::Tenant;
use jiff::Timestamp;
use kit::{App, Problem};
use secrecy::SecretString;
use serde::Serialize;
use store::SourceRow;

const HALOPSA: &str = "halopsa";
const AZUREAD: &str = "azuread";

/// Bytes of chance in a secret.
const SECRET_BYTES: usize = 32;

/// What to enter at each vendor.
#[derive(Serialize)]
pub(crate) struct Webhooks {
    halopsa: HaloWebhooks,
    azuread: AzureWebhook,
}

/// HaloPSA shows name and password (Basic).
#[derive(Serialize)]
struct HaloWebhooks {
    username: String,
    password: Option<String>,
    ticket_created_url: String,
    ticket_updated_url: String,
}

/// The MFA callback is signed (Standard Webhooks).
#[derive(Serialize)]
struct AzureWebhook {
    username: String,
    secret: Option<String>,
    url: String,
}

impl Webhooks {
    fn new(
        public_base_url: &str,
        ids: (String, String),
        secrets: Option<(String, String)>,
    ) -> Self {
        let url = |path: &str| format!("{public_base_url}/webhooks/{path}");
        let (password, secret) = secrets.unzip();
        Self {
            halopsa: HaloWebhooks {
                username: ids.0,
                password,
                ticket_created_url: url("halopsa/ticket_created"),
                ticket_updated_url: url("halopsa/ticket_updated"),
            },
            azuread: AzureWebhook {
                username: ids.1,
                secret,
                url: url("azuread/mfa_response"),
            },
        }
    }

    /// Of a tenant that has its sources already: their secrets cannot be shown again.
    pub(crate) fn known(public_base_url: &str, ids: &[String]) -> Self {
        let id = |vendor: &str| {
            let prefix = format!("src-{vendor}-");
            ids.iter()
                .find(|id| id.starts_with(&prefix))
                .cloned()
                .unwrap_or_default()
        };
        Self::new(public_base_url, (id(HALOPSA), id(AZUREAD)), None)
    }
}

/// Makes the sources of a new tenant.
///
/// # Errors
/// When the signing secret cannot be sealed.
pub(crate) async fn make(
    app: &App,
    tenant: &Tenant,
    now: Timestamp,
) -> Result<(Vec<SourceRow>, Webhooks), Problem> {
    let id = |vendor: &str| format!("src-{vendor}-{}", letters(&app.ids().bytes(6)));
    let row =
        |id: &str, vendor: &str, secret_hash: String, sealed_secret: Option<String>| SourceRow {
            id: id.to_owned(),
            tenant: tenant.as_str().to_owned(),
            vendor: vendor.to_owned(),
            secret_hash,
            sealed_secret,
            suspended: false,
            created_at: now,
        };
    let (halo, azure) = (id(HALOPSA), id(AZUREAD));
    let password = mint("", &app.ids().bytes(SECRET_BYTES));
    let secret = signing_secret(&app.ids().bytes(SECRET_BYTES));
    // A signature is checked with the secret itself, so it is kept, sealed under its source's id.
    let sealed = app
        .seal()
        .seal(tenant, &azure, &SecretString::from(secret.clone()))
        .await?;
    let rows = vec![
        row(&halo, HALOPSA, password.fingerprint, None),
        row(
            &azure,
            AZUREAD,
            fingerprint(secret.as_bytes()),
            Some(sealed),
        ),
    ];
    let shown = Webhooks::new(
        &app.config().public_base_url,
        (halo, azure),
        Some((password.plain, secret)),
    );
    Ok((rows, shown))
}

/// A Standard Webhooks secret.
fn signing_secret(random: &[u8]) -> String {
    format!("whsec_{}", STANDARD.encode(random))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    #[test]
    fn a_known_tenants_secrets_are_not_shown_again() {
        let ids = [
            "src-azuread-a1b2c3".to_owned(),
            "src-halopsa-d4e5f6".to_owned(),
        ];
        let shown =
            serde_json::to_value(Webhooks::known("https://desk.example.com", &ids)).unwrap();
        assert_eq!(
            shown["halopsa"],
            json!({
                "username": "src-halopsa-d4e5f6",
                "password": null,
                "ticket_created_url": "https://desk.example.com/webhooks/halopsa/ticket_created",
                "ticket_updated_url": "https://desk.example.com/webhooks/halopsa/ticket_updated",
            })
        );
        assert_eq!(shown["azuread"]["username"], json!("src-azuread-a1b2c3"));
        assert_eq!(shown["azuread"]["secret"], Value::Null);
        assert_eq!(
            shown["azuread"]["url"],
            json!("https://desk.example.com/webhooks/azuread/mfa_response")
        );
    }

    #[test]
    fn a_signing_secret_has_the_form_of_standard_webhooks() {
        let secret = signing_secret(&[0xff; SECRET_BYTES]);
        let bytes = STANDARD
            .decode(secret.strip_prefix("whsec_").unwrap())
            .unwrap();
        assert!((24..=64).contains(&bytes.len()));
    }
}
