//! `PATCH /api/v1/organizations/{id}`: change an organization.

use crate::identity;
use crate::organization::{Organization, OrganizationId, find};
use audit::Entry;
use auth::OrganizationAdmin;
use axum::Json;
use kit::{App, Body, Caller, Id, Patch, Problem, Problems};
use serde::Deserialize;
use store::TenantRow;
use utoipa::ToSchema;

/// What to change. What is left out stays.
#[derive(Debug, Deserialize, ToSchema)]
pub(crate) struct OrganizationChange {
    /// 1 to 80 characters.
    #[serde(default)]
    #[schema(value_type = Option<String>, example = "Example Sales EMEA", min_length = 1, max_length = 80)]
    name: Patch<String>,
}

/// Change the caller's organization, or one below it. The slug stays as it is.
#[utoipa::path(patch, path = "/api/v1/organizations/{id}", operation_id = "update_organization",
    params(("id" = String, Path, description = "The organization's number or slug.", example = "2")),
    request_body = OrganizationChange, responses((status = 200, body = Organization), Problems),
    security(("api_key" = []), ("bearer" = [])))]
pub(crate) async fn update_organization(
    app: App,
    caller: Caller<OrganizationAdmin>,
    Id(id): Id<OrganizationId>,
    Body(ask): Body<OrganizationChange>,
) -> Result<Json<Organization>, Problem> {
    let name = match &ask.name {
        Patch::Absent => None,
        Patch::Null => return Err(Problem::invalid("name", "an organization has a name")),
        Patch::Value(name) => Some(identity::name(name)?),
    };
    desk::retried(|| async {
        let found = find(&app, caller.tenant(), &id).await?;
        let Some(next) = name.and_then(|name| renamed(&found.row, name)) else {
            return Ok(Json(Organization::new(&found.tenant, found.row)));
        };
        let entry = Entry::new(
            app.clock().now(),
            found.actor(&caller),
            "organization.renamed",
        );
        app.store()
            .write(&found.tenant, "organization renamed")
            .tenant(Some(&found.row), &next, vec![entry])
            .commit()
            .await?;
        Ok(Json(Organization::new(&found.tenant, next)))
    })
    .await
}

/// The organization under another name; none when it has it.
fn renamed(seen: &TenantRow, name: &str) -> Option<TenantRow> {
    let made_as = seen.made_as.clone().unwrap_or_else(|| seen.name.clone());
    (seen.name != name).then(|| TenantRow {
        made_as: Some(made_as),
        name: name.to_owned(),
        ..seen.clone()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::organization::tests::row;

    #[test]
    fn the_name_that_an_organization_was_made_by_is_kept() {
        assert_eq!(renamed(&row(), "Example Sales"), None);
        let once = renamed(&row(), "Sales EMEA").unwrap();
        let twice = renamed(&once, "Sales Europe").unwrap();
        assert_eq!(twice.name, "Sales Europe");
        assert_eq!(twice.made_as.as_deref(), Some("Example Sales"));
    }
}
