//! `PUT /api/v1/playbooks/{playbook_id}/activate`: let a version run.

use crate::optional::Optional;
use crate::point::{Why, point};
use auth::PlaybookActivate;
use axum::Json;
use desk::{AutoStart, auto_start, candidate};
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
    /// Whether decisions may start this version by themselves, or why not; null where none is active.
    auto_start: Option<AutoStart>,
}

/// Let a version run: its text is checked again, its state machine made, and runs from now on are of this version. Runs that
/// are under way keep theirs. Activating the version that runs changes nothing. A version that people have not yet agreed with often
/// enough is in shadow: people start it, decisions do not, and `auto_start` says why not.
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
    let standing = match candidate(&row) {
        Some(of) => Some(auto_start(&app, tenant, &of).await?),
        None => None,
    };
    Ok(Json(ActivePlaybook {
        playbook_id: row.name.to_string(),
        active_version: row.active_version,
        enabled: row.enabled,
        auto_start: standing.map(AutoStart::from),
    }))
}
