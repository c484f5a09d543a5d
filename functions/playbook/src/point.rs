//! Which version runs: activation and rollback move the same pointer.

use crate::held::{Held, held};
use crate::ready::{Ready, ready};
use audit::{Actor, Entry};
use desk::{Raced, retried};
use domain::{PlaybookName, Tenant};
use jiff::Timestamp;
use kit::{App, Problem};
use playbook::Version;
use sha2::{Digest, Sha256};
use store::{MachineRow, MachineState, PlaybookRow, Write};

/// Why the pointer moves.
pub(crate) enum Why<'a> {
    /// The version is to run.
    Activation,
    /// The version is to run again, for a reason.
    Rollback(&'a str),
}

impl Why<'_> {
    fn entry(&self, now: jiff::Timestamp, actor: &Actor) -> Entry {
        match self {
            Self::Activation => Entry::new(now, actor.clone(), "playbook.activated"),
            Self::Rollback(reason) => Entry::new(now, actor.clone(), "playbook.rolled_back")
                .fact("reason_sha256", hex::encode(Sha256::digest(reason))),
        }
    }
}

/// Makes a version the one that runs; the latest where none is named. Doing it again changes nothing. The machine is made
/// first; the pointer, the machine's note and the record are one write, so it happens whole or not at all.
///
/// # Errors
/// 404 when there is no such playbook or version; 409 when the version cannot run.
pub(crate) async fn point(
    app: &App,
    tenant: &Tenant,
    actor: &Actor,
    name: &PlaybookName,
    version: Option<&str>,
    why: Why<'_>,
) -> Result<PlaybookRow, Problem> {
    if let Some(version) = version {
        version.parse::<Version>().map_err(|error| {
            Problem::invalid("version", format!("`{version}` is no version: {error}"))
        })?;
    }
    retried(|| async {
        let held = held(app, tenant, name).await?;
        let number = version.unwrap_or(&held.row.latest_version).to_owned();
        if held.running() == Some(&number) {
            return Ok(held.row);
        }
        let ready = ready(app, tenant, name, &number).await?;
        let left = left_machine(app, tenant, &held).await?;
        moved(app, tenant, actor, &held, &ready, left.as_ref(), &why).await
    })
    .await
}

/// The machine of the version that runs now, where it is the tenant's own.
pub(crate) async fn left_machine(
    app: &App,
    tenant: &Tenant,
    held: &Held,
) -> Result<Option<MachineRow>, Problem> {
    let Some(running) = held.running().filter(|_| !held.is_inherited()) else {
        return Ok(None);
    };
    Ok(app.store().machine(tenant, &held.row.name, running).await?)
}

/// Adds to `write` that a machine is left without a version that runs.
pub(crate) fn left_idle<'w>(
    write: Write<'w>,
    left: Option<&MachineRow>,
    now: Timestamp,
) -> Write<'w> {
    match left {
        Some(left) => write.machine(Some(left), &left.in_state(MachineState::Idle, now)),
        None => write,
    }
}

async fn moved(
    app: &App,
    tenant: &Tenant,
    actor: &Actor,
    held: &Held,
    ready: &Ready,
    left: Option<&MachineRow>,
    why: &Why<'_>,
) -> Result<PlaybookRow, Raced> {
    let now = app.clock().now();
    let version = &ready.version;
    let before = held.row.active_version.clone();
    let next = PlaybookRow {
        enabled: true,
        active_version: Some(version.version.clone()),
        previous_version: before.filter(|before| *before != version.version),
        rolled_back_for: match why {
            Why::Activation => None,
            Why::Rollback(reason) => Some((*reason).to_owned()),
        },
        ..held.row.clone()
    };
    let done = why
        .entry(now, actor)
        .fact("version", version.version.as_str())
        .fact("checksum", version.checksum.as_str())
        .fact("previous_version", next.previous_version.clone());
    let mut write = app.store().write(tenant, "playbook pointed").playbook(
        held.own.as_ref(),
        &next,
        held.entries(now, actor, done),
    );
    if ready.is_copy {
        write = write.playbook_version(version);
    }
    if let Some(machine) = &ready.machine {
        let used = machine.in_state(MachineState::InUse, now);
        write = write.machine(Some(machine), &used);
    }
    left_idle(write, left, now).commit().await?;
    Ok(next)
}
