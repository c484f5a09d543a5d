//! `POST /api/v1/orchestration/execute_playbook`: run a playbook for a ticket.

use crate::start::{By, Start, Starting, start};
use auth::ExecRun;
use axum::Json;
use desk::{find_ticket, retried};
use domain::{LabelSource, PlaybookName, TicketName};
use http::StatusCode;
use kit::{App, Body, Caller, Problem, Problems};
use playbook::Flaw;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
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
    /// What the caller knows. The playbook's `inputs` are taken from it, each checked; the rest is left. Who is verified,
    /// and where a pass goes, the directory says.
    #[serde(default)]
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
        let starting = Starting {
            playbook: &ask.playbook_id,
            actor: &actor,
            by: By::Person(LabelSource::Started),
            context: &ask.context,
            snapshot: None,
        };
        start(&app, caller.tenant(), &ticket, starting).await
    })
    .await?;
    let started = match started {
        Start::Made(started) => started,
        Start::Unfit(flaws) => return Err(unfit(&flaws)),
        Start::Locked(of, reasons) => {
            let message = format!("{of} is in shadow: {}", reasons.join("; "));
            return Err(Problem::conflict("IN_SHADOW", message));
        }
    };
    let reply = ExecuteReply {
        execution_id: started.run.id.to_string(),
        ticket_id: ask.ticket_id.to_string(),
        status: started.run.status.as_str(),
        already_running: started.already_running,
    };
    Ok((StatusCode::ACCEPTED, Json(reply)))
}

/// 422: `context` lacks an input of the playbook's, or gives one that does not fit.
fn unfit(flaws: &[Flaw]) -> Problem {
    let field = |flaw: &Flaw| flaw.path.replacen("inputs.", "context.", 1);
    let messages: Vec<String> = flaws
        .iter()
        .map(|flaw| format!("{}: {}", field(flaw), flaw.message))
        .collect();
    let each: Vec<Value> = flaws
        .iter()
        .map(|flaw| json!({"path": field(flaw), "code": flaw.code, "message": flaw.message}))
        .collect();
    let path = flaws.first().map(field).unwrap_or_default();
    Problem::invalid(&path, messages.join("; ")).with("flaws", each)
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::response::IntoResponse;

    #[tokio::test]
    async fn every_input_that_does_not_fit_is_named_where_the_caller_wrote_it() {
        let version = playbook::parse(
            "name: p\nversion: '1.0'\n\
             inputs:\n  days: {type: integer, min: 1, max: 90}\n  subject: {type: user, required: true}\n\
             steps:\n  - {id: ask, service: verification.mfa, with: {user_id: '{{ inputs.subject }}'}}\n",
        );
        let given = json!({"days": 91, "user_email": "john.doe@company.com"});
        let given = given.as_object().unwrap();
        let flaws = playbook::check_inputs(&version.unwrap(), given).unwrap_err();
        let problem = unfit(&flaws);
        assert_eq!(problem.status(), StatusCode::UNPROCESSABLE_ENTITY);
        let told = format!("{problem:?}");
        assert!(told.contains("context.days") && told.contains("context.subject"));
        assert!(!told.contains("91"), "a value is not repeated: {told}");
        assert_eq!(problem.into_response().status(), 422);
    }
}
