//! `GET /api/v1/orchestration/executions`: the tenant's runs, newest first.

use crate::view::ExecutionView;
use crate::waiting::Definitions;
use auth::ExecRead;
use axum::Json;
use desk::find_ticket;
use domain::{ExecutionStatus, PlaybookName, TicketName};
use jiff::Timestamp;
use kit::{App, Caller, Paging, Params, Problem, Problems};
use serde::{Deserialize, Serialize};
use store::Page;
use utoipa::{IntoParams, ToSchema};

/// Runs of one answer when nothing else is asked for.
const LIMIT: usize = 50;
/// The most that may be asked for.
const MOST: usize = 100;

/// Which runs.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ListQuery {
    /// `pending`, `running`, `completed`, `failed`, `denied`, `timed_out`, `cancelled` or `escalated`.
    #[param(value_type = Option<String>)]
    status: Option<ExecutionStatus>,
    /// One playbook's.
    #[param(value_type = Option<String>)]
    playbook_id: Option<PlaybookName>,
    /// One ticket's.
    #[param(value_type = Option<String>)]
    ticket_id: Option<TicketName>,
    /// Started at or after.
    #[param(value_type = Option<String>)]
    from: Option<Timestamp>,
    /// Started before.
    #[param(value_type = Option<String>)]
    to: Option<Timestamp>,
    /// The `next_cursor` of the answer before.
    cursor: Option<String>,
    /// How many at most: 1 to 100, 50 if not given.
    #[param(minimum = 1, maximum = 100)]
    limit: Option<usize>,
}

/// A page of runs.
#[derive(Debug, Serialize, ToSchema)]
pub struct ExecutionList {
    /// The runs, newest first.
    items: Vec<ExecutionView>,
    /// How many this page holds.
    count: usize,
    /// Where the next page begins; null on the last.
    next_cursor: Option<String>,
}

/// The tenant's runs, newest first.
#[utoipa::path(
    get, path = "/api/v1/orchestration/executions", operation_id = "list_executions", params(ListQuery),
    responses((status = 200, body = ExecutionList), Problems), security(("api_key" = []), ("bearer" = []))
)]
pub async fn list_executions(
    app: App,
    caller: Caller<ExecRead>,
    Params(query): Params<ListQuery>,
) -> Result<Json<ExecutionList>, Problem> {
    let Paging { limit, cursor } =
        Paging::asked(query.limit, query.cursor.as_deref(), LIMIT, MOST)?;
    let ticket = match &query.ticket_id {
        Some(name) => Some(find_ticket(&app, caller.tenant(), name).await?.id),
        None => None,
    };
    if let (Some(from), Some(to)) = (query.from, query.to)
        && from > to
    {
        return Err(Problem::invalid("from", "`from` is later than `to`"));
    }
    let page = Page {
        status: query.status,
        playbook: query.playbook_id,
        ticket,
        from: query.from,
        to: query.to,
        cursor,
        limit,
    };
    let page = app.store().executions(caller.tenant(), page).await?;
    let mut definitions = Definitions::new(&app, caller.tenant());
    let mut items = Vec::with_capacity(page.items.len());
    for run in page.items {
        let name = run.ticket_id.as_uuid();
        let waiting_on = definitions.waiting_on(&run).await?;
        items.push(ExecutionView::new(run, name, waiting_on));
    }
    let count = items.len();
    Ok(Json(ExecutionList {
        items,
        count,
        next_cursor: page.next_cursor.map(|cursor| cursor.to_string()),
    }))
}
