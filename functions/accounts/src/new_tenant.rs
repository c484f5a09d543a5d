//! Making a tenant whole: the same rows whether an operator makes it or the tenant above.

use crate::api_key::{self, NewKey};
use crate::people::NewUser;
use crate::webhook_sources::{self, Webhooks};
use audit::{Actor, Entry};
use auth::Role;
use domain::{ChainHead, Tenant};
use kit::{App, Problem};
use store::{CountRow, StoreError, TenantLink, TenantRow, Write};

/// The tenant to make.
pub(crate) struct NewTenant<'a> {
    /// Its id.
    pub(crate) tenant: &'a Tenant,
    /// Its name.
    pub(crate) name: &'a str,
    /// Its first admin's address.
    pub(crate) admin_email: &'a str,
    /// Domains whose people may register with it.
    pub(crate) email_domains: &'a [String],
    /// The tenant that makes it, and its row as it was read.
    pub(crate) above: Option<(&'a Tenant, &'a TenantRow)>,
    /// Who makes it, as its own record names them.
    pub(crate) by: Actor,
    /// Who makes it, as the record of the tenant above names them.
    pub(crate) by_above: Actor,
}

/// A tenant that was made just now, at the one moment its secrets can be read.
pub(crate) struct Made {
    pub(crate) row: TenantRow,
    pub(crate) password: String,
    pub(crate) api_key: String,
    pub(crate) webhooks: Webhooks,
}

/// Why a tenant was not made.
pub(crate) enum Unmade {
    /// Somebody else wrote first: this tenant, one of its domains, or the tenant above.
    Before,
    /// Anything else.
    Not(Problem),
}

impl From<Problem> for Unmade {
    fn from(problem: Problem) -> Self {
        Self::Not(problem)
    }
}

impl From<StoreError> for Unmade {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Conflict { .. } => Self::Before,
            other => Self::Not(other.into()),
        }
    }
}

/// Makes a tenant with its admin, first key and webhook sources, in one transaction.
///
/// # Errors
/// When somebody else made it, or the tables or the key cannot be asked.
pub(crate) async fn make(app: &App, new: &NewTenant<'_>) -> Result<Made, Unmade> {
    let NewTenant { tenant, name, .. } = *new;
    let now = app.clock().now();
    let number = app.store().next_global_number("tenant").await?;
    let (sources, webhooks) = webhook_sources::make(app, tenant, now).await?;
    let password = auth::mint("", &app.ids().bytes(32)).plain;
    let row = TenantRow {
        number,
        name: name.to_owned(),
        admin: new.admin_email.to_owned(),
        sources: sources.iter().map(|source| source.id.clone()).collect(),
        made_as: None,
        parent: new
            .above
            .map(|(above, row)| TenantLink::to(above, row.number)),
        children: Vec::new(),
        email_domains: new.email_domains.to_vec(),
        suspended_at: None,
        suspended_for: None,
        created_at: now,
        chain: ChainHead::default(),
        rev: 0,
    };
    let entry = Entry::new(now, new.by.clone(), "organization.created").fact("number", number);
    let mut write =
        app.store()
            .write(tenant, "organization created")
            .tenant(None, &row, vec![entry]);
    for source in &sources {
        write = write.source(source);
    }
    for domain in new.email_domains {
        write = write.domain(domain);
    }
    if let Some((above, seen)) = new.above {
        write = below(app, write, (above, seen), new, number);
    }
    let admin = NewUser {
        username: new.admin_email,
        email: new.admin_email,
        email_verified: true,
        self_registered: false,
        first_name: "",
        last_name: "",
        password: Some(&password),
        is_active: true,
        roles: &[Role::Admin],
    };
    let (write, _) = admin.put(app, write, &CountRow::default(), new.by.clone())?;
    let first = NewKey {
        name: "first key",
        scopes: auth::all_scopes().map(str::to_owned).collect(),
        user_id: None,
        expires_at: None,
        max: None,
    };
    let none = CountRow::default();
    let (write, key) = first.put(app, write, tenant, &none, new.by.clone());
    write.commit().await?;
    Ok(Made {
        row,
        password,
        api_key: api_key::plain(key),
        webhooks,
    })
}

/// Adds that the tenant above has one more below it, whose playbooks are its own.
fn below<'a>(
    app: &'a App,
    write: Write<'a>,
    (above, seen): (&'a Tenant, &TenantRow),
    new: &NewTenant<'_>,
    number: u64,
) -> Write<'a> {
    let mut next = seen.clone();
    next.children.push(TenantLink::to(new.tenant, number));
    let now = app.clock().now();
    let entry = Entry::new(now, new.by_above.clone(), "organization.child_created")
        .fact("number", number)
        .fact("organization", new.tenant.as_str());
    let beside = app
        .store()
        .write(above, "organization created below")
        .tenant(Some(seen), &next, vec![entry]);
    write.playbooks_from(above).beside(beside)
}
