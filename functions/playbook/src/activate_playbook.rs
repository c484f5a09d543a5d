//! `PUT /api/v1/playbooks/{playbook_id}/activate`: let a version run.

use crate::optional::Optional;
use crate::point::{Why, point};
use auth::PlaybookActivate;
use axum::Json;
use domain::PlaybookName;
use kit::{App, Caller, Id, Problem, Problems};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Which version.
#[derive(Debug, Default, Deserialize, ToSchema)]
pub(crate) struct Activation {
    /// The version; the latest if not given.
    #[schema(example = "1.1")]
    version: Option<String>,
}

/// Which version runs.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ActivePlaybook {
    /// The playbook.
    #[schema(example = "unlock_account")]
    playbook_id: String,
    /// The version that runs.
    #[schema(example = "1.1")]
    active_version: Option<String>,
    /// Whether the playbook may be started.
    enabled: bool,
}

/// Let a version run: its text is checked again, its state machine made, and runs from now on are of this version. Runs that
/// are under way keep theirs. Activating the version that runs changes nothing.
#[utoipa::path(put, path = "/api/v1/playbooks/{playbook_id}/activate", operation_id = "activate_playbook",
    params(("playbook_id" = String, Path, description = "The playbook's name.", example = "unlock_account")),
    request_body = Activation, responses((status = 200, body = ActivePlaybook), Problems),
    security(("api_key" = []), ("bearer" = [])))]
pub(crate) async fn activate_playbook(
    app: App,
    caller: Caller<PlaybookActivate>,
    Id(name): Id<PlaybookName>,
    Optional(ask): Optional<Activation>,
) -> Result<Json<ActivePlaybook>, Problem> {
    let version = ask.version.as_deref();
    let (tenant, actor) = (caller.tenant(), caller.actor());
    let row = point(&app, tenant, &actor, &name, version, Why::Activation).await?;
    Ok(Json(ActivePlaybook {
        playbook_id: row.name.to_string(),
        active_version: row.active_version,
        enabled: row.enabled,
    }))
}
