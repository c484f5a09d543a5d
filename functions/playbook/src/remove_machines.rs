//! Schedule, every 15 minutes: state machines that no playbook points at and no run is at work in are removed.
//!
//! AWS ends the runs of a machine that is removed, so one is removed only when it has been idle for an hour, by which time
//! every run that was to begin in it has, and none is at work in it. A machine is one tenant's and one version's; its row says
//! whether it is pointed at and changes with the pointer, so an activation at the same moment either comes first, and the
//! machine stays, or is told to try again.

use domain::Tenant;
use http::StatusCode;
use jiff::SignedDuration;
use kit::{App, Problem};
use serde::Deserialize;
use serde_json::{Value, json};
use store::{MachineRow, MachineState};

/// How long a machine has to have been idle, in seconds.
const PATIENCE_SECONDS: u32 = 3_600;
/// The most machines one run looks at.
const BATCH: usize = 100;

/// What to look at; a schedule says nothing of it.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Sweep {
    /// How long a machine has to have been idle, in seconds; an hour if not given.
    idle_seconds: Option<u32>,
    /// Only this tenant's.
    tenant: Option<String>,
}

/// Removes what is not needed any more.
pub(crate) async fn remove_machines(app: App, sweep: Sweep) -> Result<Value, Problem> {
    let patience = sweep.idle_seconds.unwrap_or(PATIENCE_SECONDS);
    let before = app.clock().now() - SignedDuration::from_secs(patience.into());
    let (mut removed, mut at_work, mut failed) = (0, 0, 0);
    for (tenant, row) in app.store().idle_machines(before, BATCH).await? {
        let wanted = sweep.tenant.as_deref();
        if wanted.is_some_and(|wanted| wanted != tenant.as_str()) {
            continue;
        }
        match look_at(&app, &tenant, &row).await {
            Ok(true) => removed += 1,
            Ok(false) => at_work += 1,
            // Somebody activated it, or another sweep is at it.
            Err(problem) if problem.status() == StatusCode::CONFLICT => {}
            Err(problem) => {
                tracing::warn!(arn = row.arn, %problem, "state machine not removed");
                failed += 1;
            }
        }
    }
    Ok(json!({"removed": removed, "at_work": at_work, "failed": failed}))
}

/// Removes a machine that no run is at work in; whether it did. It is said to go before it goes, and to be gone after: a sweep
/// that ended between is taken up by the next.
async fn look_at(app: &App, tenant: &Tenant, row: &MachineRow) -> Result<bool, Problem> {
    if app.machines().is_at_work(&row.arn).await? {
        // It is looked at again when those behind it have been.
        let later = row.in_state(MachineState::Idle, app.clock().now());
        app.store().put_machine(tenant, Some(row), &later).await?;
        return Ok(false);
    }
    let going = row.in_state(MachineState::Removing, row.since);
    let going = app.store().put_machine(tenant, Some(row), &going).await?;
    app.machines().remove(&row.arn).await?;
    let gone = going.in_state(MachineState::Removed, app.clock().now());
    app.store().put_machine(tenant, Some(&going), &gone).await?;
    tracing::info!(tenant = tenant.as_str(), playbook = %row.playbook, version = row.version, "state machine removed");
    Ok(true)
}
