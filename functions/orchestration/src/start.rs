//! Starting a playbook for a ticket, once, whoever asks and however often.

use audit::{Actor, Entry};
use desk::Raced;
use domain::{
    Execution, ExecutionId, PlaybookName, Snapshot, StepId, Tenant, Ticket, TicketStatus,
};
use kit::{App, Problem};
use playbook::PlaybookVersion;
use store::VersionRow;

/// A run, and whether it was under way before.
pub(crate) struct Started {
    pub(crate) run: Execution,
    pub(crate) already_running: bool,
}

/// Starts `playbook` for `ticket`, with `snapshot` as what the PSA showed when it was decided.
///
/// The run, the ticket's pointer to it and both audit records are one write, on the condition that nobody changed the
/// ticket since; the machine is started after it, under the run's own name. Whoever comes again finds the run and starts
/// the machine again, which changes nothing if it runs.
pub(crate) async fn start(
    app: &App,
    tenant: &Tenant,
    ticket: &Ticket,
    playbook: &PlaybookName,
    actor: &Actor,
    snapshot: Option<Snapshot>,
) -> Result<Started, Raced> {
    if let Some(live) = ticket.live.get(playbook) {
        return Ok(Started {
            run: start_machine(app, tenant, live).await?,
            already_running: true,
        });
    }
    let unknown = || Problem::not_found("playbook").with("playbook_id", playbook.to_string());
    let row = app
        .store()
        .playbook_of(tenant, playbook)
        .await?
        .ok_or_else(unknown)?;
    let active = match (&row.active_version, row.enabled) {
        (Some(active), true) => active.clone(),
        _ => {
            let message = format!("the playbook {playbook} is disabled; activate a version first");
            return Err(Problem::conflict("PLAYBOOK_DISABLED", message).into());
        }
    };
    let version = version(app, tenant, playbook, &active).await?;
    let run = run(app, tenant, ticket, playbook, &version)?;
    let next = Ticket {
        status: TicketStatus::Running,
        started: ticket.decided.clone(),
        snapshot: snapshot.or_else(|| ticket.snapshot.clone()),
        runs: ticket.runs.iter().chain([&run.id]).cloned().collect(),
        live: ticket
            .live
            .iter()
            .chain([(playbook, &run.id)])
            .map(|(name, id)| (name.clone(), id.clone()))
            .collect(),
        ..ticket.clone()
    };
    let entry = |action: &str| {
        Entry::new(run.started_at, actor.clone(), action)
            .fact("execution_id", run.id.as_str())
            .fact("playbook", playbook.as_str())
            .fact("version", version.version.clone())
            .fact("checksum", version.checksum.clone())
    };
    app.store()
        .write(tenant, "execution started")
        .ticket(Some(ticket), &next, vec![entry("ticket.execution_started")])
        .execution(
            None,
            &run,
            vec![entry("execution.started").fact("ticket_id", ticket.id.to_string())],
        )
        .commit()
        .await?;
    app.machines()
        .start(&version.machine_arn, tenant, &run)
        .await
        .map_err(Problem::from)?;
    tracing::info!(execution = %run.id, ticket_id = %ticket.id, playbook = %playbook, "execution started");
    Ok(Started {
        run,
        already_running: false,
    })
}

/// Starts the machine of a run that is recorded as under way: whoever recorded it may have died before. A machine that
/// runs is left as it is.
pub(crate) async fn start_machine(
    app: &App,
    tenant: &Tenant,
    live: &ExecutionId,
) -> Result<Execution, Problem> {
    let run = app
        .store()
        .execution(tenant, live)
        .await?
        .ok_or_else(|| Problem::not_found("execution"))?;
    let version = version(app, tenant, &run.playbook, &run.version).await?;
    app.machines()
        .start(&version.machine_arn, tenant, &run)
        .await?;
    Ok(run)
}

pub(crate) async fn version(
    app: &App,
    tenant: &Tenant,
    playbook: &PlaybookName,
    version: &str,
) -> Result<VersionRow, Problem> {
    let row = app
        .store()
        .playbook_version_of(tenant, playbook, version)
        .await?;
    row.ok_or_else(|| Problem::not_found("playbook version").with("version", version))
}

fn run(
    app: &App,
    tenant: &Tenant,
    ticket: &Ticket,
    playbook: &PlaybookName,
    version: &VersionRow,
) -> Result<Execution, Problem> {
    let definition: PlaybookVersion =
        serde_json::from_str(&version.definition).map_err(|error| Problem::internal(&error))?;
    let steps = definition
        .steps
        .iter()
        .map(|step| StepId::parse(step.id.as_ref()));
    let steps = steps
        .collect::<Result<Vec<_>, _>>()
        .map_err(|error| Problem::internal(&error))?;
    let number = u32::try_from(ticket.runs.len())
        .unwrap_or(u32::MAX)
        .saturating_add(1);
    let id = ExecutionId::of(tenant, &ticket.id, playbook, number);
    Ok(Execution::new(
        id,
        ticket.id,
        playbook.clone(),
        version.version.clone(),
        &steps,
        app.clock().now(),
    ))
}
