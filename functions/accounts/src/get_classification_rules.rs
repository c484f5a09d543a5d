//! `GET /api/v1/organizations/{id}/classification-rules`: what is laid down here beside the model.

use crate::organization::{OrganizationId, find};
use crate::rules::ClassificationRules;
use auth::PolicyRead;
use axum::response::Response;
use kit::{App, Caller, Id, Params, Problem, Problems};
use serde::Deserialize;
use utoipa::IntoParams;

/// Which version.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct RulesQuery {
    /// A version of the organization's own, from 1; without it, what holds now.
    #[serde(default)]
    version: Option<u64>,
}

/// The rules for classifications that hold in the caller's organization, or in one below it: its own, else those of the one
/// above, else none.
#[utoipa::path(get, path = "/api/v1/organizations/{id}/classification-rules", operation_id = "get_classification_rules",
    params(("id" = String, Path, description = "The organization's number or slug.", example = "2"), RulesQuery),
    responses((status = 200, body = ClassificationRules,
        headers(("ETag" = String, description = "For `If-Match` of a change that follows on it"))), Problems),
    security(("api_key" = []), ("bearer" = [])))]
pub(crate) async fn get_classification_rules(
    app: App,
    caller: Caller<PolicyRead>,
    Id(id): Id<OrganizationId>,
    Params(query): Params<RulesQuery>,
) -> Result<Response, Problem> {
    let found = find(&app, caller.tenant(), &id).await?;
    if let Some(version) = query.version {
        let row = app.store().rules_version(&found.tenant, version).await?;
        let row = row.ok_or_else(|| Problem::not_found("version of the rules"))?;
        return Ok(ClassificationRules::own(&row)?.answer());
    }
    let held = app.store().rules_of(&found.tenant).await?;
    Ok(ClassificationRules::held(&found, held.as_ref())?.answer())
}
