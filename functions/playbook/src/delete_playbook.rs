//! `DELETE /admin/v1/playbooks/{playbook_id}`: take a playbook away. Its versions stay readable.

use crate::held::held;
use crate::point::{left_idle, left_machine};
use audit::Entry;
use auth::PlaybookAdmin;
use desk::retried;
use domain::PlaybookName;
use http::StatusCode;
use kit::{App, Caller, Id, Problem, Problems};
use store::PlaybookRow;

/// Delete a playbook. It cannot be started or changed any more; its versions stay readable, and a playbook of the same name
/// that is made later goes on with their numbers. One from the organization above is taken away for this organization alone.
#[utoipa::path(delete, path = "/admin/v1/playbooks/{playbook_id}", operation_id = "delete_playbook",
    params(("playbook_id" = String, Path, description = "The playbook's name.", example = "unlock_account")),
    responses((status = 204, description = "It is deleted."), Problems),
    security(("api_key" = []), ("bearer" = [])))]
pub(crate) async fn delete_playbook(
    app: App,
    caller: Caller<PlaybookAdmin>,
    Id(name): Id<PlaybookName>,
) -> Result<StatusCode, Problem> {
    let tenant = caller.tenant();
    retried(|| async {
        let held = held(&app, tenant, &name).await?;
        let live = app.store().live_runs(tenant, &name, 1).await?;
        if let Some(run) = live.first() {
            let message =
                format!("{name} has runs under way; disable it and wait for them, or cancel them");
            let problem = Problem::conflict("PLAYBOOK_RUNNING", message);
            return Err(problem.with("execution_id", run.as_str()).into());
        }
        let left = left_machine(&app, tenant, &held).await?;
        let now = app.clock().now();
        let next = PlaybookRow {
            enabled: false,
            active_version: None,
            deleted_at: Some(now),
            ..held.row.clone()
        };
        let done = Entry::new(now, caller.actor(), "playbook.deleted")
            .fact("latest_version", held.row.latest_version.as_str());
        let entries = held.entries(now, &caller.actor(), done);
        let write = app.store().write(tenant, "playbook deleted").playbook(
            held.own.as_ref(),
            &next,
            entries,
        );
        left_idle(write, left.as_ref(), now).commit().await?;
        Ok(())
    })
    .await?;
    Ok(StatusCode::NO_CONTENT)
}
