//! A run of a script: its intent, its one start, and how it goes on.

use crate::caps;
use crate::intent::call_id;
use crate::needs::{Receipts, Wish, receipts};
use crate::problems::lacking;
use crate::record::RECORD_PAUSES_MS;
use crate::script_ask::{Asked, Ready, ready};
use crate::script_end::{end, recorded};
use audit::{Actor, Entry};
use desk::OpenStep;
use domain::{ScriptRun, ScriptRunId, ScriptRunState, Tenant, Ticket, script_target};
use jiff::{SignedDuration, Timestamp};
use kit::{App, Message, Problem};
use ports::{CallError, RunHandle};
use serde::{Deserialize, Serialize};
use std::time::Duration;
use store::StoreError;

/// How long the end of a run is waited for that a caller asked for.
const CALLERS_WAIT: SignedDuration = SignedDuration::from_hours(1);
/// So long before its state's time is up, a step's run is given up: then the ledger says why.
const BEFORE_THE_STATE_ENDS: SignedDuration = SignedDuration::from_secs(10);
/// When the vendor is asked first how a run stands.
pub(crate) const FIRST_LOOK: Duration = Duration::from_secs(5);
/// When a run is looked at whose beginner may have died.
const REMINDER: Duration = Duration::from_mins(1);

/// A run to look at.
#[derive(Debug, Serialize, Deserialize)]
pub struct Watch {
    /// The run.
    pub(crate) run_id: ScriptRunId,
    /// Whether this was sent before the run was begun, in case its beginner would die.
    #[serde(default)]
    pub(crate) reminder: bool,
}

/// Who asks, and what waits for the end.
pub(crate) enum For<'a> {
    /// A caller of the API.
    Caller(Actor),
    /// A step; its task token, sealed for the run that [`next_id`] names.
    Step {
        open: &'a OpenStep,
        sealed_token: String,
    },
}

/// The id of a ticket's next run.
pub(crate) fn next_id(ticket: &Ticket, runs: &[ScriptRun]) -> ScriptRunId {
    let number = u32::try_from(runs.len()).unwrap_or(u32::MAX);
    ScriptRunId::of(ticket.id, number.saturating_add(1))
}

/// Begins a run and starts it, once. `None` when somebody wrote the ticket, the run or a receipt first: then nothing happened.
/// An error is from before the intent; what comes after it is in the run.
pub(crate) async fn begin(
    app: &App,
    tenant: &Tenant,
    ticket: &Ticket,
    runs: &[ScriptRun],
    asked: &Asked,
    whom: &For<'_>,
) -> Result<Option<ScriptRun>, Problem> {
    let id = next_id(ticket, runs);
    let ready = ready(app, tenant, ticket, asked, id.as_str()).await?;
    let earlier = spent_on(runs, &asked.hash());
    let target = script_target(asked.script.as_str(), asked.device.as_str());
    let wish = Wish::to_run_script(&ready.subject.person.id, &target);
    let (subject, claim) = (&ready.subject, earlier.as_deref());
    let receipts = match receipts(app, tenant, ticket.id, wish, subject, claim).await? {
        Ok(receipts) => receipts,
        Err(lack) if lack.overtaken(app, tenant, ticket).await? => return Ok(None),
        Err(lack) => return Err(lacking(&lack)),
    };
    let counting = match whom {
        // What is tried again because nothing happened was counted then.
        _ if earlier.is_some() => None,
        For::Caller(actor) => Some(caps::of_call(&ready.subject, actor, app.clock().now())),
        For::Step { open, .. } => caps::of_step(&ready.subject, open, app.clock().now()),
    };
    let receipts = receipts.counting(counting);
    let run = ScriptRun {
        claim: earlier.unwrap_or_else(|| call_id(app)),
        ..intended(app, ticket, asked, &ready, id, whom)
    };
    // Should this process die from here on, somebody looks.
    watch(app, tenant, &run.id, true, REMINDER).await?;
    let Some(run) = intend(app, tenant, ticket, &run, &receipts, wish, whom).await? else {
        return Ok(None);
    };
    Ok(Some(started(app, tenant, run, &ready).await))
}

/// Whose spending still counts: that of the newest run, if it was just this and did not take place.
fn spent_on(runs: &[ScriptRun], asked: &str) -> Option<String> {
    let newest = runs.last()?;
    let again = matches!(
        newest.state,
        ScriptRunState::Failed {
            retryable: true,
            ..
        }
    );
    (again && newest.asked == asked).then(|| newest.claim.clone())
}

/// The row of a run that is about to be begun.
fn intended(
    app: &App,
    ticket: &Ticket,
    asked: &Asked,
    ready: &Ready,
    id: ScriptRunId,
    whom: &For<'_>,
) -> ScriptRun {
    let now = app.clock().now();
    let (until, waiting, sealed_token) = match whom {
        For::Caller(_) => (now + CALLERS_WAIT, None, None),
        For::Step { open, sealed_token } => {
            let waiting = (open.run.id.clone(), open.step_id.clone());
            let sealed = Some(sealed_token.clone());
            (given_up_at(open, now), Some(waiting), sealed)
        }
    };
    ScriptRun {
        id,
        ticket_id: ticket.id,
        user_id: ready.subject.person.id.clone(),
        device_id: asked.device.clone(),
        script_id: asked.script.clone(),
        asked: asked.hash(),
        claim: String::new(),
        handle: ready.prepared.0.clone(),
        state: ScriptRunState::Begun,
        begun_at: now,
        until,
        waiting,
        sealed_token,
        rev: 0,
    }
}

/// When a step's run is given up.
pub(crate) fn given_up_at(open: &OpenStep, now: Timestamp) -> Timestamp {
    let lasts = SignedDuration::from_secs(i64::from(open.step.timeout_seconds));
    now + (lasts - BEFORE_THE_STATE_ENDS)
}

/// Writes the intent and spends the receipts. `None` when somebody was faster.
async fn intend(
    app: &App,
    tenant: &Tenant,
    ticket: &Ticket,
    run: &ScriptRun,
    receipts: &Receipts,
    wish: Wish<'_>,
    whom: &For<'_>,
) -> Result<Option<ScriptRun>, Problem> {
    let now = run.begun_at;
    let about = |entry: Entry| recorded(entry, run).fact("receipts", receipts.ids());
    let write = app
        .store()
        .write(tenant, "script begun")
        .script_run(None, run);
    let write = match whom {
        For::Caller(actor) => {
            let entry = about(Entry::new(now, actor.clone(), "script.begun"));
            write.ticket(Some(ticket), ticket, vec![entry])
        }
        For::Step { open, .. } => {
            let entry = about(desk::step_entry(app, "script.begun", open));
            let next = open.run.begin(&open.step_id, now)?.counted(&open.step_id);
            write.execution(Some(&open.run), &next, vec![entry])
        }
    };
    let write = receipts.spend(write, wish, &run.claim, now)?;
    match write.commit_returning().await {
        Ok(written) => Ok(written.script_run.map(|run| *run)),
        Err(StoreError::Conflict { what }) => {
            caps::lost(app, tenant, what, receipts.counting.as_ref()).await
        }
        Err(error) => {
            // Written after all, and only the answer lost?
            let there = app.store().script_run(tenant, &run.id).await;
            let ours = there.ok().flatten().filter(|there| {
                there.claim == run.claim && there.asked == run.asked && there.rev == 1
            });
            ours.map(Some).ok_or_else(|| error.into())
        }
    }
}

/// Asks the vendor once, and records what it said.
async fn started(app: &App, tenant: &Tenant, run: ScriptRun, ready: &Ready) -> ScriptRun {
    match ready.rmm.start(&ready.order, &ready.prepared).await {
        Ok(handle) => {
            let is_watched = look_soon(app, tenant, &run).await;
            taken(app, tenant, run, &handle, is_watched).await
        }
        Err(error @ CallError::Unknown { .. }) => {
            tracing::warn!(%error, run_id = %run.id, "the answer to a start was lost");
            // The run stays begun: it is looked for, and never started again.
            look_soon(app, tenant, &run).await;
            run
        }
        Err(error) => {
            let failed = ScriptRunState::Failed {
                at: app.clock().now(),
                reason: error.to_string(),
                exit_code: None,
                output: domain::ScriptOutput::default(),
                retryable: error.is_retryable(),
            };
            let by = Actor::System(app.config().handler.clone());
            match end(app, tenant, &run.id, &failed, &by).await {
                Ok(ended) => ended,
                Err(problem) => {
                    tracing::error!(%problem, run_id = %run.id, "that it was not started is not recorded");
                    run
                }
            }
        }
    }
}

/// Whether somebody will look at the run soon.
async fn look_soon(app: &App, tenant: &Tenant, run: &ScriptRun) -> bool {
    let sent = watch(app, tenant, &run.id, false, FIRST_LOOK).await;
    sent.is_ok()
}

/// Keeps the handle of the answer. A run that nobody else watches stays begun, so that the reminder does.
async fn taken(
    app: &App,
    tenant: &Tenant,
    run: ScriptRun,
    handle: &RunHandle,
    is_watched: bool,
) -> ScriptRun {
    let state = if is_watched {
        ScriptRunState::Queued
    } else {
        ScriptRunState::Begun
    };
    let next = ScriptRun {
        handle: handle.0.clone(),
        state,
        ..run.clone()
    };
    for pause_ms in RECORD_PAUSES_MS {
        tokio::time::sleep(Duration::from_millis(pause_ms)).await;
        let write = app.store().write(tenant, "script taken");
        let write = write.script_run(Some(&run), &next);
        match write.commit_returning().await {
            Ok(written) => return written.script_run.map_or(next, |run| *run),
            // Whoever looked has gone on with it.
            Err(StoreError::Conflict { .. }) => return next,
            Err(error) => tracing::warn!(%error, run_id = %run.id, "a start is not recorded yet"),
        }
    }
    tracing::error!(run_id = %run.id, "a start could not be recorded; its run is looked for");
    run
}

/// Has the queue look at a run.
pub(crate) async fn watch(
    app: &App,
    tenant: &Tenant,
    run: &ScriptRunId,
    reminder: bool,
    delay: Duration,
) -> Result<(), Problem> {
    let work = Watch {
        run_id: run.clone(),
        reminder,
    };
    let message = Message {
        tenant: tenant.clone(),
        work,
    };
    app.queues()
        .send("SCRIPT_POLL_QUEUE", &message, delay)
        .await?;
    Ok(())
}
