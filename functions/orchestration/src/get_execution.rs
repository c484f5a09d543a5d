//! `GET /api/v1/orchestration/execution/{ticket_id}`: where a ticket's latest run stands.

use crate::view::ExecutionView;
use auth::ExecRead;
use axum::Json;
use desk::find_ticket;
use domain::{ExecutionId, TicketName};
use kit::{App, Caller, Id, Problem, Problems};

/// Where a ticket's latest run stands. Takes a run's id as well.
#[utoipa::path(
    get, path = "/api/v1/orchestration/execution/{ticket_id}", operation_id = "get_execution",
    params(("ticket_id" = String, Path, description = "any of the ticket's names, or a run's id")),
    responses((status = 200, body = ExecutionView), Problems), security(("api_key" = []), ("bearer" = []))
)]
pub async fn get_execution(
    app: App,
    caller: Caller<ExecRead>,
    Id(name): Id<TicketName>,
) -> Result<Json<ExecutionView>, Problem> {
    let none = || {
        Problem::not_found("execution: none ran for this ticket")
            .with("ticket_id", name.to_string())
    };
    let (id, called) = match run_id(&name) {
        Some(id) => (id, None),
        None => {
            let ticket = find_ticket(&app, caller.tenant(), &name).await?;
            (
                ticket.runs.last().cloned().ok_or_else(none)?,
                Some(name.to_string()),
            )
        }
    };
    let run = app
        .store()
        .execution(caller.tenant(), &id)
        .await?
        .ok_or_else(none)?;
    let called = called.unwrap_or_else(|| run.ticket_id.as_uuid());
    Ok(Json(ExecutionView::new(run, called)))
}

/// A run's id, if the name has its form.
fn run_id(name: &TicketName) -> Option<ExecutionId> {
    let TicketName::External(text) = name else {
        return None;
    };
    let hex = text.strip_prefix("x-")?;
    let shaped = hex.len() == 32 && hex.bytes().all(|byte| byte.is_ascii_hexdigit());
    if shaped {
        ExecutionId::parse(text).ok()
    } else {
        None
    }
}
