//! Sealing: KMS encryption bound to tenant and name, so that a ciphertext moved to another row does not open.

use aws_sdk_kms::primitives::Blob;
use base64::{Engine, engine::general_purpose::STANDARD};
use domain::Tenant;
use secrecy::{ExposeSecret, SecretString};
use std::collections::HashMap;

/// Seals and opens short secrets.
pub struct Seal {
    client: aws_sdk_kms::Client,
    key: String,
}

/// Why something was not sealed or opened.
#[derive(Debug, thiserror::Error)]
pub enum SealError {
    /// KMS could not be asked.
    #[error("the key service is not available")]
    Unavailable(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The ciphertext is not one of ours for this tenant and name.
    #[error("this does not open: it was sealed for something else, or altered")]
    NotOurs,
}

impl Seal {
    pub(crate) fn new(client: aws_sdk_kms::Client, key: &str) -> Self {
        Self {
            client,
            key: key.to_owned(),
        }
    }

    /// The ciphertext of `secret`, base64, which opens only for the same tenant and name.
    ///
    /// # Errors
    /// When KMS cannot be asked.
    #[expect(
        clippy::disallowed_methods,
        reason = "the plain text goes to KMS and nowhere else"
    )]
    pub async fn seal(
        &self,
        tenant: &Tenant,
        name: &str,
        secret: &SecretString,
    ) -> Result<String, SealError> {
        let sealed = self
            .client
            .encrypt()
            .key_id(&self.key)
            .plaintext(Blob::new(secret.expose_secret().as_bytes()))
            .set_encryption_context(Some(context(tenant, name)))
            .send()
            .await
            .map_err(|error| SealError::Unavailable(Box::new(error)))?;
        let blob = sealed.ciphertext_blob.ok_or(SealError::NotOurs)?;
        Ok(STANDARD.encode(blob))
    }

    /// What was sealed for this tenant and name.
    ///
    /// # Errors
    /// [`SealError::NotOurs`] for a ciphertext of another name or tenant.
    pub async fn open(
        &self,
        tenant: &Tenant,
        name: &str,
        sealed: &str,
    ) -> Result<SecretString, SealError> {
        let blob = STANDARD.decode(sealed).map_err(|_| SealError::NotOurs)?;
        let opened = self
            .client
            .decrypt()
            .key_id(&self.key)
            .ciphertext_blob(Blob::new(blob))
            .set_encryption_context(Some(context(tenant, name)))
            .send()
            .await
            .map_err(|error| match error.as_service_error() {
                Some(service) if service.is_invalid_ciphertext_exception() => SealError::NotOurs,
                _ => SealError::Unavailable(Box::new(error)),
            })?;
        let plain = opened.plaintext.ok_or(SealError::NotOurs)?.into_inner();
        String::from_utf8(plain)
            .map(SecretString::from)
            .map_err(|_| SealError::NotOurs)
    }
}

fn context(tenant: &Tenant, name: &str) -> HashMap<String, String> {
    HashMap::from([
        ("tenant".to_owned(), tenant.as_str().to_owned()),
        ("name".to_owned(), name.to_owned()),
    ])
}
