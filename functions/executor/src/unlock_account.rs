//! `POST /api/v1/executor/unlock_account`: let somebody sign in again whom an application shut out.

use crate::action::Action;
use crate::by_call::act;
use auth::ExecutorUnlockAccount;
use axum::Json;
use domain::{TicketName, UserId};
use http::HeaderMap;
use kit::{App, Body, Caller, Problem, ProblemBody, Problems};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Whose account to open.
#[derive(Debug, Deserialize, ToSchema)]
pub struct UnlockAccount {
    /// The ticket it is for; the user has confirmed there.
    #[schema(value_type = String, example = "HLP-12345")]
    ticket_id: TicketName,
    /// The user's id in the directory.
    #[schema(value_type = String, example = "abc-123")]
    user_id: UserId,
}

/// The account is open.
#[derive(Debug, PartialEq, Serialize, ToSchema)]
pub struct AccountUnlocked {
    /// Always `success`.
    #[schema(example = "success")]
    status: &'static str,
    /// Whether this opened it; `false` when it was open.
    #[schema(example = true)]
    changed: bool,
}

/// Unlock an account.
///
/// It opens an account that an application disabled, spends the user's confirmation on this ticket
/// (`POST /api/v1/verification/mfa`), and succeeds when the directory, read back, shows the account open. An account that an
/// administrator disabled, that Deskhand itself disabled (`DISABLED_BY_DESKHAND`), that is at risk, or that is mastered on
/// premises is refused with 409. Undo: in a playbook, when a later step fails, the account is disabled again.
#[utoipa::path(post, path = "/api/v1/executor/unlock_account", operation_id = "unlock_account",
    request_body = UnlockAccount,
    responses((status = 200, body = AccountUnlocked),
        (status = 502, description = "The directory refused, or nobody knows what it did", body = ProblemBody), Problems),
    security(("api_key" = []), ("bearer" = [])))]
pub async fn unlock_account(
    app: App,
    caller: Caller<ExecutorUnlockAccount>,
    Body(body): Body<UnlockAccount>,
) -> Result<(HeaderMap, Json<AccountUnlocked>), Problem> {
    let action = Action::UnlockAccount {
        user_id: body.user_id,
    };
    let (tenant, ticket) = (caller.tenant(), &body.ticket_id);
    let answer = Box::pin(act(&app, tenant, caller.actor(), ticket, &action)).await?;
    let reply = AccountUnlocked {
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
        let read: UnlockAccount = serde_json::from_value(body).unwrap();
        assert_eq!(read.ticket_id, TicketName::Halo(12_345));
    }
}
