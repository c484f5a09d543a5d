//! `POST /webhooks/halopsa/ticket_created`: HaloPSA says that a ticket was logged.

use crate::receive::{Received, receive};
use axum::body::Bytes;
use http::HeaderMap;
use kit::{App, Problem, Problems};

/// HaloPSA says that a ticket was logged.
///
/// The body is kept as it came and dealt with after the answer; `GET /api/v1/inbox/{event_id}` tells what became of it.
#[utoipa::path(
    post, path = "/webhooks/halopsa/ticket_created", operation_id = "receive_ticket_created",
    request_body(content = serde_json::Value, description = "a HaloPSA webhook delivery"),
    responses((status = 202, body = Received), (status = 200, body = Received, description = "a duplicate"), Problems),
    security(("webhook" = []))
)]
pub async fn receive_ticket_created(
    app: App,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Received, Problem> {
    receive(&app, &headers, &body, "ticket_created").await
}
