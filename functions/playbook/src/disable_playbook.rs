//! `PUT /api/v1/playbooks/{playbook_id}/disable`: let no new run begin.

use crate::held::held;
use crate::point::{left_idle, left_machine};
use audit::{Actor, Entry};
use auth::PlaybookActivate;
use axum::Json;
use desk::{Cancelled, cancel_run, retried};
use domain::{PlaybookName, Tenant};
use http::StatusCode;
use kit::{App, Caller, Id, Params, Problem, Problems};
use serde::{Deserialize, Serialize};
use store::PlaybookRow;
use utoipa::{IntoParams, ToSchema};

/// As many runs as one call stops.
const RUNS: usize = 100;

/// What becomes of the runs that are under way.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct Running {
    /// Whether runs that are under way are asked to stop, a hundred at most; otherwise they finish.
    #[serde(default)]
    cancel_running: bool,
}

/// A playbook that starts no more.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct DisabledPlaybook {
    /// The playbook.
    #[schema(example = "unlock_account")]
    playbook_id: String,
    /// Whether it may be started.
    #[schema(example = false)]
    enabled: bool,
    /// The version that ran last.
    active_version: Option<String>,
    /// The runs that were asked to stop, where `cancel_running` says so. Ask again until there are none.
    #[serde(skip_serializing_if = "Option::is_none")]
    cancelled: Option<Vec<String>>,
}

/// Let no new run of a playbook begin. Runs that are under way finish, or are stopped as `cancel_execution` stops one: a call
/// under way may land, and what can be undone is. Disabling it again changes nothing.
#[utoipa::path(put, path = "/api/v1/playbooks/{playbook_id}/disable", operation_id = "disable_playbook",
    params(("playbook_id" = String, Path, description = "The playbook's name.", example = "unlock_account"), Running),
    responses((status = 200, body = DisabledPlaybook), Problems), security(("api_key" = []), ("bearer" = [])))]
pub(crate) async fn disable_playbook(
    app: App,
    caller: Caller<PlaybookActivate>,
    Id(name): Id<PlaybookName>,
    Params(running): Params<Running>,
) -> Result<Json<DisabledPlaybook>, Problem> {
    let tenant = caller.tenant();
    let row = retried(|| async {
        let held = held(&app, tenant, &name).await?;
        if !held.row.enabled && !held.is_inherited() {
            return Ok(held.row);
        }
        let left = left_machine(&app, tenant, &held).await?;
        let now = app.clock().now();
        let next = PlaybookRow {
            enabled: false,
            ..held.row.clone()
        };
        let done = Entry::new(now, caller.actor(), "playbook.disabled")
            .fact("version", held.row.active_version.clone());
        let entries = held.entries(now, &caller.actor(), done);
        let write = app.store().write(tenant, "playbook disabled").playbook(
            held.own.as_ref(),
            &next,
            entries,
        );
        left_idle(write, left.as_ref(), now).commit().await?;
        Ok(next)
    })
    .await?;
    let cancelled = if running.cancel_running {
        Some(stop_runs(&app, tenant, &name, &caller.actor()).await?)
    } else {
        None
    };
    Ok(Json(DisabledPlaybook {
        playbook_id: row.name.to_string(),
        enabled: row.enabled,
        active_version: row.active_version,
        cancelled,
    }))
}

/// Asks the playbook's runs to stop. One that ended meanwhile is left as it is; one that could not be asked leaves none of
/// the others out.
async fn stop_runs(
    app: &App,
    tenant: &Tenant,
    name: &PlaybookName,
    actor: &Actor,
) -> Result<Vec<String>, Problem> {
    let reason = Some("the playbook was disabled");
    let (mut stopped, mut failed) = (Vec::new(), None);
    for run in app.store().live_runs(tenant, name, RUNS).await? {
        match cancel_run(app, tenant, &run, actor, reason).await {
            Ok(Cancelled::Now(_) | Cancelled::Before(_)) => stopped.push(run.to_string()),
            Err(ended) if ended.status() == StatusCode::CONFLICT => {}
            Err(problem) => failed = Some(problem),
        }
    }
    match failed {
        Some(problem) => Err(problem),
        None => Ok(stopped),
    }
}
