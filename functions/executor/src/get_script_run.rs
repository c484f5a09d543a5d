//! `GET /api/v1/executor/script_runs/{run_id}`: how a run of a script stands, and what it wrote.

use auth::ExecutorTriggerDeviceScript;
use axum::Json;
use axum::response::{IntoResponse, Response};
use domain::{DeviceId, ScriptId, ScriptRun, ScriptRunId, ScriptRunState, TicketId};
use http::{HeaderValue, header::RETRY_AFTER};
use jiff::Timestamp;
use kit::{App, Caller, Id, Problem, Problems};
use serde::Serialize;
use utoipa::ToSchema;

/// A run of a script.
#[derive(Debug, Serialize, ToSchema)]
pub struct ScriptRunView {
    /// Its id.
    #[schema(value_type = String)]
    run_id: ScriptRunId,
    /// `starting`, `queued`, `running`, `succeeded`, `failed`, or `unknown` where nobody can tell.
    #[schema(example = "succeeded")]
    status: &'static str,
    /// The ticket it is for.
    #[schema(value_type = String)]
    ticket_id: TicketId,
    /// Where.
    #[schema(value_type = String, example = "101")]
    device_id: DeviceId,
    /// What.
    #[schema(value_type = String, example = "42")]
    script_id: ScriptId,
    /// Why it did not succeed.
    reason: Option<String>,
    /// The script's exit code, where the device management says it.
    exit_code: Option<i64>,
    /// What it wrote, at most 4 KB, without what could be a secret or an address; null until it ended.
    output: Option<String>,
    /// Whether it wrote more.
    output_cut: bool,
    /// When it was begun.
    #[schema(value_type = String, format = DateTime)]
    begun_at: Timestamp,
    /// When its end was seen.
    #[schema(value_type = Option<String>, format = DateTime)]
    ended_at: Option<Timestamp>,
}

/// How a run of a script stands.
#[utoipa::path(get, path = "/api/v1/executor/script_runs/{run_id}", operation_id = "get_script_run",
    params(("run_id" = String, Path, description = "The run's id.")),
    responses((status = 200, body = ScriptRunView), Problems),
    security(("api_key" = []), ("bearer" = [])))]
pub async fn get_script_run(
    app: App,
    caller: Caller<ExecutorTriggerDeviceScript>,
    Id(id): Id<ScriptRunId>,
) -> Result<Response, Problem> {
    let run = app.store().script_run(caller.tenant(), &id).await?;
    let run = run.ok_or_else(|| Problem::not_found("run"))?;
    let goes_on = run.state.ended_at().is_none();
    let mut response = Json(view(run)).into_response();
    if goes_on {
        response
            .headers_mut()
            .insert(RETRY_AFTER, HeaderValue::from_static("5"));
    }
    Ok(response)
}

fn view(run: ScriptRun) -> ScriptRunView {
    let (status, ended_at) = (run.state.as_str(), run.state.ended_at());
    let reason = run.state.reason().map(str::to_owned);
    let (output, exit_code) = match run.state {
        ScriptRunState::Succeeded { output, .. } => (Some(output), None),
        ScriptRunState::Failed {
            output, exit_code, ..
        } => (Some(output), exit_code),
        ScriptRunState::Begun
        | ScriptRunState::Queued
        | ScriptRunState::Running
        | ScriptRunState::Unknown { .. } => (None, None),
    };
    ScriptRunView {
        run_id: run.id,
        status,
        ticket_id: run.ticket_id,
        device_id: run.device_id,
        script_id: run.script_id,
        reason,
        exit_code,
        output_cut: output.as_ref().is_some_and(|output| output.cut),
        output: output.map(|output| output.text),
        begun_at: run.begun_at,
        ended_at,
    }
}
