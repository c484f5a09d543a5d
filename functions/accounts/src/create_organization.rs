//! `POST /api/v1/organizations`: an organization below the caller's own.

use crate::new_tenant::{self, Made, NewTenant, Unmade};
use crate::organization::{Organization, from_above, own_row};
use crate::webhook_sources::Webhooks;
use crate::{identity, names};
use auth::OrganizationAdmin;
use axum::Json;
use desk::Raced;
use domain::Tenant;
use http::StatusCode;
use kit::{App, Body, Caller, Problem, Problems, ShownOnce};
use serde::{Deserialize, Serialize};
use store::TenantRow;
use utoipa::ToSchema;

/// Organizations below one.
const MOST: usize = 1_000;

/// The organization to make.
#[derive(Debug, Deserialize, ToSchema)]
pub(crate) struct OrganizationRequest {
    /// 1 to 80 characters; one below yours has it once.
    #[schema(example = "Example Sales", min_length = 1, max_length = 80)]
    name: String,
    /// The address of its first administrator, who signs in with it.
    #[schema(example = "jane.smith@example.com")]
    admin_email: String,
}

/// The organization with its secrets. They are not kept and cannot be shown again.
#[derive(Serialize, ToSchema)]
pub(crate) struct CreatedOrganization {
    #[serde(flatten)]
    organization: Organization,
    admin: FirstAdmin,
    /// A key that may do everything there.
    #[schema(value_type = Option<String>, example = "vetrai_abc123...")]
    api_key: String,
    /// What to enter at HaloPSA and at the MFA callback.
    #[schema(value_type = Object)]
    webhooks: Webhooks,
}

/// Who administers it at first.
#[derive(Serialize, ToSchema)]
pub(crate) struct FirstAdmin {
    #[schema(example = "jane.smith@example.com")]
    username: String,
    #[schema(value_type = Option<String>)]
    password: String,
}

/// Make an organization below one's own. It has the playbooks of the one above until it has its own of the same name.
///
/// The answer shows its secrets, this once. One that stands below another has none below itself.
#[utoipa::path(post, path = "/api/v1/organizations", operation_id = "create_organization",
    request_body = OrganizationRequest, responses((status = 201, body = CreatedOrganization), Problems),
    security(("api_key" = []), ("bearer" = [])))]
pub(crate) async fn create_organization(
    app: App,
    caller: Caller<OrganizationAdmin>,
    Body(ask): Body<OrganizationRequest>,
) -> Result<(StatusCode, ShownOnce<Json<CreatedOrganization>>), Problem> {
    let name = identity::name(&ask.name)?;
    let email = names::email(&ask.admin_email).map_err(|_| bad_address())?;
    let above = caller.tenant();
    let tenant = identity::tenant_below(above, name)?;
    let made = desk::retried(|| async {
        let row = own_row(&app, above).await?;
        room(&row, &tenant)?;
        let new = NewTenant {
            tenant: &tenant,
            name,
            admin_email: &email,
            email_domains: &[],
            above: Some((above, &row)),
            by: from_above(&caller),
            by_above: caller.actor(),
        };
        match new_tenant::make(&app, &new).await {
            Ok(made) => Ok(made),
            Err(Unmade::Before) => Err(Raced::Lost),
            Err(Unmade::Not(problem)) => Err(problem.into()),
        }
    })
    .await?;
    let reply = ShownOnce(
        Json(told(&tenant, made)),
        &["api_key", "password", "secret"],
    );
    Ok((StatusCode::CREATED, reply))
}

/// Whether another of this id may stand below that organization.
fn room(above: &TenantRow, tenant: &Tenant) -> Result<(), Problem> {
    if above.parent.is_some() {
        return Err(Problem::conflict(
            "TOO_DEEP",
            "an organization that stands below another has none below itself; ask the one above to make it",
        ));
    }
    if above
        .children
        .iter()
        .any(|link| link.id() == tenant.as_str())
    {
        return Err(Problem::conflict(
            "NAME_TAKEN",
            "an organization below yours was made by this name; choose another",
        ));
    }
    if above.children.len() >= MOST {
        return Err(Problem::conflict(
            "TOO_MANY_ORGANIZATIONS",
            "1000 organizations stand below yours, which is as many as may",
        ));
    }
    Ok(())
}

fn told(tenant: &Tenant, made: Made) -> CreatedOrganization {
    CreatedOrganization {
        admin: FirstAdmin {
            username: made.row.admin.clone(),
            password: made.password,
        },
        organization: Organization::new(tenant, made.row),
        api_key: made.api_key,
        webhooks: made.webhooks,
    }
}

fn bad_address() -> Problem {
    Problem::invalid(
        "admin_email",
        "give an e-mail address, as jane.smith@example.com",
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::organization::tests::{row, tenant};
    use store::TenantLink;

    fn code(result: Result<(), Problem>) -> String {
        let refused = result.unwrap_err().to_string();
        refused.split(':').next().unwrap_or_default().to_owned()
    }

    #[test]
    fn organizations_stand_two_deep_under_names_of_their_own_and_within_bounds() {
        let sales = tenant("sales-abc123");
        assert_eq!(code(room(&row(), &sales)), "TOO_DEEP");
        let mut above = TenantRow {
            parent: None,
            ..row()
        };
        room(&above, &sales).unwrap();
        above.children.push(TenantLink::to(&sales, 9));
        assert_eq!(code(room(&above, &sales)), "NAME_TAKEN");
        above.children = (0..1_000)
            .map(|n| TenantLink::to(&tenant(&format!("child-{n}")), n))
            .collect();
        assert_eq!(code(room(&above, &sales)), "TOO_MANY_ORGANIZATIONS");
    }
}
