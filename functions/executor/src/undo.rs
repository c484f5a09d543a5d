//! Taking a step back: the opposite action, its intent and result on the step's undo, on the run's chain.

use crate::action::Action;
use crate::carry::{Begun, LOOKS_MS, Outcome, carry_out, settle};
use crate::grants;
use crate::intent::call_id;
use crate::look::{Look, look};
use crate::record::RECORD_PAUSES_MS;
use crate::vendors::vendors;
use audit::Entry;
use desk::{OpenStep, UndoOpened};
use domain::{Execution, Refusal, StepRun, StepState, UndoState, UserId};
use jiff::Timestamp;
use kit::{App, TaskError, TaskInput, TaskResult};
use serde_json::{Map, Value, json};
use std::time::Duration;
use store::StoreError;

/// How often an undo is opened again because somebody wrote its run first.
const TRIES: u32 = 5;

/// Takes back what a step did, once.
pub(crate) async fn take_back(
    app: &App,
    input: &TaskInput,
    asked: impl Fn(&Map<String, Value>, Timestamp) -> Result<Action, String>,
) -> TaskResult {
    for again in 0..TRIES {
        let (open, resumed) = match desk::open_undo(app, input).await? {
            UndoOpened::Done => return Ok(json!({})),
            UndoOpened::Fresh(open) => (open, false),
            UndoOpened::Begun(open) => (open, true),
        };
        let action = asked(&open.with, app.clock().now());
        let back = Back {
            app,
            input,
            open: &open,
        };
        let ended = match action {
            Ok(action) => back.undo(&action, resumed).await?,
            Err(bad) => return Err(TaskError::Failed(bad)),
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

/// The opposite of what a step did; `None` when it changed nothing, or has no opposite.
fn opposite(action: &Action, step: &StepRun) -> Option<Action> {
    let changed = step.output.get("changed") == Some(&json!(true));
    if step.state == StepState::Succeeded && !changed {
        return None;
    }
    let user_id = action.user().clone();
    match action {
        Action::UnlockAccount { .. } => Some(Action::LockAccount { user_id }),
        Action::DisableAccount { .. } => Some(Action::EnableAccount { user_id }),
        Action::GrantAccess { access, .. } => Some(Action::RevokeAccess {
            user_id,
            access: access.clone(),
        }),
        Action::RevokeAccess { access, .. } => {
            let end = step.output.get("expires_at").and_then(Value::as_str);
            Some(Action::GrantAccess {
                user_id,
                access: access.clone(),
                expires_at: end.and_then(|end| end.parse().ok()),
            })
        }
        Action::LockAccount { .. }
        | Action::EnableAccount { .. }
        | Action::RemoveMfaMethods { .. }
        | Action::RevokeSessions { .. } => None,
    }
}

/// A step that is being taken back.
struct Back<'a> {
    app: &'a App,
    input: &'a TaskInput,
    open: &'a OpenStep,
}

impl Back<'_> {
    /// Looks, and does the opposite. `false` when somebody wrote the run first: nothing happened.
    async fn undo(&self, action: &Action, resumed: bool) -> Result<bool, TaskError> {
        let step = self.open.run.step(&self.open.step_id);
        let Some(action) = step.and_then(|step| opposite(action, step)) else {
            return self.ended_at_once(UndoState::NotNeeded, None).await;
        };
        let vendors = vendors(self.app, &self.input.tenant).await?;
        let person = vendors.directory.person(action.user().as_str()).await?;
        let call_id = call_id(self.app);
        let mut begun = Begun {
            action,
            user: person.id.clone(),
            before: Map::new(),
            claim: call_id.clone(),
            call_id,
            grant: None,
        };
        if resumed {
            let outcome = settle(&vendors, &begun, &LOOKS_MS).await;
            let run = self.open.run.clone();
            return self.conclude(run, &begun, &outcome).await.map(|()| true);
        }
        match look(&vendors, &begun.action, &person, self.app.clock().now()).await? {
            Look::Already => return self.ended_at_once(UndoState::NotNeeded, None).await,
            Look::Refused(no) => {
                let reason = Some(no.why.clone());
                let written = self.ended_at_once(UndoState::Failed, reason).await?;
                return if written {
                    Err(TaskError::Failed(no.why))
                } else {
                    Ok(false)
                };
            }
            Look::Needed(_) => {}
        }
        begun.grant = self.given_back(&begun.action, &person.id);
        let Some(run) = self.intend(&begun).await? else {
            return Ok(false);
        };
        let outcome = carry_out(&vendors, &begun, &LOOKS_MS).await;
        self.conclude(run, &begun, &outcome).await.map(|()| true)
    }

    /// The row of what is given back, where what was taken had one that ends.
    fn given_back(&self, action: &Action, user: &UserId) -> Option<domain::Grant> {
        action.until()?;
        grants::intended(self.app, self.open.ticket.id, user, action)
    }

    /// Begins the undo. `None` when somebody was faster.
    async fn intend(&self, begun: &Begun) -> Result<Option<Execution>, TaskError> {
        let now = self.app.clock().now();
        let run = self.open.run.begin_undo(&self.open.step_id, now)?;
        let entry = begun.facts(desk::step_entry(self.app, "undo.begun", self.open));
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
        let (seen, step, now) = (&self.open.run, &self.open.step_id, self.app.clock().now());
        let begun = match seen.begin_undo(step, now) {
            Ok(begun) => begun,
            Err(_) => seen.clone(),
        };
        let next = begun.end_undo(step, state, reason.clone(), now)?;
        let action = format!("undo.{}", state.as_str());
        let entry = desk::step_entry(self.app, &action, self.open).fact("reason", reason);
        let write = self.app.store().write(&self.input.tenant, "undo ended");
        match write
            .execution(Some(seen), &next, vec![entry])
            .commit()
            .await
        {
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
            let now = self.app.clock().now();
            let ended = run.end_undo(&self.open.step_id, state, reason.clone(), now);
            let next = match ended {
                Ok(next) => next,
                Err(Refusal { .. }) => return said,
            };
            let word = format!("undo.{}", state.as_str());
            let entry: Entry = begun
                .facts(desk::step_entry(self.app, &word, self.open))
                .fact("reason", reason.clone());
            let write = self.app.store().write(&self.input.tenant, "undo ended");
            let write = write.execution(Some(&run), &next, vec![entry]);
            let write = grants::with(write, &grants, &begun.action, outcome, now);
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

#[cfg(test)]
mod tests {
    use super::*;
    use domain::{Access, GroupId, StepId};

    fn step(state: StepState, output: &Value) -> StepRun {
        StepRun {
            state,
            output: output.as_object().unwrap().clone(),
            ..StepRun::new(StepId::parse("give").unwrap())
        }
    }

    fn john() -> UserId {
        UserId::parse("abc-123").unwrap()
    }

    fn access() -> Access {
        Access::Group(GroupId::parse("grp-1").unwrap())
    }

    #[test]
    fn what_changed_nothing_is_not_taken_back() {
        let unlock = Action::UnlockAccount { user_id: john() };
        let already = step(StepState::Succeeded, &json!({"changed": false}));
        assert_eq!(opposite(&unlock, &already), None);
        let sessions = Action::RevokeSessions { user_id: john() };
        let methods = Action::RemoveMfaMethods { user_id: john() };
        let changed = step(StepState::Succeeded, &json!({"changed": true}));
        for without in [sessions, methods] {
            assert_eq!(opposite(&without, &changed), None);
        }
        let disable = Action::DisableAccount { user_id: john() };
        let enable = Action::EnableAccount { user_id: john() };
        assert_eq!(opposite(&disable, &changed), Some(enable));
        assert_eq!(opposite(&disable, &already), None);
    }

    #[test]
    fn what_was_done_or_may_have_been_is_met_by_its_opposite() {
        let give = Action::GrantAccess {
            user_id: john(),
            access: access(),
            expires_at: None,
        };
        let take = Action::RevokeAccess {
            user_id: john(),
            access: access(),
        };
        for run in [
            step(StepState::Succeeded, &json!({"changed": true})),
            step(StepState::Unknown, &json!({})),
        ] {
            assert_eq!(opposite(&give, &run), Some(take.clone()));
            assert_eq!(opposite(&take, &run), Some(give.clone()));
        }
    }

    #[test]
    fn what_was_given_until_a_time_is_given_back_until_then() {
        let take = Action::RevokeAccess {
            user_id: john(),
            access: access(),
        };
        let output = json!({"changed": true, "expires_at": "2026-12-24T00:00:00Z"});
        let back = opposite(&take, &step(StepState::Succeeded, &output)).unwrap();
        assert_eq!(back.until(), Some("2026-12-24T00:00:00Z".parse().unwrap()));
    }
}
