//! `POST /admin/v1/playbooks/{playbook_id}/version/{version}/rollback`: let an earlier version run again.

use crate::point::{Why, point};
use crate::version_path::VersionPath;
use auth::PlaybookActivate;
use axum::Json;
use desk::{AutoStart, auto_start, candidate};
use kit::{App, Body, Caller, Problem, Problems};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// The longest reason, in characters.
const LONGEST: usize = 500;

/// Why.
#[derive(Debug, Deserialize, ToSchema)]
pub(crate) struct Rollback {
    /// Why, in 1 to 500 characters.
    #[schema(example = "1.1 asks the wrong person")]
    reason: String,
}

/// What runs now, and what ran before.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct RolledBack {
    /// The version that runs.
    #[schema(example = "1.0")]
    active_version: Option<String>,
    /// The version that ran before it; null when none did.
    #[schema(example = "1.1")]
    previous_version: Option<String>,
    /// Whether decisions may start the version that runs by themselves, or why not; null where none is active.
    auto_start: Option<AutoStart>,
}

/// Let an earlier version run again, for a reason. It is checked as for an activation. Runs that are under way keep their
/// version. Rolling back to the version that runs changes nothing.
#[utoipa::path(post, path = "/admin/v1/playbooks/{playbook_id}/version/{version}/rollback", operation_id = "rollback_playbook",
    params(
        ("playbook_id" = String, Path, description = "The playbook's name.", example = "unlock_account"),
        ("version" = String, Path, description = "The version to go back to.", example = "1.0"),
    ),
    request_body = Rollback, responses((status = 200, body = RolledBack), Problems),
    security(("api_key" = []), ("bearer" = [])))]
pub(crate) async fn rollback_playbook(
    app: App,
    caller: Caller<PlaybookActivate>,
    path: VersionPath,
    Body(ask): Body<Rollback>,
) -> Result<Json<RolledBack>, Problem> {
    let reason = ask.reason.trim();
    if !(1..=LONGEST).contains(&reason.chars().count()) {
        let message = "say in 1 to 500 characters why it is rolled back";
        return Err(Problem::invalid("reason", message));
    }
    let (tenant, actor) = (caller.tenant(), caller.actor());
    let version = Some(path.version.as_str());
    let row = point(
        &app,
        tenant,
        &actor,
        &path.name,
        version,
        Why::Rollback(reason),
    )
    .await?;
    let standing = match candidate(&row) {
        Some(of) => Some(auto_start(&app, tenant, &of).await?),
        None => None,
    };
    Ok(Json(RolledBack {
        auto_start: standing.map(AutoStart::from),
        active_version: row.active_version,
        previous_version: row.previous_version,
    }))
}
