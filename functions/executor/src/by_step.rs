//! An action that is a step of a run: its intent and its result stand in the step ledger, on the run's chain.

use crate::action::Action;
use crate::begun::{Begun, Outcome};
use crate::caps;
use crate::carry::{LOOKS_MS, carry_out, settle};
use crate::disabled::{Change, Keeper, deed};
use crate::grants;
use crate::intent::call_id;
use crate::look::look;
use crate::looked::Look;
use crate::needs::{Receipts, Wish, receipts};
use crate::record::RECORD_PAUSES_MS;
use crate::rules::{self, NoSubject, Subject};
use crate::undo::take_back;
use crate::vendors::{Vendors, vendors};
use audit::Entry;
use desk::{OpenStep, Opened};
use domain::{Disabler, Execution, Grant, Person, Refusal, StepRun, StepState};
use kit::{App, TaskError, TaskInput, TaskResult};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};
use std::time::Duration;
use store::StoreError;

/// How often a step is opened again because somebody wrote its run first.
const TRIES: u32 = 5;

/// Does what a step asks for, once. The answer is empty: the ledger holds the result.
pub(crate) async fn act(
    app: &App,
    input: &TaskInput,
    asked: impl Fn(&Map<String, Value>, jiff::Timestamp) -> Result<Action, String>,
) -> TaskResult {
    if input.undo {
        return take_back(app, input).await;
    }
    for again in 0..TRIES {
        let ended = match desk::open_step(app, input).await? {
            Opened::Done => true,
            Opened::Fresh(open) => {
                let state = State {
                    app,
                    input,
                    open: &open,
                };
                let now = app.clock().now();
                let action = asked(&open.with, now);
                match action {
                    Ok(action) => state.begin(&action).await?,
                    Err(bad) => return Err(state.fail(&bad).await),
                }
            }
            Opened::Begun(open) => {
                let state = State {
                    app,
                    input,
                    open: &open,
                };
                state.take_up().await?
            }
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

/// A step's inputs.
pub(crate) fn read<T: DeserializeOwned>(with: &Map<String, Value>) -> Result<T, String> {
    serde_json::from_value(Value::Object(with.clone()))
        .map_err(|error| format!("the step's inputs do not fit: {error}"))
}

/// A step that is being done.
struct State<'a> {
    app: &'a App,
    input: &'a TaskInput,
    open: &'a OpenStep,
}

impl State<'_> {
    /// Looks, and does what is needed. `false` when somebody wrote the run or a receipt first: nothing happened.
    async fn begin(&self, action: &Action) -> Result<bool, TaskError> {
        let vendors = vendors(self.app, &self.input.tenant).await?;
        let name = action.user().as_str();
        let found = rules::subject(self.app, &self.input.tenant, &*vendors.directory, name).await;
        let subject = match found {
            Ok(subject) => subject,
            Err(NoSubject::Store(error)) => return Err(error.into()),
            Err(NoSubject::Call(error)) if error.is_retryable() => return Err(error.into()),
            Err(NoSubject::Call(error)) => return Err(self.fail(&error.to_string()).await),
        };
        let now = self.app.clock().now();
        if let Some(no) = subject.refusal(action, now) {
            return Err(self.fail(&no.why).await);
        }
        let person = &subject.person;
        let looked = look(&vendors, action, person, now).await;
        if matches!(looked, Ok(Look::Needed(_) | Look::Refused(_)))
            && let Some(no) = self.keeper().refusal(&person.id, action).await?
        {
            return Err(self.fail(&no.why).await);
        }
        let before = match looked {
            Ok(Look::Needed(before)) => before,
            Ok(Look::Already) => return self.already(action, person).await,
            Ok(Look::Refused(no)) => return Err(self.fail(&no.why).await),
            Err(error) if error.is_retryable() => return Err(error.into()),
            Err(error) => return Err(self.fail(&error.to_string()).await),
        };
        let before = grants::with_end(self.app, &self.input.tenant, &person.id, action, before);
        let before = before.await?;
        let receipts = self.receipts(action, &subject).await?;
        let call_id = call_id(self.app);
        let begun = Begun {
            action: action.clone(),
            user: person.id.clone(),
            before,
            claim: call_id.clone(),
            call_id,
            grant: grants::intended(self.app, self.open.ticket.id, &person.id, action),
        };
        let Some(run) = self.intend(&begun, &receipts).await? else {
            return Ok(false);
        };
        let outcome = carry_out(&vendors, &begun, &LOOKS_MS).await;
        self.conclude(run, &begun, &outcome).await.map(|()| true)
    }

    async fn receipts(&self, action: &Action, subject: &Subject) -> Result<Receipts, TaskError> {
        let Some(wish) = Wish::of(action) else {
            return Ok(Receipts::default());
        };
        let (tenant, ticket) = (&self.input.tenant, self.open.ticket.id);
        let counts = caps::of_step(subject, self.open, self.app.clock().now());
        match receipts(self.app, tenant, ticket, wish, subject, None).await? {
            Ok(found) => Ok(found.counting(counts)),
            Err(lack) => Err(self.fail(&lack.sentence()).await),
        }
    }

    /// Ends a step that had nothing to do: grants of what is gone are closed, an account that is shut is ours to keep shut.
    async fn already(&self, action: &Action, person: &Person) -> Result<bool, TaskError> {
        let (app, tenant, now) = (self.app, &self.input.tenant, self.app.clock().now());
        let live = match action.access() {
            Some(access) => grants::live(app, tenant, &person.id, access).await?,
            None => Vec::new(),
        };
        let output = grants::unneeded(action, &live);
        let account = self.keeper().when_unneeded(&person.id, action).await?;
        let (run, step) = (&self.open.run, &self.open.step_id);
        let begun = if let Change::Kept { .. } = account {
            run.begin_deed(step, deed(app, action, &person.id), now)?
        } else {
            run.clone()
        };
        let next = begun.end(step, StepState::Succeeded, None, output, now)?;
        let entry = action
            .facts(desk::step_entry(app, "step.succeeded", self.open))
            .fact("changed", false);
        let write = app.store().write(tenant, "step not needed");
        let write = write.execution(Some(run), &next, vec![account.told(entry)]);
        let write = account.within(write);
        let gone = Outcome::Seen {
            shown: Map::new(),
            answer: "none",
        };
        let taken = matches!(action, Action::RevokeAccess { .. });
        let live = if taken { live } else { Vec::new() };
        match grants::with(write, &live, action, &gone, now)
            .commit()
            .await
        {
            Ok(()) => Ok(true),
            Err(StoreError::Conflict { .. }) => Ok(false),
            Err(error) => Err(error.into()),
        }
    }

    /// Begins the step and spends the receipts. `None` when somebody was faster.
    async fn intend(
        &self,
        begun: &Begun,
        receipts: &Receipts,
    ) -> Result<Option<Execution>, TaskError> {
        let now = self.app.clock().now();
        let run = self
            .open
            .run
            .begin_deed(&self.open.step_id, self.deed(begun), now)?
            .counted(&self.open.step_id);
        let entry = begun
            .facts(desk::step_entry(self.app, "step.begun", self.open))
            .fact("receipts", receipts.ids());
        let account = self.keeper().at_intent(begun).await?;
        let mut write = self
            .app
            .store()
            .write(&self.input.tenant, "step begun")
            .execution(Some(&self.open.run), &run, vec![entry]);
        write = account.within(write);
        if let Some(grant) = &begun.grant {
            write = write.grant(None, grant);
        }
        if let Some(wish) = Wish::of(&begun.action) {
            write = receipts.spend(write, wish, &begun.claim, now)?;
        }
        match write.commit_returning().await {
            Ok(written) => Ok(written.execution),
            Err(StoreError::Conflict { what }) => {
                let tenant = &self.input.tenant;
                match caps::reached(self.app, tenant, what, receipts.counting.as_ref()).await? {
                    Some(reached) => Err(self.fail(&caps::reason(&reached)).await),
                    None => Ok(None),
                }
            }
            Err(error) => match self.begun_after_all(begun).await {
                Some(run) => Ok(Some(run)),
                None => Err(error.into()),
            },
        }
    }

    /// What the ledger keeps of the step: what it is about to do, and whether that is to be taken back when the run fails.
    fn deed(&self, begun: &Begun) -> Map<String, Value> {
        let mut deed = begun.to_row();
        if self.open.step.compensate.is_some() {
            deed.insert(StepRun::COMPENSATE.to_owned(), Value::Bool(true));
        }
        deed
    }

    /// The run as it stands, when the intent is written although its answer was lost.
    async fn begun_after_all(&self, begun: &Begun) -> Option<Execution> {
        let run = self.seen().await?;
        let ours = run.step(&self.open.step_id)?.deed == self.deed(begun);
        ours.then_some(run)
    }

    fn keeper(&self) -> Keeper<'_> {
        let by = Disabler::Step {
            execution_id: self.input.execution_id.clone(),
            step: self.open.step_id.clone(),
        };
        let (app, tenant) = (self.app, &self.input.tenant);
        Keeper { app, tenant, by }
    }

    async fn seen(&self) -> Option<Execution> {
        let (tenant, id) = (&self.input.tenant, &self.input.execution_id);
        self.app.store().execution(tenant, id).await.ok()?
    }

    /// Goes on with what an earlier call began and left. `false` when somebody wrote the run first.
    async fn take_up(&self) -> Result<bool, TaskError> {
        let (seen, tenant) = (&self.open.run, &self.input.tenant);
        let row = seen.step(&self.open.step_id).map(|step| step.deed.clone());
        let left = grants::left(self.app, tenant, &row.unwrap_or_default()).await?;
        let Some(begun) = left else {
            return Err(self.unknown("its row does not say what was begun").await);
        };
        let vendors: Vendors = vendors(self.app, tenant).await?;
        // From here on it is this call that may be acting: whoever would take the step back waits for it.
        let next = seen.take_up(&self.open.step_id, self.app.clock().now())?;
        let entry = begun.facts(desk::step_entry(self.app, "step.taken_up", self.open));
        let write = self.app.store().write(tenant, "step taken up");
        let write = write.execution(Some(seen), &next, vec![entry]);
        let run = match write.commit_returning().await {
            Ok(written) => written.execution.unwrap_or(next),
            Err(StoreError::Conflict { .. }) => return Ok(false),
            Err(error) => return Err(error.into()),
        };
        let outcome = settle(&vendors, &begun, &LOOKS_MS).await;
        self.conclude(run, &begun, &outcome).await.map(|()| true)
    }

    /// Records the outcome, and answers with it.
    async fn conclude(
        &self,
        mut run: Execution,
        begun: &Begun,
        outcome: &Outcome,
    ) -> Result<(), TaskError> {
        for pause_ms in RECORD_PAUSES_MS {
            tokio::time::sleep(Duration::from_millis(pause_ms)).await;
            let grants = grants::touched(self.app, &self.input.tenant, begun).await;
            let Ok(grants) = grants else { continue };
            let account = self.keeper().at_end(begun, outcome).await;
            let Ok(account) = account else { continue };
            let (state, reason, output, entry) = self.ended(begun, outcome, &grants);
            let now = self.app.clock().now();
            let ended = run.end(&self.open.step_id, state, reason, output, now);
            let write = self.app.store().write(&self.input.tenant, "step ended");
            let (write, late) = match ended {
                Ok(next) => (write.execution(Some(&run), &next, vec![entry]), None),
                Err(Refusal { current, .. }) => {
                    let there = run.step(&self.open.step_id);
                    if there.is_some_and(|step| step.state == state && step.state.is_final()) {
                        return outcome.said();
                    }
                    // Too late: the run went on without us. The chain still says what was done.
                    let entry = Entry {
                        action: "step.late".to_owned(),
                        ..entry
                    };
                    let entry = entry.fact("met", current);
                    (
                        write.execution(Some(&run), &run, vec![entry]),
                        Some(current),
                    )
                }
            };
            let write = grants::with(write, &grants, &begun.action, outcome, now);
            let write = account.within(write);
            let Err(error) = write.commit().await else {
                return match late {
                    None => outcome.said(),
                    Some(current) => Err(TaskError::Unknown(format!(
                        "it was {} after the step was {current}",
                        outcome.word()
                    ))),
                };
            };
            tracing::warn!(%error, execution = %run.id, "a result is not recorded yet");
            if let Some(seen) = self.seen().await {
                run = seen;
            }
        }
        Err(TaskError::Unknown(
            "what came of it could not be recorded".to_owned(),
        ))
    }

    fn ended(
        &self,
        begun: &Begun,
        outcome: &Outcome,
        grants: &[Grant],
    ) -> (StepState, Option<String>, Map<String, Value>, Entry) {
        let entry = |action| begun.facts(desk::step_entry(self.app, action, self.open));
        match outcome {
            Outcome::Seen { shown, answer } => {
                let output = grants::result(begun, shown, grants);
                let entry = entry("step.succeeded").fact("answer", *answer);
                let entry = grants::told(entry, &output);
                (StepState::Succeeded, None, output, entry)
            }
            Outcome::Partly { reason, shown, .. } => {
                let output = grants::result(begun, shown, grants);
                let entry = entry("step.failed").fact("reason", reason.clone());
                let entry = grants::told(entry, &output);
                (StepState::Failed, Some(reason.clone()), output, entry)
            }
            Outcome::Nothing { reason, .. } => (
                StepState::Failed,
                Some(reason.clone()),
                Map::new(),
                entry("step.failed").fact("reason", reason.clone()),
            ),
            Outcome::Unknown { reason } => (
                StepState::Unknown,
                Some(reason.clone()),
                Map::new(),
                entry("step.unknown").fact("reason", reason.clone()),
            ),
        }
    }

    async fn fail(&self, reason: &str) -> TaskError {
        self.end_plainly(StepState::Failed, reason).await;
        TaskError::Failed(reason.to_owned())
    }

    async fn unknown(&self, reason: &str) -> TaskError {
        self.end_plainly(StepState::Unknown, reason).await;
        TaskError::Unknown(reason.to_owned())
    }

    /// Ends the step without a result. When that cannot be written the error alone carries it: the state that escalates
    /// records it then.
    async fn end_plainly(&self, state: StepState, reason: &str) {
        let ended = desk::end_step(
            self.app,
            &self.input.tenant,
            &self.input.execution_id,
            &self.open.step_id,
            state,
            Some(reason.to_owned()),
            Map::new(),
            Vec::new(),
        );
        if ended.await.is_err() {
            let (run, step) = (&self.input.execution_id, &self.open.step_id);
            tracing::error!(execution = %run, %step, state = state.as_str(), "the end is not recorded");
        }
    }
}
