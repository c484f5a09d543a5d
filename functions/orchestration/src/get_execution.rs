//! `GET /api/v1/orchestration/execution/{ticket_id}`: where a ticket's latest run stands.

use crate::find::{Which, find_run};
use crate::view::ExecutionView;
use crate::waiting::Definitions;
use auth::ExecRead;
use axum::Json;
use domain::TicketName;
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
    let found = find_run(&app, caller.tenant(), &name, Which::Latest).await?;
    let mut definitions = Definitions::new(&app, caller.tenant());
    let waiting_on = definitions.waiting_on(&found.run).await?;
    Ok(Json(ExecutionView::new(
        found.run,
        found.called,
        waiting_on,
    )))
}
