//! `create_tenant`: a tenant with its admin, API key, webhook sources and playbooks. An operator invokes it; IAM is the
//! credential.

use crate::api_key::{self, NewKey};
use crate::catalogue::copy_catalogue;
use crate::people::NewUser;
use crate::webhook_sources::{self, Webhooks};
use crate::{identity, names};
use audit::{Actor, Entry};
use auth::Role;
use domain::{ChainHead, Tenant};
use kit::{App, Problem};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use store::{CountRow, StoreError, TenantRow};

/// The tenant to make.
#[derive(Debug, Deserialize)]
pub(crate) struct TenantRequest {
    /// Its name; the same name is the same tenant.
    name: String,
    /// Its first admin.
    admin_email: String,
    /// Domains whose people may register with it, where the deployment allows them.
    #[serde(default)]
    email_domains: Vec<String>,
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
    let name = identity::name(&ask.name)?;
    let email = names::email(&ask.admin_email)?;
    let tenant = identity::tenant(name)?;
    // The playbooks come first: once the secrets are made, nothing may fail any more.
    copy_catalogue(&app, &tenant).await?;
    if let Some(row) = app.store().tenant(&tenant).await? {
        return known(&app, &tenant, row, name);
    }
    match make(&app, &tenant, name, &email, &ask.email_domains).await {
        Ok(reply) => rendered(&reply),
        Err(Made::Before) => match app.store().tenant(&tenant).await? {
            Some(row) => known(&app, &tenant, row, name),
            None => Err(Problem::conflict(
                "DOMAIN_TAKEN",
                "one of email_domains belongs to another tenant",
            )),
        },
        Err(Made::Not(problem)) => Err(problem),
    }
}

/// Why a tenant was not made.
enum Made {
    /// Somebody else made it.
    Before,
    /// Anything else.
    Not(Problem),
}

impl From<Problem> for Made {
    fn from(problem: Problem) -> Self {
        Self::Not(problem)
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

/// Makes a tenant whole, and the reply that shows its secrets.
async fn make(
    app: &App,
    tenant: &Tenant,
    name: &str,
    email: &str,
    domains: &[String],
) -> Result<TenantReply, Made> {
    let now = app.clock().now();
    let number = app
        .store()
        .next_global_number("tenant")
        .await
        .map_err(Problem::from)?;
    let (sources, webhooks) = webhook_sources::make(app, tenant, now).await?;
    let password = auth::mint("", &app.ids().bytes(32)).plain;
    let by = || Actor::System("create_tenant".to_owned());
    let row = TenantRow {
        number,
        name: name.to_owned(),
        admin: email.to_owned(),
        sources: sources.iter().map(|source| source.id.clone()).collect(),
        parent: None,
        children: Vec::new(),
        email_domains: domains.to_vec(),
        suspended_at: None,
        created_at: now,
        chain: ChainHead::default(),
        rev: 0,
    };
    let admin = NewUser {
        username: email,
        email,
        email_verified: true,
        first_name: "",
        last_name: "",
        password: Some(&password),
        is_active: true,
        roles: &[Role::Admin],
    };
    let entry = Entry::new(now, by(), "organization.created").fact("number", number);
    let mut write = app
        .store()
        .write(tenant, "create_tenant")
        .tenant(None, &row, vec![entry]);
    for source in &sources {
        write = write.source(source);
    }
    for domain in domains {
        write = write.domain(domain);
    }
    let (write, _) = admin.put(app, write, &CountRow::default(), by())?;
    let first = NewKey {
        name: "first key",
        scopes: auth::all_scopes().map(str::to_owned).collect(),
        user_id: None,
        expires_at: None,
        max: None,
    };
    let (write, key) = first.put(app, write, tenant, &CountRow::default(), by());
    match write.commit().await {
        Ok(()) => {}
        Err(StoreError::Conflict { .. }) => return Err(Made::Before),
        Err(error) => return Err(Made::Not(error.into())),
    }
    Ok(TenantReply {
        tenant: tenant.as_str().to_owned(),
        created: true,
        admin: Admin {
            username: email.to_owned(),
            password: Some(password),
        },
        api_key: Some(api_key::plain(key)),
        webhooks,
    })
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
}
