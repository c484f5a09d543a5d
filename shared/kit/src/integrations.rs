//! The tenants' secrets for outside systems: one per tenant and integration, cached for five minutes.

use aws_sdk_secretsmanager::operation::get_secret_value::GetSecretValueError;
use domain::Tenant;
use ports::CallError;
use secrecy::{ExposeSecret, SecretString};
use serde::de::DeserializeOwned;
use std::collections::HashMap;
use std::time::{Duration, Instant};
use tokio::sync::Mutex;

const KEPT_FOR: Duration = Duration::from_mins(5);

/// Reads `<stack>/<tenant>/<integration>`.
pub struct Integrations {
    client: aws_sdk_secretsmanager::Client,
    stack: String,
    kept: Mutex<HashMap<String, (Instant, SecretString)>>,
}

impl Integrations {
    pub(crate) fn new(client: aws_sdk_secretsmanager::Client, stack: &str) -> Self {
        Self {
            client,
            stack: stack.to_owned(),
            kept: Mutex::default(),
        }
    }

    /// A tenant's configuration of one integration.
    ///
    /// # Errors
    /// `Misconfigured` when the secret is missing or lacks a field; it says which secret to put.
    #[expect(
        clippy::disallowed_methods,
        reason = "the JSON is read into the vendor's own secret types here"
    )]
    pub async fn config<T: DeserializeOwned>(
        &self,
        tenant: &Tenant,
        vendor: &'static str,
    ) -> Result<T, CallError> {
        let name = format!("{}/{}/{vendor}", self.stack, tenant.as_str());
        let text = self.text(&name, vendor).await?;
        serde_json::from_str(text.expose_secret()).map_err(|error| CallError::Misconfigured {
            vendor,
            message: format!(
                "the secret {name} does not fit: {} (line {})",
                kind(&error),
                error.line()
            ),
        })
    }

    async fn text(&self, name: &str, vendor: &'static str) -> Result<SecretString, CallError> {
        let mut kept = self.kept.lock().await;
        if let Some((at, text)) = kept.get(name)
            && at.elapsed() < KEPT_FOR
        {
            return Ok(text.clone());
        }
        let read = self
            .client
            .get_secret_value()
            .secret_id(name)
            .send()
            .await
            .map_err(|error| {
                if error
                    .as_service_error()
                    .is_some_and(GetSecretValueError::is_resource_not_found_exception)
                {
                    CallError::Misconfigured {
                        vendor,
                        message: format!("put the secret {name}"),
                    }
                } else {
                    CallError::Unavailable {
                        vendor,
                        message: "Secrets Manager could not be asked".to_owned(),
                        retry_after: None,
                    }
                }
            })?;
        let text = SecretString::from(read.secret_string.unwrap_or_default());
        kept.insert(name.to_owned(), (Instant::now(), text.clone()));
        Ok(text)
    }
}

/// What is wrong with a secret's JSON, without any of its text.
fn kind(error: &serde_json::Error) -> &'static str {
    match error.classify() {
        serde_json::error::Category::Data => "a field is missing or of the wrong kind",
        _ => "it is not JSON",
    }
}
