//! Which organization a path names, and how one is shown. It is the caller's own or one below it; any other is not there.

use audit::Actor;
use auth::{AuthError, Who};
use domain::Tenant;
use jiff::Timestamp;
use kit::{App, Caller, Problem};
use serde::Serialize;
use store::TenantRow;
use utoipa::ToSchema;

/// An organization, as a path names it: by its number or its slug.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct OrganizationId(String);

impl TryFrom<String> for OrganizationId {
    type Error = ();

    fn try_from(text: String) -> Result<Self, ()> {
        let fits = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
        let plain = (1..=40).contains(&text.len()) && text.bytes().all(fits);
        if plain { Ok(Self(text)) } else { Err(()) }
    }
}

impl OrganizationId {
    /// Whether this is the organization of that slug and number. A number has one spelling, and a slug is never a number.
    fn names(&self, slug: &str, number: u64) -> bool {
        self.0 == slug || self.0 == number.to_string()
    }
}

/// An organization that the caller may know of.
#[derive(Debug)]
pub(crate) struct Found {
    pub(crate) tenant: Tenant,
    pub(crate) row: TenantRow,
    /// Whether it stands below the caller's own.
    pub(crate) is_below: bool,
}

/// The organization of this name that is the caller's own or stands below it.
///
/// # Errors
/// 404 for any other, whether there is one or not.
pub(crate) async fn find(app: &App, own: &Tenant, id: &OrganizationId) -> Result<Found, Problem> {
    let row = own_row(app, own).await?;
    if id.names(own.as_str(), row.number) {
        return Ok(Found {
            tenant: own.clone(),
            row,
            is_below: false,
        });
    }
    let mut children = row.children.iter();
    let link = children.find(|child| id.names(child.id(), child.number));
    let tenant = link.ok_or_else(unknown)?.tenant()?;
    let row = app.store().tenant(&tenant).await?;
    Ok(Found {
        tenant,
        row: row.ok_or_else(unknown)?,
        is_below: true,
    })
}

/// The row of the caller's own organization.
///
/// # Errors
/// When the tables cannot be asked.
pub(crate) async fn own_row(app: &App, own: &Tenant) -> Result<TenantRow, Problem> {
    app.store().tenant(own).await?.ok_or_else(unknown)
}

/// Refuses an organization that is suspended: nobody of it signs in and nobody joins.
///
/// # Errors
/// 403 when it is suspended.
pub(crate) async fn lets_in(app: &App, tenant: &Tenant) -> Result<(), Problem> {
    let row = app.store().tenant(tenant).await?;
    match row {
        Some(row) if row.suspended_at.is_none() => Ok(()),
        _ => Err(AuthError::Suspended.into()),
    }
}

pub(crate) fn unknown() -> Problem {
    Problem::not_found("organization")
}

impl Found {
    /// The caller, as the organization's record names them.
    pub(crate) fn actor<P>(&self, caller: &Caller<P>) -> Actor {
        if self.is_below {
            from_above(caller)
        } else {
            caller.actor()
        }
    }
}

/// Who acts from above, with their organization: numbers of users and keys are each organization's own.
pub(crate) fn from_above<P>(caller: &Caller<P>) -> Actor {
    let name = format!("{}/{}", caller.tenant().as_str(), caller.who().name());
    match caller.who() {
        Who::Key(_) => Actor::Key(name),
        Who::User { .. } => Actor::Account(name),
    }
}

/// An organization.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Organization {
    /// Its number.
    #[schema(example = 2)]
    id: u64,
    /// Its name in addresses. It stays when the name changes.
    #[schema(example = "example-sales-k3m9qx")]
    slug: String,
    #[schema(example = "Example Sales")]
    name: String,
    /// The number of the organization above; null for one that stands by itself.
    #[schema(example = 1)]
    parent_id: Option<u64>,
    /// Domains whose people may register with it.
    email_domains: Vec<String>,
    /// Whether nobody of it is let in.
    suspended: bool,
    #[schema(value_type = Option<String>, format = DateTime)]
    suspended_at: Option<Timestamp>,
    /// Why, in the words of whoever suspended it.
    suspended_reason: Option<String>,
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
}

impl Organization {
    /// An organization as it is shown.
    pub(crate) fn new(tenant: &Tenant, row: TenantRow) -> Self {
        Self {
            id: row.number,
            slug: tenant.as_str().to_owned(),
            name: row.name,
            parent_id: row.parent.map(|above| above.number),
            email_domains: row.email_domains,
            suspended: row.suspended_at.is_some(),
            suspended_at: row.suspended_at,
            suspended_reason: row.suspended_for,
            created_at: row.created_at,
        }
    }
}

#[cfg(test)]
#[expect(
    clippy::disallowed_methods,
    reason = "a test vouches for its own tenant"
)]
pub(crate) mod tests {
    use super::*;
    use domain::{ChainHead, Voucher};
    use serde_json::json;
    use store::TenantLink;

    /// A tenant for a test.
    pub(crate) fn tenant(id: &str) -> Tenant {
        Tenant::vouched(id, Voucher::Operator).unwrap()
    }

    /// The row of a tenant that stands below `acme`.
    pub(crate) fn row() -> TenantRow {
        TenantRow {
            number: 7,
            name: "Example Sales".to_owned(),
            admin: "jane.smith@example.com".to_owned(),
            sources: vec!["src-halopsa-d4e5f6".to_owned()],
            made_as: None,
            parent: Some(TenantLink::to(&tenant("acme"), 1)),
            children: Vec::new(),
            email_domains: Vec::new(),
            suspended_at: None,
            suspended_for: None,
            created_at: Timestamp::UNIX_EPOCH,
            chain: ChainHead::default(),
            rev: 3,
        }
    }

    #[test]
    fn a_path_names_an_organization_by_its_number_or_its_slug() {
        let id = |text: &str| OrganizationId::try_from(text.to_owned());
        let names = |text: &str| id(text).unwrap().names("example-sales-k3m9qx", 7);
        assert!(names("7") && names("example-sales-k3m9qx"));
        assert!(!names("07") && !names("example-sales") && !names("70"));
        for bad in ["", "Example", "a b", "../acme", "acme#t", &"a".repeat(41)] {
            assert!(id(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn an_organization_shows_every_documented_member_and_no_chain_or_source() {
        let shown = Organization::new(&tenant("example-sales-k3m9qx"), row());
        assert_eq!(
            serde_json::to_value(shown).unwrap(),
            json!({
                "id": 7, "slug": "example-sales-k3m9qx", "name": "Example Sales", "parent_id": 1, "email_domains": [],
                "suspended": false, "suspended_at": null, "suspended_reason": null, "created_at": "1970-01-01T00:00:00Z",
            })
        );
    }
}
