//! `POST /api/v1/orchestration/execution/{ticket_id}/retry`: try a run again from where it failed.

use crate::again::{Again, try_again};
use crate::find::{Which, find_run};
use auth::{AuthError, ExecReissue, ExecRetry, Permission};
use axum::Json;
use domain::TicketName;
use http::StatusCode;
use kit::{App, Caller, Id, MaybeBody, Problem, Problems};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What the caller vouches for.
#[derive(Debug, Default, Deserialize, ToSchema)]
pub struct RetryRequest {
    /// A step whose end is not known did not happen: somebody looked. Needs `exec:reissue`.
    #[serde(default)]
    #[schema(default = false)]
    reissue: bool,
}

/// The next try.
#[derive(Debug, Serialize, ToSchema)]
pub struct RetryReply {
    /// The new run's id.
    execution_id: String,
    /// The ticket's name.
    ticket_id: String,
    /// `pending`.
    status: &'static str,
    /// Which try it is.
    attempt: u32,
    /// The run that it tries again.
    retry_of: String,
}

/// Try a run again that failed, timed out or was escalated, by a run of its own. What is done stays done and acts no
/// second time; a person's confirmation that was spent or is older than 15 minutes is asked for again.
///
/// A run with a step that may have happened is tried again only with `reissue`. Five tries are the most.
#[utoipa::path(
    post, path = "/api/v1/orchestration/execution/{ticket_id}/retry", operation_id = "retry_execution",
    params(("ticket_id" = String, Path, description = "any of the ticket's names, or a run's id")),
    request_body = Option<RetryRequest>,
    responses((status = 202, body = RetryReply), Problems), security(("api_key" = []), ("bearer" = []))
)]
pub async fn retry_execution(
    app: App,
    caller: Caller<ExecRetry>,
    Id(name): Id<TicketName>,
    MaybeBody(ask): MaybeBody<RetryRequest>,
) -> Result<(StatusCode, Json<RetryReply>), Problem> {
    if ask.reissue && !caller.may(ExecReissue::SCOPE) {
        return Err(AuthError::Lacks(ExecReissue::SCOPE).into());
    }
    let found = find_run(&app, caller.tenant(), &name, Which::Latest).await?;
    let (actor, reissue) = (caller.actor(), ask.reissue);
    let ask = Again {
        of: &found.run.id,
        actor: &actor,
        reissue,
    };
    let run = try_again(&app, caller.tenant(), &ask).await?;
    let reply = RetryReply {
        execution_id: run.id.to_string(),
        ticket_id: found.called,
        status: run.status.as_str(),
        attempt: run.generation,
        retry_of: found.run.id.to_string(),
    };
    Ok((StatusCode::ACCEPTED, Json(reply)))
}
