//! `POST /api/v1/orchestration/execute_playbook`: run a playbook for a ticket.

use crate::start::start;
use auth::ExecRun;
use axum::Json;
use desk::{find_ticket, retried};
use domain::{PlaybookName, TicketName};
use http::StatusCode;
use kit::{App, Body, Caller, Problem, Problems};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;

/// What to run, and for which ticket.
#[derive(Debug, Deserialize, ToSchema)]
pub struct ExecuteRequest {
    /// Any of the ticket's names.
    #[schema(value_type = String, example = "HLP-12345")]
    ticket_id: TicketName,
    /// The playbook.
    #[schema(value_type = String, example = "password_reset")]
    playbook_id: PlaybookName,
    /// What the caller knows. It is not trusted: who is reset, and where the pass goes, the directory says.
    #[serde(default)]
    #[expect(
        dead_code,
        reason = "contract A sends it; nothing in it may steer a sensitive step"
    )]
    context: Map<String, Value>,
}

/// A run.
#[derive(Debug, Serialize, ToSchema)]
pub struct ExecuteReply {
    /// The run's id.
    execution_id: String,
    /// The ticket's name.
    ticket_id: String,
    /// Where it stands: `pending` for a new one.
    status: &'static str,
    /// Whether it was under way before this call.
    already_running: bool,
}

/// Run a playbook for a ticket. While a run of it is under way for the ticket, that run is the answer.
#[utoipa::path(
    post, path = "/api/v1/orchestration/execute_playbook", operation_id = "execute_playbook",
    request_body = ExecuteRequest, responses((status = 202, body = ExecuteReply), Problems),
    security(("api_key" = []), ("bearer" = []))
)]
pub async fn execute_playbook(
    app: App,
    caller: Caller<ExecRun>,
    Body(ask): Body<ExecuteRequest>,
) -> Result<(StatusCode, Json<ExecuteReply>), Problem> {
    let actor = caller.actor();
    let started = retried(|| async {
        let ticket = find_ticket(&app, caller.tenant(), &ask.ticket_id).await?;
        start(
            &app,
            caller.tenant(),
            &ticket,
            &ask.playbook_id,
            &actor,
            None,
        )
        .await
    })
    .await?;
    let reply = ExecuteReply {
        execution_id: started.run.id.to_string(),
        ticket_id: ask.ticket_id.to_string(),
        status: started.run.status.as_str(),
        already_running: started.already_running,
    };
    Ok((StatusCode::ACCEPTED, Json(reply)))
}
