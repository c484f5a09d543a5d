//! `create_tenant`: a tenant with its admin, API key, webhook sources and playbooks. An operator invokes it; IAM is the
//! credential.

use crate::catalogue::copy_catalogue;
use crate::webhook_sources::{self, Webhooks};
use crate::{identity, identity::letters};
use domain::Tenant;
use jiff::Timestamp;
use kit::{App, Problem};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use store::{KeyRow, NewTenant, StoreError, TenantRow, UserRow};

/// Characters of an API key by which its owner recognises it.
const PREFIX: usize = 12;

/// The tenant to make.
#[derive(Debug, Deserialize)]
pub(crate) struct TenantRequest {
    /// Its name; the same name is the same tenant.
    name: String,
    /// Its first admin.
    admin_email: String,
}

/// The tenant, with its secrets when it was made just now. They are not kept and cannot be shown again.
#[derive(Serialize)]
struct TenantReply {
    tenant: String,
    created: bool,
    admin: Admin,
    api_key: Option<String>,
    webhooks: Webhooks,
}

#[derive(Serialize)]
struct Admin {
    username: String,
    password: Option<String>,
}

/// Makes a tenant, or finds the one of this name and brings it the catalogue's new playbooks.
///
/// # Errors
/// When the name or the address is not one, or the tables or the key cannot be asked; repeating is safe.
pub(crate) async fn create_tenant(app: App, ask: TenantRequest) -> Result<Value, Problem> {
    let (name, email) = (
        identity::name(&ask.name)?,
        identity::email(&ask.admin_email)?,
    );
    let tenant = identity::tenant(name)?;
    // The playbooks come first: once the secrets are made, nothing may fail any more.
    copy_catalogue(&app, &tenant).await?;
    if let Some(row) = app.store().tenant_named(tenant.as_str()).await? {
        return known(&app, &tenant, row, name);
    }
    let (new, reply) = make(&app, &tenant, name, email).await?;
    match app.store().create_tenant(new).await {
        Ok(()) => rendered(&reply),
        Err(error @ StoreError::Conflict { .. }) => {
            match app.store().tenant_named(tenant.as_str()).await? {
                Some(row) => known(&app, &tenant, row, name),
                None => Err(error.into()),
            }
        }
        Err(error) => Err(error.into()),
    }
}

/// The reply about a tenant that is there.
fn known(app: &App, tenant: &Tenant, row: TenantRow, name: &str) -> Result<Value, Problem> {
    if row.name != name {
        return Err(Problem::conflict(
            "NAME_TAKEN",
            "another tenant's name has the same id; choose another name",
        ));
    }
    rendered(&TenantReply {
        tenant: tenant.as_str().to_owned(),
        created: false,
        admin: Admin {
            username: row.admin,
            password: None,
        },
        api_key: None,
        webhooks: Webhooks::known(&app.config().public_base_url, &row.sources),
    })
}

/// A new tenant's rows, and the reply that shows its secrets.
async fn make(
    app: &App,
    tenant: &Tenant,
    name: &str,
    email: &str,
) -> Result<(NewTenant, TenantReply), Problem> {
    let now = app.clock().now();
    let (sources, webhooks) = webhook_sources::make(app, tenant, now).await?;
    let password = auth::mint("", &app.ids().bytes(32));
    let key = auth::mint("vetrai_", &app.ids().bytes(32));
    let key_row = key_row(tenant, &letters(&app.ids().bytes(10)), &key.plain, now);
    let new = NewTenant {
        tenant: tenant.clone(),
        row: TenantRow {
            name: name.to_owned(),
            admin: email.to_owned(),
            key_id: key_row.id.clone(),
            sources: sources.iter().map(|source| source.id.clone()).collect(),
            created_at: now,
        },
        admin: UserRow {
            username: email.to_owned(),
            role: "admin".to_owned(),
            password_hash: password.fingerprint,
            created_at: now,
        },
        key_hash: key.fingerprint,
        key: key_row,
        sources,
    };
    let reply = TenantReply {
        tenant: tenant.as_str().to_owned(),
        created: true,
        admin: Admin {
            username: email.to_owned(),
            password: Some(password.plain),
        },
        api_key: Some(key.plain),
        webhooks,
    };
    Ok((new, reply))
}

/// The row of a key that may do everything and does not lapse.
fn key_row(tenant: &Tenant, id: &str, plain: &str, now: Timestamp) -> KeyRow {
    KeyRow {
        id: format!("key_{id}"),
        tenant: tenant.as_str().to_owned(),
        scopes: auth::all_scopes().into_iter().map(str::to_owned).collect(),
        prefix: plain.chars().take(PREFIX).collect(),
        name: "first key".to_owned(),
        revoked: false,
        expires_at: None,
        created_at: now,
    }
}

fn rendered(reply: &TenantReply) -> Result<Value, Problem> {
    serde_json::to_value(reply).map_err(|error| Problem::internal(&error))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_known_tenants_reply_has_the_same_fields_and_no_secret() {
        let reply = TenantReply {
            tenant: "acme-1".into(),
            created: false,
            admin: Admin {
                username: "admin@example.com".into(),
                password: None,
            },
            api_key: None,
            webhooks: Webhooks::known("https://desk.example.com", &[]),
        };
        let reply = rendered(&reply).unwrap();
        assert_eq!(reply["created"], json!(false));
        assert_eq!(
            reply["admin"],
            json!({"username": "admin@example.com", "password": null})
        );
        assert_eq!(
            (&reply["api_key"], &reply["webhooks"]["azuread"]["secret"]),
            (&Value::Null, &Value::Null)
        );
    }

    #[test]
    fn a_first_key_may_do_everything_and_its_row_does_not_hold_it() {
        let tenant = identity::tenant("Acme").unwrap();
        let key = auth::mint("vetrai_", &[7; 32]);
        let row = key_row(&tenant, "0123456789", &key.plain, Timestamp::UNIX_EPOCH);
        assert_eq!(row.scopes, auth::all_scopes());
        assert!(key.plain.starts_with(&row.prefix) && row.prefix.len() == PREFIX);
        assert!(!serde_json::to_string(&row).unwrap().contains(&key.plain));
    }
}
