//! `POST /api/v1/executor/grant_access`: make somebody a member of a group, or give them a licence, until a time.

use crate::action::Action;
use crate::ask_access::{one_of, within};
use crate::by_call::act;
use auth::ExecutorGrantAccess;
use axum::Json;
use domain::{GrantId, GroupId, Policy, SkuId, TicketName, UserId};
use http::{HeaderMap, StatusCode};
use jiff::Timestamp;
use kit::{App, Body, Caller, Problem, ProblemBody, Problems};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Whom to give what.
#[derive(Debug, Deserialize, ToSchema)]
pub struct GrantAccess {
    /// The ticket it is for; the user's manager has consented there.
    #[schema(value_type = String, example = "HLP-12345")]
    ticket_id: TicketName,
    /// The user's id in the directory.
    #[schema(value_type = String, example = "abc-123")]
    user_id: UserId,
    /// The group. Either this or `license_sku`.
    #[serde(default)]
    #[schema(value_type = Option<String>, example = "grp-finance")]
    group_id: Option<GroupId>,
    /// The licence, by id or part number. Either this or `group_id`.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    license_sku: Option<SkuId>,
    /// When it is taken away again: within 90 days, or what the policy says. Without it, it stays.
    #[serde(default)]
    #[schema(value_type = Option<String>, format = DateTime)]
    expires_at: Option<Timestamp>,
}

/// They have it.
#[derive(Debug, PartialEq, Serialize, ToSchema)]
pub struct AccessGranted {
    /// Always `success`.
    #[schema(example = "success")]
    status: &'static str,
    /// Whether this gave it; `false` when they had it.
    #[schema(example = true)]
    changed: bool,
    /// Our record of it; null when they had it otherwise than from us.
    #[schema(value_type = Option<String>)]
    grant_id: Option<GrantId>,
    /// When it is taken away; null when never. What was given before keeps its end.
    #[schema(value_type = Option<String>, format = DateTime)]
    expires_at: Option<Timestamp>,
}

/// Give somebody a membership or a licence.
///
/// It spends the manager's consent to just this (`POST /api/v1/verification/manager_approval`) and succeeds when the
/// directory, read back, shows it. At `expires_at` it is taken away, and closed only when the directory shows it gone. Undo:
/// in a playbook, when a later step fails, what this step gave is taken away.
#[utoipa::path(post, path = "/api/v1/executor/grant_access", operation_id = "grant_access",
    request_body = GrantAccess,
    responses((status = 200, body = AccessGranted),
        (status = 502, description = "The directory refused, or nobody knows what it did", body = ProblemBody), Problems),
    security(("api_key" = []), ("bearer" = [])))]
pub async fn grant_access(
    app: App,
    caller: Caller<ExecutorGrantAccess>,
    Body(body): Body<GrantAccess>,
) -> Result<(HeaderMap, Json<AccessGranted>), Problem> {
    let access =
        one_of(body.group_id, body.license_sku).map_err(|why| Problem::invalid("group_id", why))?;
    within(
        body.expires_at,
        app.clock().now(),
        Policy::LONGEST_GRANT_DAYS,
    )
    .map_err(too_long)?;
    let action = Action::GrantAccess {
        user_id: body.user_id,
        access,
        expires_at: body.expires_at,
    };
    let (tenant, ticket) = (caller.tenant(), &body.ticket_id);
    let answer = Box::pin(act(&app, tenant, caller.actor(), ticket, &action)).await?;
    let reply = AccessGranted {
        status: "success",
        changed: answer.changed(),
        grant_id: answer.read("grant_id"),
        expires_at: answer.read("expires_at"),
    };
    Ok((answer.headers(), Json(reply)))
}

fn too_long(why: String) -> Problem {
    Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "MAX_LIFETIME", why).with("path", "expires_at")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_documented_example_is_accepted() {
        let body = json!({"ticket_id": "HLP-12345", "user_id": "abc-123", "group_id": "grp-finance",
            "expires_at": "2026-02-06T15:30:00Z"});
        let read: GrantAccess = serde_json::from_value(body).unwrap();
        assert!(read.license_sku.is_none() && read.expires_at.is_some());
    }
}
