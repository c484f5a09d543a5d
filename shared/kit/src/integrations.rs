//! The tenants' secrets for outside systems: one per tenant and integration, cached for five minutes.

use aws_sdk_secretsmanager::error::{ProvideErrorMetadata, SdkError};
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
    pub async fn config<T: DeserializeOwned>(
        &self,
        tenant: &Tenant,
        vendor: &'static str,
    ) -> Result<T, CallError> {
        let found = self.find(tenant, vendor).await?;
        found.ok_or_else(|| CallError::Misconfigured {
            vendor,
            message: format!("put the secret {}", self.name(tenant, vendor)),
        })
    }

    /// The same, where a tenant may do without: none when there is no secret.
    ///
    /// # Errors
    /// `Misconfigured` when the secret is there and lacks a field.
    #[expect(
        clippy::disallowed_methods,
        reason = "the JSON is read into the vendor's own secret types here"
    )]
    pub async fn find<T: DeserializeOwned>(
        &self,
        tenant: &Tenant,
        vendor: &'static str,
    ) -> Result<Option<T>, CallError> {
        let name = self.name(tenant, vendor);
        let Some(text) = self.text(&name, vendor).await? else {
            return Ok(None);
        };
        let read = serde_json::from_str(text.expose_secret());
        read.map(Some).map_err(|error| CallError::Misconfigured {
            vendor,
            message: format!(
                "the secret {name} does not fit: {} (line {})",
                kind(&error),
                error.line()
            ),
        })
    }

    /// The name of a tenant's secret for one integration.
    #[must_use]
    pub fn name(&self, tenant: &Tenant, vendor: &str) -> String {
        format!("{}/{}/{vendor}", self.stack, tenant.as_str())
    }

    async fn text(
        &self,
        name: &str,
        vendor: &'static str,
    ) -> Result<Option<SecretString>, CallError> {
        let mut kept = self.kept.lock().await;
        if let Some((at, text)) = kept.get(name)
            && at.elapsed() < KEPT_FOR
        {
            return Ok(Some(text.clone()));
        }
        let asked = self.client.get_secret_value().secret_id(name).send().await;
        let read = match asked {
            Ok(read) => read,
            Err(error) if is_absent(&error) => return Ok(None),
            Err(_) => {
                return Err(CallError::Unavailable {
                    vendor,
                    message: "Secrets Manager could not be asked".to_owned(),
                    retry_after: None,
                });
            }
        };
        let text = SecretString::from(read.secret_string.unwrap_or_default());
        kept.insert(name.to_owned(), (Instant::now(), text.clone()));
        Ok(Some(text))
    }
}

/// Whether there is no such secret for us. IAM knows the name of one that is not there without its random ending, which no
/// pattern of ours fits: then AWS says that access is denied.
fn is_absent(error: &SdkError<GetSecretValueError>) -> bool {
    let said = error
        .as_service_error()
        .and_then(ProvideErrorMetadata::code);
    matches!(
        said,
        Some("ResourceNotFoundException" | "AccessDeniedException")
    )
}

/// What is wrong with a secret's JSON, without any of its text.
fn kind(error: &serde_json::Error) -> &'static str {
    match error.classify() {
        serde_json::error::Category::Data => "a field is missing or of the wrong kind",
        _ => "it is not JSON",
    }
}
