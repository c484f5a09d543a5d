//! `POST /api/v1/executor/revoke_access`: take a membership or a licence away.

use crate::action::Action;
use crate::ask_access::one_of;
use crate::by_call::act;
use auth::ExecutorRevokeAccess;
use axum::Json;
use domain::{Access, GrantId, GroupId, SkuId, Tenant, TicketName, UserId};
use http::HeaderMap;
use kit::{App, Body, Caller, Problem, ProblemBody, Problems};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// From whom to take what.
#[derive(Debug, Deserialize, ToSchema)]
pub struct RevokeAccess {
    /// The ticket it is for.
    #[schema(value_type = String, example = "HLP-12345")]
    ticket_id: TicketName,
    /// The user's id in the directory.
    #[schema(value_type = String, example = "abc-123")]
    user_id: UserId,
    /// The group. Either this, `license_sku` or `grant_id`.
    #[serde(default)]
    #[schema(value_type = Option<String>, example = "grp-finance")]
    group_id: Option<GroupId>,
    /// The licence, by id or part number.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    license_sku: Option<SkuId>,
    /// What `POST /api/v1/executor/grant_access` gave this user.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    grant_id: Option<GrantId>,
}

/// They do not have it.
#[derive(Debug, PartialEq, Serialize, ToSchema)]
pub struct AccessRevoked {
    /// Always `success`.
    #[schema(example = "success")]
    status: &'static str,
    /// Whether this took it away; `false` when they did not have it.
    #[schema(example = true)]
    changed: bool,
    /// The grant this closed, if there was one.
    #[schema(value_type = Option<String>)]
    grant_id: Option<GrantId>,
}

/// Take a membership or a licence away.
///
/// It protects, so it spends no confirmation. It succeeds when the directory, read back, does not show it any more. A
/// group's last owner stays (409), and so does who holds a licence by a group. Undo: in a playbook, when a later step fails,
/// what this step took away is given back.
#[utoipa::path(post, path = "/api/v1/executor/revoke_access", operation_id = "revoke_access",
    request_body = RevokeAccess,
    responses((status = 200, body = AccessRevoked),
        (status = 502, description = "The directory refused, or nobody knows what it did", body = ProblemBody), Problems),
    security(("api_key" = []), ("bearer" = [])))]
pub async fn revoke_access(
    app: App,
    caller: Caller<ExecutorRevokeAccess>,
    Body(body): Body<RevokeAccess>,
) -> Result<(HeaderMap, Json<AccessRevoked>), Problem> {
    let (tenant, ticket) = (caller.tenant(), &body.ticket_id);
    let access = match body.grant_id {
        Some(_) if body.group_id.is_some() || body.license_sku.is_some() => {
            let why = "name one of group_id, license_sku and grant_id";
            return Err(Problem::invalid("grant_id", why));
        }
        Some(id) => granted(&app, tenant, &body.user_id, &id).await?,
        None => one_of(body.group_id, body.license_sku)
            .map_err(|why| Problem::invalid("group_id", why))?,
    };
    let action = Action::RevokeAccess {
        user_id: body.user_id,
        access,
    };
    let answer = Box::pin(act(&app, tenant, caller.actor(), ticket, &action)).await?;
    let reply = AccessRevoked {
        status: "success",
        changed: answer.changed(),
        grant_id: answer.read("grant_id"),
    };
    Ok((answer.headers(), Json(reply)))
}

/// What a grant gave this user.
async fn granted(
    app: &App,
    tenant: &Tenant,
    user: &UserId,
    id: &GrantId,
) -> Result<Access, Problem> {
    let grant = app.store().grant(tenant, id).await?;
    let theirs = grant.filter(|grant| grant.user_id == *user);
    Ok(theirs
        .ok_or_else(|| Problem::not_found("grant to this user"))?
        .access)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_documented_examples_are_accepted() {
        for (name, value) in [("group_id", "grp-finance"), ("grant_id", "gr_1_2")] {
            let body = json!({"ticket_id": "HLP-12345", "user_id": "abc-123", name: value});
            assert!(
                serde_json::from_value::<RevokeAccess>(body).is_ok(),
                "{name}"
            );
        }
    }
}
