//! `POST /api/v1/executor/disable_account`: keep somebody from signing in.

use crate::action::Action;
use crate::by_call::act;
use auth::ExecutorDisableAccount;
use axum::Json;
use domain::{TicketName, UserId};
use http::HeaderMap;
use kit::{App, Body, Caller, Problem, ProblemBody, Problems};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Whose account to disable.
#[derive(Debug, Deserialize, ToSchema)]
pub struct DisableAccount {
    /// The ticket it is for; the user's manager has consented there.
    #[schema(value_type = String, example = "HLP-12345")]
    ticket_id: TicketName,
    /// The user's id in the directory.
    #[schema(value_type = String, example = "abc-123")]
    user_id: UserId,
}

/// The account is disabled.
#[derive(Debug, PartialEq, Serialize, ToSchema)]
pub struct AccountDisabled {
    /// Always `success`.
    #[schema(example = "success")]
    status: &'static str,
    /// Whether this disabled it; `false` when it was disabled.
    #[schema(example = true)]
    changed: bool,
}

/// Disable an account.
///
/// Nobody signs in with it any more; sessions live on until `POST /api/v1/executor/revoke_sessions` ends them. It spends the
/// consent of the user's manager on this ticket (`POST /api/v1/verification/manager_approval`), and succeeds when the
/// directory, read back, shows the account disabled. An account that is mastered on premises is refused with 409: it is
/// disabled there. `POST /api/v1/executor/unlock_account` does not open what this disabled, or found disabled. Undo: in a
/// playbook, when a later step fails, the account is enabled again.
#[utoipa::path(post, path = "/api/v1/executor/disable_account", operation_id = "disable_account",
    request_body = DisableAccount,
    responses((status = 200, body = AccountDisabled),
        (status = 502, description = "The directory refused, or nobody knows what it did", body = ProblemBody), Problems),
    security(("api_key" = []), ("bearer" = [])))]
pub async fn disable_account(
    app: App,
    caller: Caller<ExecutorDisableAccount>,
    Body(body): Body<DisableAccount>,
) -> Result<(HeaderMap, Json<AccountDisabled>), Problem> {
    let action = Action::DisableAccount {
        user_id: body.user_id,
    };
    let (tenant, ticket) = (caller.tenant(), &body.ticket_id);
    let answer = Box::pin(act(&app, tenant, caller.actor(), ticket, &action)).await?;
    let reply = AccountDisabled {
        status: "success",
        changed: answer.changed(),
    };
    Ok((answer.headers(), Json(reply)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_documented_example_is_accepted() {
        let body = json!({"ticket_id": "HLP-12345", "user_id": "abc-123"});
        let read: DisableAccount = serde_json::from_value(body).unwrap();
        assert_eq!(read.user_id.as_str(), "abc-123");
    }
}
