//! Taking a step back: the opposite action, its intent and result on the step's undo, on the run's chain.

use crate::begun::{Begun, Outcome};
use crate::carry::{LOOKS_MS, carry_out, settle};
use crate::disabled::{Change, Keeper};
use crate::grants;
use crate::intent::call_id;
use crate::look::look;
use crate::looked::Look;
use crate::opposite::{Needs, needs};
use crate::record::RECORD_PAUSES_MS;
use crate::vendors::vendors;
use audit::Entry;
use desk::{OpenUndo, UndoOpened};
use domain::{Disabler, Execution, Refusal, UndoState};
use kit::{App, TaskError, TaskInput, TaskResult};
use serde_json::{Map, json};
use std::time::Duration;
use store::StoreError;

/// How often an undo is opened again because somebody wrote its run first.
const TRIES: u32 = 5;

/// Takes back what a step did, once: what its ledger says that it was about to do, whatever the ticket says by now.
pub(crate) async fn take_back(app: &App, input: &TaskInput) -> TaskResult {
    for again in 0..TRIES {
        let (open, resumed) = match desk::open_undo(app, input).await? {
            UndoOpened::Done => return Ok(json!({})),
            UndoOpened::Fresh(open) => (open, false),
            UndoOpened::Begun(open) => (open, true),
        };
        let back = Back {
            app,
            input,
            open: &open,
        };
        let ended = if resumed {
            back.take_up().await.map(|()| true)?
        } else {
            back.begin().await?
        };
        if ended {
            return Ok(json!({}));
        }
        tokio::time::sleep(Duration::from_millis(20 << again)).await;
    }
    Err(TaskError::Retryable(
        "the run is being changed by many at once".to_owned(),
    ))
}

/// A step that is being taken back.
struct Back<'a> {
    app: &'a App,
    input: &'a TaskInput,
    open: &'a OpenUndo,
}

impl Back<'_> {
    /// Looks, and does the opposite. `false` when somebody wrote the run first: nothing happened.
    async fn begin(&self) -> Result<bool, TaskError> {
        let action = match needs(&self.open.step) {
            Needs::Opposite(action) => action,
            Needs::Nothing => return self.ended_at_once(UndoState::NotNeeded, None).await,
            Needs::Person => {
                return self
                    .refuse("the ledger does not say what the step did")
                    .await;
            }
        };
        let now = self.app.clock().now();
        if action.until().is_some_and(|end| end <= now) {
            return self.ended_at_once(UndoState::NotNeeded, None).await;
        }
        let vendors = vendors(self.app, &self.input.tenant).await?;
        let person = vendors.directory.person(action.user().as_str()).await;
        let person = match person {
            Ok(person) => person,
            Err(error) if error.is_retryable() => return Err(error.into()),
            Err(error) => return self.refuse(&error.to_string()).await,
        };
        let looked = look(&vendors, &action, &person, now).await;
        if matches!(looked, Ok(Look::Needed(_)))
            && let Some(no) = self.keeper().refusal(&person.id, &action).await?
        {
            return self.refuse(&no.why).await;
        }
        match looked {
            Ok(Look::Needed(_)) => {}
            Ok(Look::Already) => return self.ended_at_once(UndoState::NotNeeded, None).await,
            Ok(Look::Refused(no)) => return self.refuse(&no.why).await,
            Err(error) if error.is_retryable() => return Err(error.into()),
            Err(error) => return self.refuse(&error.to_string()).await,
        }
        let call_id = call_id(self.app);
        // What is given back has a row where it ends.
        let grant = action
            .until()
            .and_then(|_| grants::intended(self.app, self.input.ticket_id, &person.id, &action));
        let begun = Begun {
            action,
            user: person.id,
            before: Map::new(),
            claim: call_id.clone(),
            call_id,
            grant,
        };
        let Some(run) = self.intend(&begun).await? else {
            return Ok(false);
        };
        let outcome = carry_out(&vendors, &begun, &LOOKS_MS).await;
        self.conclude(run, &begun, &outcome).await.map(|()| true)
    }

    /// Goes on with what an earlier call began and left.
    async fn take_up(&self) -> Result<(), TaskError> {
        let row = self.open.step.undo.as_ref().map(|undo| undo.deed.clone());
        let left = grants::left(self.app, &self.input.tenant, &row.unwrap_or_default()).await?;
        let Some(begun) = left else {
            let reason = "its ledger does not say what was begun".to_owned();
            self.ended_at_once(UndoState::Unknown, Some(reason.clone()))
                .await?;
            return Err(TaskError::Unknown(reason));
        };
        let vendors = vendors(self.app, &self.input.tenant).await?;
        let outcome = settle(&vendors, &begun, &LOOKS_MS).await;
        self.conclude(self.open.run.clone(), &begun, &outcome).await
    }

    /// The step, in this run or in the one that this run tries again.
    fn keeper(&self) -> Keeper<'_> {
        let step = &self.open.step;
        let run = step.from.as_ref().unwrap_or(&self.input.execution_id);
        let by = Disabler::Step {
            execution_id: run.clone(),
            step: step.id.clone(),
        };
        let (app, tenant) = (self.app, &self.input.tenant);
        Keeper { app, tenant, by }
    }

    /// Ends the undo: the deed stands, for this reason. `false` when somebody wrote the run first.
    async fn refuse(&self, why: &str) -> Result<bool, TaskError> {
        let written = self.ended_at_once(UndoState::Failed, Some(why.to_owned()));
        if written.await? {
            Err(TaskError::Failed(why.to_owned()))
        } else {
            Ok(false)
        }
    }

    /// Begins the undo. `None` when somebody was faster.
    async fn intend(&self, begun: &Begun) -> Result<Option<Execution>, TaskError> {
        let now = self.app.clock().now();
        let run = self
            .open
            .run
            .begin_undo(&self.open.step.id, begun.to_row(), now)?;
        let entry = begun.facts(desk::undo_entry(self.app, "undo.begun", self.open));
        let write = self
            .app
            .store()
            .write(&self.input.tenant, "undo begun")
            .execution(Some(&self.open.run), &run, vec![entry]);
        let write = match &begun.grant {
            Some(grant) => write.grant(None, grant),
            None => write,
        };
        match write.commit_returning().await {
            Ok(written) => Ok(written.execution),
            Err(StoreError::Conflict { .. }) => Ok(None),
            // Called again, it finds the undo begun, and looks.
            Err(error) => Err(error.into()),
        }
    }

    /// Begins and ends the undo in one write: nothing is asked of the directory.
    async fn ended_at_once(
        &self,
        state: UndoState,
        reason: Option<String>,
    ) -> Result<bool, TaskError> {
        let (seen, step, now) = (&self.open.run, &self.open.step.id, self.app.clock().now());
        let begun = match seen.begin_undo(step, Map::new(), now) {
            Ok(begun) => begun,
            Err(_) => seen.clone(),
        };
        let next = begun.end_undo(step, state, reason.clone(), now)?;
        let action = format!("undo.{}", state.as_str());
        let entry = desk::undo_entry(self.app, &action, self.open).fact("reason", reason);
        let account = if state == UndoState::NotNeeded {
            self.keeper().when_given_up(&self.open.step).await?
        } else {
            Change::Nothing
        };
        let write = self.app.store().write(&self.input.tenant, "undo ended");
        let write = write.execution(Some(seen), &next, vec![account.told(entry)]);
        match account.within(write).commit().await {
            Ok(()) => Ok(true),
            Err(StoreError::Conflict { .. }) => Ok(false),
            Err(error) => Err(error.into()),
        }
    }

    /// Records the outcome, and answers with it.
    async fn conclude(
        &self,
        mut run: Execution,
        begun: &Begun,
        outcome: &Outcome,
    ) -> Result<(), TaskError> {
        let (state, reason, said) = match outcome {
            Outcome::Seen { .. } => (UndoState::Done, None, Ok(())),
            // Nothing happened, and the same call finds the undo begun and tries again.
            Outcome::Nothing {
                reason,
                retryable: true,
            } => return Err(TaskError::Retryable(reason.clone())),
            Outcome::Nothing { reason, .. } | Outcome::Partly { reason, .. } => {
                let failed = TaskError::Failed(reason.clone());
                (UndoState::Failed, Some(reason.clone()), Err(failed))
            }
            Outcome::Unknown { reason } => {
                let unknown = TaskError::Unknown(reason.clone());
                (UndoState::Unknown, Some(reason.clone()), Err(unknown))
            }
        };
        for pause_ms in RECORD_PAUSES_MS {
            tokio::time::sleep(Duration::from_millis(pause_ms)).await;
            let grants = grants::touched(self.app, &self.input.tenant, begun).await;
            let Ok(grants) = grants else { continue };
            let account = self.keeper().at_end(begun, outcome).await;
            let Ok(account) = account else { continue };
            let now = self.app.clock().now();
            let ended = run.end_undo(&self.open.step.id, state, reason.clone(), now);
            let next = match ended {
                Ok(next) => next,
                Err(Refusal { .. }) => return said,
            };
            let word = format!("undo.{}", state.as_str());
            let entry: Entry = begun
                .facts(desk::undo_entry(self.app, &word, self.open))
                .fact("reason", reason.clone());
            let write = self.app.store().write(&self.input.tenant, "undo ended");
            let write = write.execution(Some(&run), &next, vec![entry]);
            let write = grants::with(write, &grants, &begun.action, outcome, now);
            let write = account.within(write);
            let Err(error) = write.commit().await else {
                return said;
            };
            tracing::warn!(%error, execution = %run.id, "an undo's end is not recorded yet");
            let (tenant, id) = (&self.input.tenant, &self.input.execution_id);
            if let Ok(Some(seen)) = self.app.store().execution(tenant, id).await {
                run = seen;
            }
        }
        Err(TaskError::Unknown(
            "what came of the undo could not be recorded".to_owned(),
        ))
    }
}
