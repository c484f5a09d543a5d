//! `GET /api/v1/inbox/{event_id}`: what became of an event.

use auth::InboxRead;
use axum::Json;
use domain::EventId;
use jiff::Timestamp;
use kit::{App, Caller, Id, Problem, Problems};
use serde::Serialize;
use store::InboxStatus;
use utoipa::ToSchema;

/// An event and what became of it.
#[derive(Debug, Serialize, ToSchema)]
pub struct InboxEvent {
    /// Its id.
    #[schema(value_type = String)]
    event_id: EventId,
    /// The webhook source it came from.
    source: String,
    /// The route it came in by.
    route: String,
    /// When it came in first.
    #[schema(value_type = String)]
    received_at: Timestamp,
    /// `received` until it is dealt with, then `settled`.
    status: &'static str,
    /// `accepted`, `duplicate`, `ignored` or `rejected`.
    #[schema(value_type = Option<String>)]
    verdict: Option<serde_json::Value>,
    /// The rule that said so.
    rule: Option<String>,
    /// The ticket it was about.
    #[schema(value_type = Option<String>)]
    ticket_id: Option<String>,
    /// When it was dealt with.
    #[schema(value_type = Option<String>)]
    settled_at: Option<Timestamp>,
}

/// What became of an event.
#[utoipa::path(
    get, path = "/api/v1/inbox/{event_id}", operation_id = "get_inbox_event",
    params(("event_id" = String, Path, description = "the id that the webhook answered with")),
    responses((status = 200, body = InboxEvent), Problems), security(("api_key" = []), ("bearer" = []))
)]
pub async fn get_inbox_event(
    app: App,
    caller: Caller<InboxRead>,
    Id(id): Id<EventId>,
) -> Result<Json<InboxEvent>, Problem> {
    let row = app
        .store()
        .inbox(caller.tenant(), &id)
        .await?
        .ok_or_else(|| Problem::not_found("event"))?;
    let status = match row.status {
        InboxStatus::Received => "received",
        InboxStatus::Settled => "settled",
    };
    let verdict = row.verdict;
    Ok(Json(InboxEvent {
        event_id: row.id,
        source: row.source,
        route: row.route,
        received_at: row.at,
        status,
        verdict: verdict
            .as_ref()
            .and_then(|verdict| serde_json::to_value(verdict.kind).ok()),
        ticket_id: verdict
            .as_ref()
            .and_then(|verdict| verdict.ticket_id)
            .map(|id| id.as_uuid()),
        settled_at: verdict.as_ref().map(|verdict| verdict.at),
        rule: verdict.map(|verdict| verdict.rule),
    }))
}
