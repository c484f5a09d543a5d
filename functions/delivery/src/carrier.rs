//! What a try needs: the owner's number as the directory has it now, the carrier, and the credential itself.

use crate::message;
use domain::{Credential, PhoneNumber, Tenant, UserId};
use kit::{App, SealError};
use ports::{CallError, SendSms};
use secrecy::SecretString;
use std::sync::Arc;

/// Whom to send to, and by whom.
pub(crate) struct Carrier {
    pub(crate) sms: Arc<dyn SendSms>,
    pub(crate) to: PhoneNumber,
}

/// A message that can be sent.
pub(crate) struct Ready {
    pub(crate) carrier: Carrier,
    pub(crate) text: SecretString,
}

/// Why nothing can be sent.
#[derive(Debug)]
pub(crate) enum NotReady {
    /// The directory has no number for the owner.
    NoNumber,
    /// The directory or the carrier's set-up said so.
    Call(CallError),
    /// The credential is gone, or has lapsed.
    Gone,
    /// The key service said so.
    Seal(SealError),
}

impl NotReady {
    /// Whether a later look may find everything there.
    pub(crate) fn may_pass(&self) -> bool {
        match self {
            Self::Call(error) => error.is_retryable(),
            Self::Seal(SealError::Unavailable(_)) => true,
            Self::Seal(SealError::NotOurs) | Self::NoNumber | Self::Gone => false,
        }
    }

    /// Why, for an agent.
    pub(crate) fn sentence(&self) -> String {
        match self {
            Self::NoNumber => "the directory has no mobile number for the owner".to_owned(),
            Self::Call(error) => error.to_string(),
            Self::Gone => "the credential was destroyed or has expired".to_owned(),
            Self::Seal(error) => error.to_string(),
        }
    }
}

/// The owner's number and the tenant's carrier.
pub(crate) async fn carrier(
    app: &App,
    tenant: &Tenant,
    owner: &UserId,
) -> Result<Carrier, NotReady> {
    let sms = outside::sms(app, tenant).await.map_err(NotReady::Call)?;
    let directory = outside::directory(app, tenant)
        .await
        .map_err(NotReady::Call)?;
    let person = directory
        .person(owner.as_str())
        .await
        .map_err(NotReady::Call)?;
    let to = person.mobile.ok_or(NotReady::NoNumber)?;
    Ok(Carrier { sms, to })
}

/// The credential, opened.
pub(crate) async fn open(
    app: &App,
    tenant: &Tenant,
    credential: &Credential,
) -> Result<SecretString, NotReady> {
    let sealed = credential
        .open(app.clock().now())
        .map_err(|_| NotReady::Gone)?;
    app.seal()
        .open(tenant, credential.id.as_str(), sealed)
        .await
        .map_err(NotReady::Seal)
}

/// Everything a try needs.
pub(crate) async fn ready(
    app: &App,
    tenant: &Tenant,
    credential: Option<&Credential>,
    text: &str,
) -> Result<Ready, NotReady> {
    let credential = credential.ok_or(NotReady::Gone)?;
    let carrier = carrier(app, tenant, &credential.user_id).await?;
    let opened = open(app, tenant, credential).await?;
    Ok(Ready {
        carrier,
        text: message::fill(text, &opened),
    })
}
