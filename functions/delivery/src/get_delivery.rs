//! `GET /api/v1/delivery/{delivery_id}`: how a delivery stands.

use crate::body::DeliveryState;
use auth::DeliveryRead;
use axum::Json;
use domain::DeliveryId;
use kit::{App, Caller, Id, Problem, Problems};

/// How a delivery stands. It never shows the credential.
#[utoipa::path(get, path = "/api/v1/delivery/{delivery_id}", operation_id = "get_delivery",
    params(("delivery_id" = String, Path, description = "The delivery's id: `dlv-…`")),
    responses((status = 200, body = DeliveryState), Problems),
    security(("api_key" = []), ("bearer" = [])))]
pub async fn get_delivery(
    app: App,
    caller: Caller<DeliveryRead>,
    Id(id): Id<DeliveryId>,
) -> Result<Json<DeliveryState>, Problem> {
    let found = app.store().delivery(caller.tenant(), &id).await?;
    let delivery = found.ok_or_else(|| Problem::not_found("delivery"))?;
    let ticket = app
        .store()
        .ticket(caller.tenant(), delivery.ticket_id)
        .await?;
    let name = ticket.map_or_else(
        || delivery.ticket_id.as_uuid(),
        |ticket| ticket.name.to_string(),
    );
    Ok(Json(DeliveryState::of(&delivery, name)))
}
