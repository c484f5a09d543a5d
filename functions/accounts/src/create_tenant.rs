//! `create_tenant`: a tenant with its admin, API key, webhook sources and playbooks. An operator invokes it; IAM is the
//! credential.

use crate::catalogue::copy_catalogue;
use crate::new_tenant::{self, Made, NewTenant, Unmade};
use crate::webhook_sources::Webhooks;
use crate::{identity, names};
use audit::Actor;
use domain::Tenant;
use kit::{App, Problem};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use store::TenantRow;

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
    let by = Actor::System("create_tenant".to_owned());
    let new = NewTenant {
        tenant: &tenant,
        name,
        admin_email: &email,
        email_domains: &ask.email_domains,
        above: None,
        by: by.clone(),
        by_above: by,
    };
    match new_tenant::make(&app, &new).await {
        Ok(made) => rendered(&told(&tenant, made)),
        Err(Unmade::Before) => match app.store().tenant(&tenant).await? {
            Some(row) => known(&app, &tenant, row, name),
            None => Err(Problem::conflict(
                "DOMAIN_TAKEN",
                "one of email_domains belongs to another tenant",
            )),
        },
        Err(Unmade::Not(problem)) => Err(problem),
    }
}

/// The reply that shows a new tenant's secrets.
fn told(tenant: &Tenant, made: Made) -> TenantReply {
    TenantReply {
        tenant: tenant.as_str().to_owned(),
        created: true,
        admin: Admin {
            username: made.row.admin,
            password: Some(made.password),
        },
        api_key: Some(made.api_key),
        webhooks: made.webhooks,
    }
}

/// The reply about a tenant that is there.
fn known(app: &App, tenant: &Tenant, row: TenantRow, name: &str) -> Result<Value, Problem> {
    if row.made_as.as_ref().unwrap_or(&row.name) != name {
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
