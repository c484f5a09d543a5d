//! `POST /api/v1/orchestration/execution/{ticket_id}/cancel`: stop a run.

use crate::find::{Which, find_run};
use auth::ExecCancel;
use axum::Json;
use desk::{Cancelled, cancel_run};
use domain::TicketName;
use http::StatusCode;
use kit::{App, Caller, Id, MaybeBody, Problem, Problems};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// The longest reason, in characters.
const LONGEST: usize = 500;

/// Why, for the agent who takes over.
#[derive(Debug, Default, Deserialize, ToSchema)]
pub struct CancelRequest {
    /// At most 500 characters.
    #[schema(example = "The user remembered the password", max_length = 500)]
    reason: Option<String>,
}

/// A run that was asked to stop.
#[derive(Debug, Serialize, ToSchema)]
pub struct CancelReply {
    /// The run's id.
    execution_id: String,
    /// The ticket's name.
    ticket_id: String,
    /// `pending` or `running` until what is under way has ended, then `cancelled`.
    status: &'static str,
    /// Whether it is on its way to its end.
    cancelling: bool,
}

/// Stop a run. No further step of it begins; a call to a vendor that is under way may land and is recorded, a delivery
/// under way goes on. What the run asked of people is withdrawn.
///
/// A ticket's name means its newest run that is under way. Asking again is 200 and changes nothing.
#[utoipa::path(
    post, path = "/api/v1/orchestration/execution/{ticket_id}/cancel", operation_id = "cancel_execution",
    params(("ticket_id" = String, Path, description = "any of the ticket's names, or a run's id")),
    request_body = Option<CancelRequest>,
    responses(
        (status = 202, body = CancelReply),
        (status = 200, body = CancelReply, description = "it was asked to stop before"),
        Problems
    ),
    security(("api_key" = []), ("bearer" = []))
)]
pub async fn cancel_execution(
    app: App,
    caller: Caller<ExecCancel>,
    Id(name): Id<TicketName>,
    MaybeBody(ask): MaybeBody<CancelRequest>,
) -> Result<(StatusCode, Json<CancelReply>), Problem> {
    let reason = reason(ask.reason.as_deref())?;
    let found = find_run(&app, caller.tenant(), &name, Which::Live).await?;
    let id = &found.run.id;
    let asked = cancel_run(&app, caller.tenant(), id, &caller.actor(), reason).await?;
    let (status, run) = match asked {
        Cancelled::Now(run) => (StatusCode::ACCEPTED, run),
        Cancelled::Before(run) => (StatusCode::OK, run),
    };
    let reply = CancelReply {
        execution_id: run.id.to_string(),
        ticket_id: found.called,
        status: run.status.as_str(),
        cancelling: !run.status.is_final(),
    };
    Ok((status, Json(reply)))
}

/// A reason as it is kept; an empty one is none.
fn reason(given: Option<&str>) -> Result<Option<&str>, Problem> {
    let given = given.map(str::trim).filter(|reason| !reason.is_empty());
    match given {
        Some(reason) if reason.chars().count() > LONGEST => Err(Problem::invalid(
            "reason",
            "a reason has at most 500 characters",
        )),
        fits => Ok(fits),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_is_kept_without_its_margins_and_an_empty_one_is_none() {
        assert_eq!(
            reason(Some("  wrong person ")).unwrap(),
            Some("wrong person")
        );
        assert_eq!(reason(Some(" ")).unwrap(), None);
        assert_eq!(reason(None).unwrap(), None);
        let long = "x".repeat(LONGEST + 1);
        assert_eq!(reason(Some(&long)).unwrap_err().status(), 422);
    }
}
