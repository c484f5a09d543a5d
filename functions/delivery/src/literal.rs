//! A credential that a caller gives in the clear: sealed at once, and named so that giving it again names it again.
//!
//! Its name must not betray it: a plain hash of eight characters is found by trying. So the name is an HMAC under a key
//! of the ticket's own, made at the first such call and kept only sealed.

use domain::{Credential, CredentialRef, CredentialState, Tenant, Ticket, UserId};
use hmac::{Hmac, KeyInit, Mac};
use jiff::{SignedDuration, Timestamp};
use kit::{App, Problem};
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Map, Value, json};
use sha2::Sha256;
use store::{ActionRow, ActionState, StoreError};

/// How long a given credential may be delivered.
const KEPT_FOR: SignedDuration = SignedDuration::from_mins(60);
/// The row that holds the ticket's key.
const KEY_ROW: &str = "send_sms-naming_key";
const SEALED: &str = "sealed_key";

/// The credential's name: the same for the same owner and text on the same ticket.
pub(crate) async fn name(
    app: &App,
    tenant: &Tenant,
    ticket: &Ticket,
    owner: &UserId,
    text: &SecretString,
) -> Result<CredentialRef, Problem> {
    let key = key(app, tenant, ticket).await?;
    reference(&key, owner, text).map_err(|error| Problem::internal(&*error))
}

/// The credential, sealed.
pub(crate) async fn seal(
    app: &App,
    tenant: &Tenant,
    ticket: &Ticket,
    owner: &UserId,
    id: CredentialRef,
    text: &SecretString,
    now: Timestamp,
) -> Result<Credential, Problem> {
    let ciphertext = app.seal().seal(tenant, id.as_str(), text).await?;
    Ok(Credential {
        id,
        ticket_id: ticket.id,
        user_id: owner.clone(),
        state: CredentialState::Sealed { ciphertext },
        expires_at: now + KEPT_FOR,
    })
}

/// The ticket's key; two who make it at once use the one that was written.
async fn key(app: &App, tenant: &Tenant, ticket: &Ticket) -> Result<SecretString, Problem> {
    let context = format!("{KEY_ROW}:{}", ticket.id);
    if let Some(sealed) = kept(app, tenant, ticket).await? {
        return Ok(app.seal().open(tenant, &context, &sealed).await?);
    }
    let made = SecretString::from(hex::encode(app.ids().bytes(32)));
    let row = ActionRow {
        id: KEY_ROW.to_owned(),
        ticket_id: ticket.id,
        state: ActionState::Done,
        output: Map::from_iter([(
            SEALED.to_owned(),
            json!(app.seal().seal(tenant, &context, &made).await?),
        )]),
        at: app.clock().now(),
        rev: 0,
    };
    match app
        .store()
        .write(tenant, "naming key")
        .action(None, &row)
        .commit()
        .await
    {
        Ok(()) => Ok(made),
        Err(StoreError::Conflict { .. }) => {
            let sealed = kept(app, tenant, ticket)
                .await?
                .ok_or_else(|| Problem::unavailable("try again"))?;
            Ok(app.seal().open(tenant, &context, &sealed).await?)
        }
        Err(error) => Err(error.into()),
    }
}

async fn kept(app: &App, tenant: &Tenant, ticket: &Ticket) -> Result<Option<String>, Problem> {
    let row = app.store().action(tenant, ticket.id, KEY_ROW).await?;
    Ok(row.and_then(|row| {
        row.output
            .get(SEALED)
            .and_then(Value::as_str)
            .map(str::to_owned)
    }))
}

#[expect(
    clippy::disallowed_methods,
    reason = "key and text go into an HMAC and nowhere else"
)]
fn reference(
    key: &SecretString,
    owner: &UserId,
    text: &SecretString,
) -> Result<CredentialRef, Box<dyn std::error::Error>> {
    let mut mac = <Hmac<Sha256> as KeyInit>::new_from_slice(key.expose_secret().as_bytes())?;
    mac.update(owner.as_str().as_bytes());
    mac.update(&[0]);
    mac.update(text.expose_secret().as_bytes());
    let name = hex::encode(mac.finalize().into_bytes());
    Ok(CredentialRef::parse(&format!("cred_{}", &name[..32]))?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(key: &str, owner: &str, text: &str) -> CredentialRef {
        reference(
            &key.to_owned().into(),
            &UserId::parse(owner).unwrap(),
            &text.to_owned().into(),
        )
        .unwrap()
    }

    #[test]
    fn the_same_credential_on_the_same_ticket_has_one_name() {
        let first = named("key", "abc-123", "ABCD1234EFGH5678");
        assert_eq!(first, named("key", "abc-123", "ABCD1234EFGH5678"));
        assert_ne!(first, named("key", "abc-123", "ABCD1234EFGH5679"));
        assert_ne!(first, named("key", "def-456", "ABCD1234EFGH5678"));
    }

    #[test]
    fn without_the_key_the_name_is_not_found_by_trying() {
        assert_ne!(
            named("key", "abc-123", "A"),
            named("other key", "abc-123", "A")
        );
    }
}
