//! `PUT /api/v1/playbooks/{playbook_id}/disable`: let no new run begin.

use crate::held::held;
use crate::point::{left_idle, left_machine};
use audit::Entry;
use auth::PlaybookActivate;
use axum::Json;
use desk::retried;
use domain::PlaybookName;
use kit::{App, Caller, Id, Params, Problem, Problems};
use serde::{Deserialize, Serialize};
use store::PlaybookRow;
use utoipa::{IntoParams, ToSchema};

/// What becomes of the runs that are under way.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct Running {
    /// Only `false` yet: runs that are under way finish.
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
}

/// Let no new run of a playbook begin; runs that are under way finish. Disabling it again changes nothing.
#[utoipa::path(put, path = "/api/v1/playbooks/{playbook_id}/disable", operation_id = "disable_playbook",
    params(("playbook_id" = String, Path, description = "The playbook's name.", example = "unlock_account"), Running),
    responses((status = 200, body = DisabledPlaybook), Problems), security(("api_key" = []), ("bearer" = [])))]
pub(crate) async fn disable_playbook(
    app: App,
    caller: Caller<PlaybookActivate>,
    Id(name): Id<PlaybookName>,
    Params(running): Params<Running>,
) -> Result<Json<DisabledPlaybook>, Problem> {
    if running.cancel_running {
        let message = "runs are not cancelled from here yet; disable the playbook, then cancel each run by its ticket";
        return Err(Problem::invalid("cancel_running", message));
    }
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
    Ok(Json(DisabledPlaybook {
        playbook_id: row.name.to_string(),
        enabled: row.enabled,
        active_version: row.active_version,
    }))
}
