//! What both HaloPSA webhooks do: verify the source, keep the event, queue it, answer.

use crate::basic;
use crate::hint::{Hint, hints};
use axum::Json;
use axum::response::{IntoResponse, Response};
use domain::{EventId, Tenant};
use http::{HeaderMap, StatusCode};
use kit::{App, Message, Problem};
use serde::Serialize;
use serde_json::json;
use std::collections::BTreeMap;
use std::time::Duration;
use store::{InboxRow, InboxStatus, Verdict, VerdictKind};
use utoipa::ToSchema;

/// What became of a delivery at the door.
#[derive(Debug, Serialize, ToSchema)]
pub struct Received {
    /// Whether it is kept and will be dealt with.
    accepted: bool,
    /// Whether all of it was here before.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    duplicate: bool,
    /// The event's id; `GET /api/v1/inbox/{event_id}` tells what became of it.
    #[schema(value_type = String)]
    event_id: EventId,
    /// The ids of all its events, when it was a batch.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(value_type = Vec<String>)]
    event_ids: Vec<EventId>,
}

impl IntoResponse for Received {
    fn into_response(self) -> Response {
        let status = if self.accepted && !self.duplicate {
            StatusCode::ACCEPTED
        } else {
            StatusCode::OK
        };
        (status, Json(self)).into_response()
    }
}

/// Verifies the source, keeps each event, queues it.
pub(crate) async fn receive(
    app: &App,
    headers: &HeaderMap,
    body: &[u8],
    route: &str,
) -> Result<Received, Problem> {
    let Some((name, password)) = basic::credential(headers) else {
        return Err(unverified(app, route).await);
    };
    let source = match auth::verify_source(app.store(), "halopsa", &name, &password).await {
        Err(auth::AuthError::Unauthenticated) => return Err(unverified(app, route).await),
        other => other?,
    };
    let hints = hints(&source.row.id, route, body);
    let mut kept = Vec::with_capacity(hints.len());
    for hint in &hints {
        kept.push(keep(app, &source.tenant, &source.row.id, route, hint).await?);
    }
    let first = hints
        .first()
        .map(|hint| hint.id.clone())
        .ok_or_else(|| Problem::invalid("", "an empty delivery"))?;
    Ok(Received {
        accepted: hints.iter().any(|hint| hint.readable),
        duplicate: kept.iter().all(|kept| *kept == Kept::Before),
        event_id: first,
        event_ids: if hints.len() > 1 {
            hints.into_iter().map(|hint| hint.id).collect()
        } else {
            Vec::new()
        },
    })
}

#[derive(Debug, PartialEq, Eq)]
enum Kept {
    Now,
    Before,
}

/// Keeps one event and queues it. One that was kept and never dealt with is queued again: the message may have been
/// lost, and the worker is idempotent.
async fn keep(
    app: &App,
    tenant: &Tenant,
    source: &str,
    route: &str,
    hint: &Hint,
) -> Result<Kept, Problem> {
    let now = app.clock().now();
    let row = InboxRow {
        id: hint.id.clone(),
        source: source.to_owned(),
        route: route.to_owned(),
        at: now,
        body: hint.body.clone(),
        headers: BTreeMap::new(),
        claim: claim(app),
        status: InboxStatus::Received,
        verdict: None,
        deliveries: 1,
    };
    let (kept, open) = match app.store().receive(tenant, &row).await? {
        store::Received::New => (Kept::Now, true),
        store::Received::Again { row } => (Kept::Before, row.status == InboxStatus::Received),
    };
    if open && !hint.readable {
        let rule = "unreadable: no ticket number in object_id or ticket.id".to_owned();
        let verdict = Verdict {
            kind: VerdictKind::Rejected,
            rule,
            ticket_id: None,
            at: now,
        };
        app.store().settle(tenant, &hint.id, &verdict).await?;
    } else if open {
        let message = Message {
            tenant: tenant.clone(),
            work: json!({"event_id": hint.id}),
        };
        app.queues()
            .send("INBOUND_QUEUE", &message, Duration::ZERO)
            .await?;
    }
    Ok(kept)
}

fn claim(app: &App) -> String {
    hex::encode(app.ids().bytes(9))
}

/// The answer to a request whose credential is not a source's.
async fn unverified(app: &App, route: &str) -> Problem {
    let remedy = "send the webhook source's user name and password as HTTP Basic";
    kit::unverified(app, route, remedy).await
}
