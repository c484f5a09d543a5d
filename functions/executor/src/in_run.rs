//! A reset that is a step of a run: its intent and its result stand in the step ledger, on the run's chain.

use crate::ask::Ask;
use crate::caps;
use crate::instead;
use crate::intent::Intent;
use crate::issue::{self, Issued, NoTarget, NotIssued, Target};
use crate::needs::{Receipts, Wish, consent_to_reset};
use crate::receipt::{self, Receipt};
use crate::record::RECORD_PAUSES_MS;
use desk::OpenStep;
use domain::{Execution, Refusal, StepState, TicketId};
use kit::{App, TaskError, TaskInput};
use serde_json::{Map, Value};
use std::time::Duration;
use store::StoreError;

/// Tries the step. `false` when somebody wrote the run or the receipt first: nothing happened, open the step again.
///
/// # Errors
/// `Retryable` when nothing happened and nothing was recorded; otherwise the error that the step ended with.
pub(crate) async fn reset(
    app: &App,
    input: &TaskInput,
    open: &OpenStep,
) -> Result<bool, TaskError> {
    let ask = match Ask::of_step(&open.with) {
        Ok(ask) => ask,
        Err(bad) => return Err(fail(app, input, open, &bad.sentence()).await),
    };
    let now = app.clock().now();
    let prompts = app.store().prompts(&input.tenant, open.ticket.id).await?;
    let wish = Wish::to_reset(&ask.user_id);
    let (tenant, ticket) = (&input.tenant, open.ticket.id);
    let (receipt, instead) = match receipt::find(prompts, &ask.user_id, now) {
        Receipt::Good(receipt) => (Some(receipt), None),
        Receipt::Missing(why) => match instead::consent(app, tenant, ticket, wish).await? {
            Some(consent) => (None, Some(consent)),
            None => return Err(fail(app, input, open, why).await),
        },
        Receipt::Spent { spending, .. } => {
            let reason = format!(
                "the user's confirmation was spent before, at {}",
                spending.at
            );
            return Err(fail(app, input, open, &reason).await);
        }
    };
    let (target, subject) = match issue::target(app, &input.tenant, &ask).await {
        Ok(found) => found,
        Err(NoTarget::Protected(why)) => {
            return Err(fail(
                app,
                input,
                open,
                &format!("no automation may touch this user's credentials: the user {why}"),
            )
            .await);
        }
        Err(NoTarget::Synced) => return Err(fail(app, input, open, issue::SYNCED).await),
        Err(NoTarget::Store(error)) => return Err(error.into()),
        Err(NoTarget::Call(error)) if error.is_retryable() => return Err(error.into()),
        Err(NoTarget::Call(error)) => return Err(fail(app, input, open, &error.to_string()).await),
    };
    let consent = match instead {
        Some(consent) => match instead::cannot_confirm(app, tenant, &target.person).await {
            Ok(true) => Ok(consent),
            Ok(false) => return Err(fail(app, input, open, instead::CAN_CONFIRM).await),
            Err(error) if error.is_retryable() => return Err(error.into()),
            Err(error) => return Err(fail(app, input, open, &error.to_string()).await),
        },
        None => consent_to_reset(app, tenant, ticket, wish, &subject).await?,
    };
    let consent: Receipts = match consent {
        Ok(consent) => consent.counting(caps::of_step(&subject, open, now)),
        Err(lack) => return Err(fail(app, input, open, &lack.sentence()).await),
    };
    let intent = Intent::new(app, &ask, receipt.as_ref(), now)?;
    let entry = intent
        .facts(desk::step_entry(app, "step.begun", open), &ask)
        .fact("consent", consent.ids());
    let begun = open.run.begin(&open.step_id, now)?.counted(&open.step_id);
    let write = app.store().write(&input.tenant, "reset begun").execution(
        Some(&open.run),
        &begun,
        vec![entry],
    );
    let write = match &intent.spent {
        Some(spent) => write.prompt(receipt.as_ref(), spent),
        None => write,
    };
    let write = consent.spend(write, wish, &intent.client_request_id, now)?;
    let written = write.commit_returning().await;
    let run = match written {
        Ok(written) => written.execution.unwrap_or(begun),
        Err(StoreError::Conflict { what }) => {
            let reached = caps::reached(app, tenant, what, consent.counting.as_ref()).await?;
            return match reached {
                Some(reached) => Err(fail(app, input, open, &caps::reason(&reached)).await),
                None => Ok(false),
            };
        }
        Err(error) => match begun_after_all(app, input, ticket, &intent).await {
            Some(run) => run,
            None => return Err(error.into()),
        },
    };
    act(app, input, open, run, &ask, &target, &intent)
        .await
        .map(|()| true)
}

/// The run as it stands, when the intent is written although its answer was lost: it is ours to go on with, for the
/// next call would find the step begun and could not tell whether the vendor was asked.
async fn begun_after_all(
    app: &App,
    input: &TaskInput,
    ticket: TicketId,
    intent: &Intent,
) -> Option<Execution> {
    if !intent.stands(app, &input.tenant, ticket).await.ok()? {
        return None;
    }
    let run = app.store().execution(&input.tenant, &input.execution_id);
    run.await.ok()?
}

async fn act(
    app: &App,
    input: &TaskInput,
    open: &OpenStep,
    run: Execution,
    ask: &Ask,
    target: &Target,
    intent: &Intent,
) -> Result<(), TaskError> {
    match issue::issue(app, &input.tenant, open.ticket.id, ask, target, intent).await {
        Ok(issued) => record(app, input, open, run, &issued).await,
        Err(NotIssued::Nothing { reason, .. }) => Err(fail(app, input, open, &reason).await),
        Err(NotIssued::Unknown { reason }) => Err(unknown(app, input, open, &reason).await),
    }
}

/// Writes the sealed pass and the step's success. The pass exists by now: every way out of here that is not a record of
/// it is `Unknown`.
async fn record(
    app: &App,
    input: &TaskInput,
    open: &OpenStep,
    mut run: Execution,
    issued: &Issued,
) -> Result<(), TaskError> {
    for pause_ms in RECORD_PAUSES_MS {
        tokio::time::sleep(Duration::from_millis(pause_ms)).await;
        let now = app.clock().now();
        let write = app.store().write(&input.tenant, "reset ended");
        let (write, late) = match run.end(
            &open.step_id,
            StepState::Succeeded,
            None,
            issued.output(),
            now,
        ) {
            Ok(next) => {
                let entry = issued.facts(desk::step_entry(app, "step.succeeded", open));
                (
                    write
                        .credential(&issued.credential)
                        .execution(Some(&run), &next, vec![entry]),
                    None,
                )
            }
            Err(Refusal { current, .. }) => {
                // Too late: the run went on without us. The chain still says that a pass was made.
                let entry = issued
                    .facts(desk::step_entry(app, "step.late", open))
                    .fact("met", current);
                (
                    write.execution(Some(&run), &run, vec![entry]),
                    Some(current),
                )
            }
        };
        let Err(error) = write.commit().await else {
            return late.map_or(Ok(()), |current| {
                Err(TaskError::Unknown(format!(
                    "it was made after the step was {current}; nobody has it"
                )))
            });
        };
        tracing::warn!(%error, execution = %run.id, "a result is not recorded yet");
        if let Ok(Some(seen)) = app.store().execution(&input.tenant, &run.id).await {
            run = seen;
        }
        if is_recorded(&run, open, issued) {
            return Ok(());
        }
    }
    Err(unknown(
        app,
        input,
        open,
        "it was made and could not be recorded, so nobody has it",
    )
    .await)
}

fn is_recorded(run: &Execution, open: &OpenStep, issued: &Issued) -> bool {
    run.step(&open.step_id)
        .is_some_and(|step| step.state == StepState::Succeeded && step.output == issued.output())
}

/// Ends a step that an earlier call began and never ended: that call may have acted.
pub(crate) async fn give_up(
    app: &App,
    input: &TaskInput,
    open: &OpenStep,
) -> Result<(), TaskError> {
    let reason = "a reset was begun and its result never recorded; a pass or password may have been made that nobody has";
    let ended = end(app, input, open, StepState::Unknown, reason).await;
    match ended.as_ref().and_then(|run| run.step(&open.step_id)) {
        Some(step) if step.state.is_done() => Ok(()),
        _ => Err(TaskError::Unknown(reason.to_owned())),
    }
}

async fn fail(app: &App, input: &TaskInput, open: &OpenStep, reason: &str) -> TaskError {
    end(app, input, open, StepState::Failed, reason).await;
    TaskError::Failed(reason.to_owned())
}

async fn unknown(app: &App, input: &TaskInput, open: &OpenStep, reason: &str) -> TaskError {
    end(app, input, open, StepState::Unknown, reason).await;
    TaskError::Unknown(reason.to_owned())
}

/// Ends the step in the ledger. When that cannot be written the error alone carries it: the state that escalates
/// records it then, and a step left begun is never begun again.
async fn end(
    app: &App,
    input: &TaskInput,
    open: &OpenStep,
    state: StepState,
    reason: &str,
) -> Option<Execution> {
    let (run, reason) = (&input.execution_id, Some(reason.to_owned()));
    let facts: Vec<(&str, Value)> = Vec::new();
    let ended = desk::end_step(
        app,
        &input.tenant,
        run,
        &open.step_id,
        state,
        reason,
        Map::new(),
        facts,
    )
    .await;
    if ended.is_err() {
        tracing::error!(execution = %run, step = %open.step_id, state = state.as_str(), "the end is not recorded");
    }
    ended.ok()
}
