//! How each vendor is asked whether a tenant's credentials open it, without changing anything there.

use reqwest::{Client, RequestBuilder};
use serde_json::Value;

/// Microsoft's "Azure Multi-Factor Auth Client", the same in every directory.
const MFA_CLIENT: &str = "981f26a1-7f43-403b-a875-f8b09b8cd720";
/// What its token is for.
const MFA_RESOURCE: &str =
    "https://adnotifications.windowsazure.com/StrongAuthenticationService.svc/Connector";

/// A vendor and the fields its secret must have.
pub(super) struct Vendor {
    pub(super) integration: &'static str,
    pub(super) fields: &'static [&'static str],
}

/// The vendors a password reset needs.
pub(super) const ALL: [Vendor; 3] = [
    Vendor {
        integration: "halopsa",
        fields: &[
            "base_url",
            "client_id",
            "client_secret",
            "field_automated",
            "outcome_note",
            "agent_id",
        ],
    },
    Vendor {
        integration: "entra",
        fields: &[
            "graph_url",
            "login_url",
            "mfa_url",
            "tenant_id",
            "client_id",
            "client_secret",
            "mfa_client_secret",
        ],
    },
    Vendor {
        integration: "twilio",
        fields: &[
            "base_url",
            "account_sid",
            "key_sid",
            "key_secret",
            "auth_token",
        ],
    },
];

impl Vendor {
    /// Asks the vendor; the answer says what was opened, the error what is missing.
    pub(super) async fn ask(&self, http: &Client, secret: &Value) -> Result<String, String> {
        let absent = self.absent(secret);
        if !absent.is_empty() {
            return Err(format!("the secret has no {}", absent.join(", ")));
        }
        match self.integration {
            "halopsa" => halopsa(http, secret).await,
            "entra" => entra(http, secret).await,
            _ => twilio(http, secret).await,
        }
    }

    fn absent(&self, secret: &Value) -> Vec<&'static str> {
        let is_absent = |field: &&&str| secret[**field].is_null() || secret[**field] == "";
        self.fields.iter().filter(is_absent).copied().collect()
    }
}

async fn halopsa(http: &Client, secret: &Value) -> Result<String, String> {
    let base = text(secret, "base_url").trim_end_matches('/');
    let mut url = match secret["token_url"].as_str() {
        Some(url) => url.to_owned(),
        None => format!("{base}/auth/token"),
    };
    if let Some(tenant) = secret["tenant"].as_str() {
        url = format!("{url}?tenant={tenant}");
    }
    let form = [
        ("grant_type", "client_credentials"),
        ("client_id", text(secret, "client_id")),
        ("client_secret", text(secret, "client_secret")),
        ("scope", "all"),
    ];
    token("the token endpoint", http.post(url).form(&form)).await
}

async fn entra(http: &Client, secret: &Value) -> Result<String, String> {
    let directory = format!(
        "{}/{}",
        text(secret, "login_url").trim_end_matches('/'),
        text(secret, "tenant_id")
    );
    let graph = [
        ("grant_type", "client_credentials"),
        ("client_id", text(secret, "client_id")),
        ("client_secret", text(secret, "client_secret")),
        ("scope", "https://graph.microsoft.com/.default"),
    ];
    let url = format!("{directory}/oauth2/v2.0/token");
    token("Graph's token endpoint", http.post(url).form(&graph)).await?;
    let mfa = [
        ("grant_type", "client_credentials"),
        ("client_id", MFA_CLIENT),
        ("client_secret", text(secret, "mfa_client_secret")),
        ("resource", MFA_RESOURCE),
        ("scope", "openid"),
    ];
    let url = format!("{directory}/oauth2/token");
    token(
        "the MFA connector's token endpoint",
        http.post(url).form(&mfa),
    )
    .await?;
    Ok("Graph and the MFA connector gave a token".to_owned())
}

async fn twilio(http: &Client, secret: &Value) -> Result<String, String> {
    if secret["from"].is_null() && secret["messaging_service_sid"].is_null() {
        return Err("the secret has neither from nor messaging_service_sid".to_owned());
    }
    let base = text(secret, "base_url").trim_end_matches('/');
    let account = text(secret, "account_sid");
    let url = format!("{base}/2010-04-01/Accounts/{account}/Messages.json?PageSize=1");
    let (key, password) = (text(secret, "key_sid"), text(secret, "key_secret"));
    let asked = http.get(url).basic_auth(key, Some(password));
    answered("the account's messages", asked).await?;
    Ok("the key opens the account".to_owned())
}

async fn token(what: &str, asked: RequestBuilder) -> Result<String, String> {
    let body = answered(what, asked).await?;
    if body["access_token"].is_string() {
        return Ok(format!("{what} gave a token"));
    }
    Err(format!("{what} answered without an access_token"))
}

async fn answered(what: &str, asked: RequestBuilder) -> Result<Value, String> {
    let answer = asked
        .send()
        .await
        .map_err(|cause| format!("{what} does not answer ({})", cause.without_url()))?;
    let status = answer.status();
    let body: Value = answer.json().await.unwrap_or_default();
    if status.is_success() {
        return Ok(body);
    }
    let said = ["error_description", "error", "message"]
        .iter()
        .find_map(|name| body[name].as_str());
    Err(format!(
        "{what} refused: {status} {}",
        said.unwrap_or_default()
    ))
}

fn text<'a>(secret: &'a Value, field: &str) -> &'a str {
    secret[field].as_str().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn absent_fields_are_named_before_anybody_is_asked() {
        let secret = serde_json::json!({"base_url": "http://127.0.0.1:9", "client_id": ""});
        let said = ALL[0].ask(&Client::new(), &secret).await.unwrap_err();
        assert_eq!(
            said,
            "the secret has no client_id, client_secret, field_automated, outcome_note, agent_id"
        );
    }

    #[test]
    fn the_sandboxes_secrets_have_every_field() {
        let all = sandbox::credentials("http://localhost:8090");
        for vendor in ALL {
            assert_eq!(vendor.absent(&all[vendor.integration]), Vec::<&str>::new());
        }
    }
}
