//! `DELETE /api/v1/organizations/{id}/policy`: give up one's own policy for what holds without it.

use crate::organization::{OrganizationId, find};
use crate::policy::OrganizationPolicy;
use audit::Entry;
use auth::PolicyAdmin;
use axum::response::Response;
use http::HeaderMap;
use kit::{App, Caller, Id, Problem, Problems};

/// Give up an organization's own policy, the caller's or that of one below it. From the answer on the policy of the
/// organization above holds, or the usual where that has none; its versions stay readable. An organization without a policy of
/// its own is left as it is.
#[utoipa::path(delete, path = "/api/v1/organizations/{id}/policy", operation_id = "delete_policy",
    params(
        ("id" = String, Path, description = "The organization's number or slug.", example = "2"),
        ("If-Match" = Option<String>, Header, description = "The ETag of the answer that this follows on."),
    ),
    responses(
        (status = 200, description = "What holds from now on.", body = OrganizationPolicy,
            headers(("ETag" = String, description = "For `If-Match` of the next change"))),
        (status = 412, description = "Somebody else saved a policy since; read it first."),
        Problems),
    security(("api_key" = []), ("bearer" = [])))]
pub(crate) async fn delete_policy(
    app: App,
    caller: Caller<PolicyAdmin>,
    Id(id): Id<OrganizationId>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let found = desk::retried(|| async {
        let found = find(&app, caller.tenant(), &id).await?;
        let held = app.store().policy_of(&found.tenant).await?;
        OrganizationPolicy::held(&found, held.as_ref()).follows(&headers)?;
        let Some(own) = held.filter(|held| held.above.is_none()) else {
            return Ok(found);
        };
        let (now, actor) = (app.clock().now(), found.actor(&caller));
        let entry = Entry::new(now, actor.clone(), "policy.given_up").fact("version", own.row.rev);
        app.store()
            .write(&found.tenant, "policy given up")
            .tenant(Some(&found.row), &found.row, vec![entry])
            .policy_given_up(&own.row, actor.id(), now)
            .commit()
            .await?;
        Ok::<_, desk::Raced>(found)
    })
    .await?;
    let held = app.store().policy_of(&found.tenant).await?;
    Ok(OrganizationPolicy::held(&found, held.as_ref()).answer())
}
