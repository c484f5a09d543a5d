//! Starting a playbook for a ticket, once, whoever asks and however often.

use audit::{Actor, Entry};
use desk::{Choice, Labelled, Raced, auto_start, candidate, chosen, tallied};
use domain::{
    Candidate, Execution, ExecutionId, LabelSource, PlaybookName, Snapshot, StepId, Tenant, Ticket,
    TicketStatus,
};
use kit::{App, Problem};
use playbook::{Flaw, PlaybookVersion, check_inputs};
use serde_json::{Map, Value};
use store::VersionRow;

/// A run, and whether it was under way before.
pub(crate) struct Started {
    pub(crate) run: Execution,
    pub(crate) already_running: bool,
}

/// What came of starting a playbook.
pub(crate) enum Start {
    /// It runs.
    Made(Box<Started>),
    /// What it was to be started with does not fit its `inputs`; nothing was begun.
    Unfit(Vec<Flaw>),
    /// A decision may not start it, for these reasons; nothing was begun.
    Locked(Candidate, Vec<String>),
}

/// By whose word a playbook is started.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum By {
    /// The decision's own. A version that is in shadow is not started by it.
    Decision,
    /// A person's, which shows so, and says what the decision should have been.
    Person(LabelSource),
}

/// Who starts a playbook, and with what.
pub(crate) struct Starting<'a> {
    pub(crate) playbook: &'a PlaybookName,
    pub(crate) actor: &'a Actor,
    pub(crate) by: By,
    /// What the caller gives; the playbook's `inputs` are taken from it.
    pub(crate) context: &'a Map<String, Value>,
    /// What the PSA showed when it was decided.
    pub(crate) snapshot: Option<Snapshot>,
}

/// Starts a playbook for `ticket`.
///
/// The run, the ticket's pointer to it and both audit records are one write, on the condition that nobody changed the
/// ticket since; the machine is started after it, under the run's own name. Whoever comes again finds the run and starts
/// the machine again, which changes nothing if it runs.
pub(crate) async fn start(
    app: &App,
    tenant: &Tenant,
    ticket: &Ticket,
    starting: Starting<'_>,
) -> Result<Start, Raced> {
    let Starting {
        playbook,
        actor,
        by,
        context,
        snapshot,
    } = starting;
    if let Some(live) = ticket.live.get(playbook) {
        return Ok(Start::Made(Box::new(Started {
            run: start_machine(app, tenant, live).await?,
            already_running: true,
        })));
    }
    let unknown = || Problem::not_found("playbook").with("playbook_id", playbook.to_string());
    let row = app
        .store()
        .playbook_of(tenant, playbook)
        .await?
        .ok_or_else(unknown)?;
    let Some(active) = candidate(&row) else {
        let message = format!("the playbook {playbook} is disabled; activate a version first");
        return Err(Problem::conflict("PLAYBOOK_DISABLED", message).into());
    };
    let version = version(app, tenant, playbook, &active.version).await?;
    let definition: PlaybookVersion =
        serde_json::from_str(&version.definition).map_err(|error| Problem::internal(&error))?;
    let inputs = match check_inputs(&definition, context) {
        Ok(inputs) => inputs,
        Err(flaws) => return Ok(Start::Unfit(flaws)),
    };
    let label = match allowed(app, tenant, ticket, &active, by, actor).await? {
        Ok(label) => label,
        Err(reasons) => return Ok(Start::Locked(active, reasons)),
    };
    let run = run(app, tenant, ticket, &definition, &version)?
        .with_inputs(inputs)
        .started_by(actor.caller().map(str::to_owned));
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
    // Which inputs it has, not what they say: the run's row holds that.
    let names: Vec<String> = run.inputs.keys().cloned().collect();
    let told = entry("ticket.execution_started");
    let told = match &label {
        Some(label) => label.told(told),
        None => told,
    };
    let write = app
        .store()
        .write(tenant, "execution started")
        .ticket(Some(ticket), &next, vec![told])
        .execution(
            None,
            &run,
            vec![
                entry("execution.started")
                    .fact("ticket_id", ticket.id.to_string())
                    .fact("inputs", (!names.is_empty()).then_some(names)),
            ],
        );
    match &label {
        Some(label) => {
            label.add(write).commit().await?;
            tallied(app, tenant, label).await;
        }
        None => write.commit().await?,
    }
    app.machines()
        .start(&version.machine_arn, tenant, &run)
        .await
        .map_err(Problem::from)?;
    tracing::info!(execution = %run.id, ticket_id = %ticket.id, playbook = %playbook, "execution started");
    Ok(Start::Made(Box::new(Started {
        run,
        already_running: false,
    })))
}

/// What the start says of the decision before it; or why a decision may not start this version.
async fn allowed(
    app: &App,
    tenant: &Tenant,
    ticket: &Ticket,
    active: &Candidate,
    by: By,
    actor: &Actor,
) -> Result<Result<Option<Labelled>, Vec<String>>, Problem> {
    match by {
        By::Decision => {
            let standing = auto_start(app, tenant, active).await?;
            Ok(if standing.unlocked {
                Ok(None)
            } else {
                Err(standing.reasons)
            })
        }
        By::Person(source) => {
            let choice = Choice {
                playbook: Some(active),
                source,
                actor,
                note: None,
                text: None,
            };
            Ok(Ok(chosen(app, tenant, ticket, choice).await?))
        }
    }
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
    definition: &PlaybookVersion,
    version: &VersionRow,
) -> Result<Execution, Problem> {
    let named = |step: &playbook::Step| {
        StepId::parse(step.id.as_ref()).map_err(|error| Problem::internal(&error))
    };
    let steps = definition.each_step().map(named);
    let steps = steps.collect::<Result<Vec<_>, _>>()?;
    let number = u32::try_from(ticket.runs.len())
        .unwrap_or(u32::MAX)
        .saturating_add(1);
    let id = ExecutionId::of(tenant, &ticket.id, &version.name, number);
    let mut run = Execution::new(
        id,
        ticket.id,
        version.name.clone(),
        version.version.clone(),
        &steps,
        app.clock().now(),
    );
    for step in &definition.steps {
        if let Some(fallback) = &step.fallback {
            run = run.with_fallback(&named(step)?, &named(fallback)?);
        }
    }
    Ok(run)
}
