//! `POST /api/v1/executor/trigger_device_script`: run an allowed script on a person's device.

use crate::answer::REPLAYED;
use crate::problems::failed;
use crate::script_ask::Asked;
use crate::script_run::{For, begin};
use auth::ExecutorTriggerDeviceScript;
use axum::Json;
use desk::find_ticket;
use domain::{DeviceId, ScriptId, ScriptRun, ScriptRunId, ScriptRunState, TicketName, UserId};
use http::{HeaderMap, HeaderValue, StatusCode};
use jiff::{SignedDuration, Timestamp};
use kit::{App, Body, Caller, Problem, ProblemBody, Problems};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::time::Duration;
use utoipa::ToSchema;

/// How long the same call on the same ticket is taken for a repetition of a run that has ended.
const REPEATS: SignedDuration = SignedDuration::from_secs(30);
/// How often the ticket is looked at again because somebody wrote first.
const TRIES: u32 = 5;

/// What to run where.
#[derive(Debug, Deserialize, ToSchema)]
pub struct TriggerDeviceScript {
    /// The ticket it is for; the user has confirmed there.
    #[schema(value_type = String, example = "HLP-12345")]
    ticket_id: TicketName,
    /// The device's id in the device management.
    #[schema(value_type = String, example = "101")]
    device_id: DeviceId,
    /// The script's id there; it stands on the list of those that may run.
    #[schema(value_type = String, example = "42")]
    script_id: ScriptId,
    /// What the script takes, by name, with the types that the list says. No secret: device managements keep it.
    #[serde(default)]
    params: Map<String, Value>,
    /// Whose device it is, by their id in the directory; the ticket's requester where it is left out.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    user_id: Option<UserId>,
}

/// The device management has it.
#[derive(Debug, PartialEq, Serialize, ToSchema)]
pub struct ScriptTriggered {
    /// `queued`; for a call that is repeated, where the run stands.
    #[schema(example = "queued")]
    status: &'static str,
    /// What `GET /api/v1/executor/script_runs/{run_id}` asks for.
    #[schema(value_type = String)]
    run_id: ScriptRunId,
}

/// Run a script on a device.
///
/// The script stands on the tenant's list with the hash it has now, the parameters are those that the list says, the device
/// is the user's, and the user has confirmed on this ticket (`POST /api/v1/verification/mfa`); otherwise nothing is begun.
/// A run is begun once: a lost answer is looked up, never sent again. Its end is the device management's own word. There is
/// no undo.
#[utoipa::path(post, path = "/api/v1/executor/trigger_device_script", operation_id = "trigger_device_script",
    request_body = TriggerDeviceScript,
    responses((status = 202, body = ScriptTriggered),
        (status = 502, description = "The device management refused, or nobody knows what it did", body = ProblemBody), Problems),
    security(("api_key" = []), ("bearer" = [])))]
pub async fn trigger_device_script(
    app: App,
    caller: Caller<ExecutorTriggerDeviceScript>,
    Body(body): Body<TriggerDeviceScript>,
) -> Result<(StatusCode, HeaderMap, Json<ScriptTriggered>), Problem> {
    let asked = Asked {
        device: body.device_id,
        script: body.script_id,
        user: body.user_id,
        parameters: body.params,
        written: false,
    };
    let (tenant, whom) = (caller.tenant(), For::Caller(caller.actor()));
    for again in 0..TRIES {
        let ticket = find_ticket(&app, tenant, &body.ticket_id).await?;
        let runs = app.store().script_runs(tenant, ticket.id).await?;
        match stands(&runs, &asked, app.clock().now()) {
            Stands::Same(run) => return Ok(reply(run, true)),
            Stands::Busy => return Err(busy()),
            Stands::Free => {}
        }
        let begun = begin(&app, tenant, &ticket, &runs, &asked, &whom);
        if let Some(run) = Box::pin(begun).await? {
            return said(&run);
        }
        tokio::time::sleep(Duration::from_millis(50 << again)).await;
    }
    Err(busy())
}

/// Where a script's run on a device stands, on one ticket.
#[derive(Debug, PartialEq)]
enum Stands<'a> {
    /// Just this is under way, or was a moment ago.
    Same(&'a ScriptRun),
    /// It is under way with other parameters.
    Busy,
    Free,
}

fn stands<'a>(runs: &'a [ScriptRun], asked: &Asked, now: Timestamp) -> Stands<'a> {
    let of_these =
        |run: &&ScriptRun| run.device_id == asked.device && run.script_id == asked.script;
    let Some(run) = runs.iter().rfind(of_these) else {
        return Stands::Free;
    };
    let same = run.asked == asked.hash();
    match &run.state {
        ScriptRunState::Begun | ScriptRunState::Queued | ScriptRunState::Running if same => {
            Stands::Same(run)
        }
        ScriptRunState::Begun | ScriptRunState::Queued | ScriptRunState::Running => Stands::Busy,
        ScriptRunState::Succeeded { at, .. } if same && now.duration_since(*at) < REPEATS => {
            Stands::Same(run)
        }
        ScriptRunState::Succeeded { .. }
        | ScriptRunState::Failed { .. }
        | ScriptRunState::Unknown { .. } => Stands::Free,
    }
}

fn busy() -> Problem {
    let why = "this script is being run on this device for this ticket; wait for its end";
    Problem::conflict("IN_FLIGHT", why).retry_after(5)
}

/// What the caller is told of a run that was begun.
fn said(run: &ScriptRun) -> Result<(StatusCode, HeaderMap, Json<ScriptTriggered>), Problem> {
    match &run.state {
        ScriptRunState::Failed {
            reason, retryable, ..
        } => Err(failed(reason, *retryable).with("run_id", run.id.as_str())),
        ScriptRunState::Begun => Err(Problem::new(
            StatusCode::BAD_GATEWAY,
            "OUTCOME_UNKNOWN",
            "the device management's answer was lost, so this may have been started. It is not started again; \
             GET /api/v1/executor/script_runs/{run_id} says what becomes known of it",
        )
        .with("retryable", false)
        .with("run_id", run.id.as_str())),
        ScriptRunState::Queued
        | ScriptRunState::Running
        | ScriptRunState::Succeeded { .. }
        | ScriptRunState::Unknown { .. } => Ok(reply(run, false)),
    }
}

fn reply(run: &ScriptRun, replayed: bool) -> (StatusCode, HeaderMap, Json<ScriptTriggered>) {
    let mut headers = HeaderMap::new();
    if replayed {
        headers.insert(REPLAYED, HeaderValue::from_static("true"));
    }
    let reply = ScriptTriggered {
        status: run.state.as_str(),
        run_id: run.id.clone(),
    };
    (StatusCode::ACCEPTED, headers, Json(reply))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doubles::{asked, user};
    use domain::{ScriptOutput, TicketId};
    use serde_json::json;

    fn run(state: ScriptRunState) -> ScriptRun {
        let asked = asked(&json!({}));
        ScriptRun {
            id: ScriptRunId::of(TicketId::from_bits(1), 1),
            ticket_id: TicketId::from_bits(1),
            user_id: user(),
            asked: asked.hash(),
            device_id: asked.device,
            script_id: asked.script,
            claim: "c-1".into(),
            handle: "datto:{}".into(),
            state,
            begun_at: Timestamp::UNIX_EPOCH,
            until: Timestamp::UNIX_EPOCH,
            waiting: None,
            sealed_token: None,
            rev: 1,
        }
    }

    fn succeeded() -> ScriptRunState {
        ScriptRunState::Succeeded {
            at: Timestamp::UNIX_EPOCH,
            output: ScriptOutput::default(),
        }
    }

    #[test]
    fn the_documented_example_is_accepted() {
        let body = json!({"ticket_id": "HLP-12345", "device_id": "101", "script_id": "42", "params": {"Days": 3}});
        let read: TriggerDeviceScript = serde_json::from_value(body).unwrap();
        assert_eq!(read.ticket_id, TicketName::Halo(12_345));
        assert_eq!(read.params["Days"], 3);
    }

    #[test]
    fn the_same_call_is_a_repetition_while_it_runs_and_a_moment_after() {
        let (same, other) = (asked(&json!({})), asked(&json!({"Days": 3})));
        let at = |seconds| Timestamp::from_second(seconds).unwrap();
        let queued = [run(ScriptRunState::Queued)];
        assert!(matches!(stands(&queued, &same, at(999)), Stands::Same(_)));
        assert_eq!(stands(&queued, &other, at(0)), Stands::Busy);
        let over = [run(succeeded())];
        assert!(matches!(stands(&over, &same, at(29)), Stands::Same(_)));
        assert_eq!(stands(&over, &same, at(30)), Stands::Free);
        assert_eq!(stands(&over, &other, at(0)), Stands::Free);
        assert_eq!(stands(&[], &same, at(0)), Stands::Free);
    }

    #[test]
    fn a_lost_answer_is_no_success_and_names_the_run() {
        let lost = said(&run(ScriptRunState::Begun)).unwrap_err();
        assert_eq!(lost.status(), StatusCode::BAD_GATEWAY);
        assert!(format!("{lost:?}").contains("run_"));
        let (status, _, Json(reply)) = said(&run(ScriptRunState::Queued)).unwrap();
        assert_eq!((status, reply.status), (StatusCode::ACCEPTED, "queued"));
    }
}
