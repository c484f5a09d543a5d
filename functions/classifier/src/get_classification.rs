//! `GET /api/v1/classify_ticket/{ticket_id}`: the decision in force.

use crate::reply::Classification;
use auth::ClassifyRead;
use axum::Json;
use axum::response::{IntoResponse, Response};
use desk::find_ticket;
use domain::TicketName;
use http::{HeaderMap, StatusCode, header};
use kit::{App, Caller, Id, Problem, Problems};

/// The decision in force.
#[utoipa::path(
    get, path = "/api/v1/classify_ticket/{ticket_id}", operation_id = "get_classification",
    params(("ticket_id" = String, Path, description = "any of the ticket's names")),
    responses((status = 200, body = Classification), (status = 304, description = "unchanged"), Problems),
    security(("api_key" = []), ("bearer" = []))
)]
pub async fn get_classification(
    app: App,
    caller: Caller<ClassifyRead>,
    Id(name): Id<TicketName>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let ticket = find_ticket(&app, caller.tenant(), &name).await?;
    let never = || Problem::not_found("classification: this ticket was never classified");
    let content = ticket.decided.ok_or_else(never)?;
    let stored = app
        .store()
        .decision(caller.tenant(), ticket.id, &content)
        .await?
        .ok_or_else(never)?;
    let tag = format!("\"{}\"", stored.decision.decision_id);
    if headers
        .get(header::IF_NONE_MATCH)
        .is_some_and(|known| known.as_bytes() == tag.as_bytes())
    {
        return Ok((StatusCode::NOT_MODIFIED, [(header::ETAG, tag)]).into_response());
    }
    Ok((
        [(header::ETAG, tag)],
        Json(Classification::new(stored, Vec::new())),
    )
        .into_response())
}
