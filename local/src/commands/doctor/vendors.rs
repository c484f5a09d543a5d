//! How each vendor is asked whether a tenant's credentials open it, without changing anything there.

use reqwest::{Client, RequestBuilder};
use serde_json::Value;

/// Microsoft's "Azure Multi-Factor Auth Client", the same in every directory.
const MFA_CLIENT: &str = "981f26a1-7f43-403b-a875-f8b09b8cd720";
/// What its token is for.
const MFA_RESOURCE: &str =
    "https://adnotifications.windowsazure.com/StrongAuthenticationService.svc/Connector";

/// Where tokens come from, when the secret does not say.
const LOGIN_URL: &str = "https://login.microsoftonline.com";
/// Twilio, when the secret does not say.
const TWILIO_URL: &str = "https://api.twilio.com";

/// A vendor and the fields its secret must have: each `a`, or `a | b` for either, or `a + b` for both.
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
            "tenant_id",
            "client_id",
            "client_secret",
            "mfa_client_secret",
        ],
    },
    Vendor {
        integration: "twilio",
        fields: &[
            "account_sid",
            "key_sid + key_secret | auth_token",
            "messaging_service_sid | from",
        ],
    },
];

/// What manages devices and runs scripts on them: a tenant has one of them, or none.
pub(super) const RMM: [Vendor; 2] = [
    Vendor {
        integration: "ninjaone",
        fields: &["base_url", "client_id", "client_secret"],
    },
    Vendor {
        integration: "datto",
        fields: &["base_url", "api_key", "api_secret"],
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
            "ninjaone" => ninjaone(http, secret).await,
            "datto" => datto(http, secret).await,
            _ => twilio(http, secret).await,
        }
    }

    fn absent(&self, secret: &Value) -> Vec<&'static str> {
        let is_there = |field: &str| !secret[field].is_null() && secret[field] != "";
        let is_met = |need: &str| need.split(" | ").any(|all| all.split(" + ").all(is_there));
        let unmet = self.fields.iter().filter(|need| !is_met(need));
        unmet.copied().collect()
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
        text_or(secret, "login_url", LOGIN_URL).trim_end_matches('/'),
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
    let base = text_or(secret, "base_url", TWILIO_URL).trim_end_matches('/');
    let account = text(secret, "account_sid");
    let url = format!("{base}/2010-04-01/Accounts/{account}/Messages.json?PageSize=1");
    // As the client does: the key, else the account itself.
    let (what, user, password) = match (secret["key_sid"].as_str(), secret["key_secret"].as_str()) {
        (Some(key), Some(password)) => ("the key", key, password),
        _ => ("the account's token", account, text(secret, "auth_token")),
    };
    let asked = http.get(url).basic_auth(user, Some(password));
    answered("the account's messages", asked).await?;
    Ok(format!("{what} opens the account"))
}

async fn ninjaone(http: &Client, secret: &Value) -> Result<String, String> {
    let base = text(secret, "base_url").trim_end_matches('/');
    let form = [
        ("grant_type", "client_credentials"),
        ("client_id", text(secret, "client_id")),
        ("client_secret", text(secret, "client_secret")),
        ("scope", "monitoring management control"),
    ];
    let asked = http.post(format!("{base}/ws/oauth/token")).form(&form);
    token("the token endpoint", asked).await
}

async fn datto(http: &Client, secret: &Value) -> Result<String, String> {
    let base = text(secret, "base_url").trim_end_matches('/');
    let form = [
        ("grant_type", "password"),
        ("username", text(secret, "api_key")),
        ("password", text(secret, "api_secret")),
    ];
    let asked = http
        .post(format!("{base}/auth/oauth/token"))
        .basic_auth("public-client", Some("public"))
        .form(&form);
    token("the token endpoint", asked).await
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
    text_or(secret, field, "")
}

fn text_or<'a>(secret: &'a Value, field: &str, otherwise: &'a str) -> &'a str {
    secret[field].as_str().unwrap_or(otherwise)
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
    fn what_a_client_can_do_without_is_not_asked_for() {
        let entra = serde_json::json!({"tenant_id": "company.com", "client_id": "c", "client_secret": "s", "mfa_client_secret": "m"});
        assert_eq!(ALL[1].absent(&entra), Vec::<&str>::new());
        for credential in [
            serde_json::json!({"key_sid": "SK1", "key_secret": "s"}),
            serde_json::json!({"auth_token": "t"}),
        ] {
            let mut twilio = credential;
            twilio["account_sid"] = "AC1".into();
            assert_eq!(ALL[2].absent(&twilio), ["messaging_service_sid | from"]);
            twilio["from"] = "+441234567890".into();
            assert_eq!(ALL[2].absent(&twilio), Vec::<&str>::new());
        }
        let half =
            serde_json::json!({"account_sid": "AC1", "key_sid": "SK1", "from": "+441234567890"});
        assert_eq!(ALL[2].absent(&half), ["key_sid + key_secret | auth_token"]);
    }

    #[test]
    fn the_sandboxes_secrets_have_every_field() {
        let all = sandbox::credentials("http://localhost:8090");
        for vendor in ALL.iter().chain(&RMM) {
            assert_eq!(vendor.absent(&all[vendor.integration]), Vec::<&str>::new());
        }
    }
}
