//! One run of a playbook version for a ticket, and the ledger of its steps.

use crate::{
    Cancelling, ExecutionId, PlaybookName, Refusal, StepId, StepRun, StepState, TicketId, Undo,
    UndoState,
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// The head of a subject's audit chain, carried by the subject's own row.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChainHead {
    /// Records so far; the last one's number.
    pub seq: u64,
    /// The last record's hash; empty before the first.
    pub hash: String,
}

/// Where a run stands: `Pending → Running → {Completed, Denied, TimedOut, Cancelled, Escalated, Failed}`; the last six
/// are final.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ExecutionStatus {
    /// Recorded, not yet at its first step.
    Pending,
    /// At a step, or waiting for a person.
    Running,
    /// Every step succeeded or was skipped.
    Completed,
    /// It could not do its work.
    Failed,
    /// A person said no.
    Denied,
    /// Nobody answered in time.
    TimedOut,
    /// Somebody stopped it.
    Cancelled,
    /// It does not know, or has no tries left, and asks for a person.
    Escalated,
}

impl ExecutionStatus {
    /// The word in our API.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Running => "running",
            Self::Completed => "completed",
            Self::Failed => "failed",
            Self::Denied => "denied",
            Self::TimedOut => "timed_out",
            Self::Cancelled => "cancelled",
            Self::Escalated => "escalated",
        }
    }

    /// Whether the run is over.
    #[must_use]
    pub fn is_final(self) -> bool {
        !matches!(self, Self::Pending | Self::Running)
    }
}

/// One run of a playbook version for a ticket. The row also carries the head of its audit chain.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Execution {
    /// Its id, also its name at Step Functions.
    pub id: ExecutionId,
    /// The ticket it runs for.
    pub ticket_id: TicketId,
    /// The playbook.
    pub playbook: PlaybookName,
    /// The version, pinned at the start.
    pub version: String,
    /// 1 for the first run, one more for each retry.
    pub generation: u32,
    /// Where it stands.
    pub status: ExecutionStatus,
    /// Its steps in order.
    pub steps: Vec<StepRun>,
    /// What it was started with, as the playbook's `inputs` take it.
    #[serde(skip_serializing_if = "Map::is_empty", default)]
    pub inputs: Map<String, Value>,
    /// When it was recorded.
    pub started_at: Timestamp,
    /// When it ended.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub ended_at: Option<Timestamp>,
    /// Why it ended, when not completed.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub reason: Option<String>,
    /// Who asked that it stop. Nothing begins in it any more; what is under way may end.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub cancelling: Option<Cancelling>,
    /// The caller who had it started: `key-3`, `user-12`; none where a webhook did.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub started_by: Option<String>,
    /// The run that this one tries again.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub retry_of: Option<ExecutionId>,
    /// Counts writes; each is conditional on the one it saw.
    pub rev: u64,
    /// The head of its audit chain.
    pub chain: ChainHead,
}

pub(crate) const LIVE: &[&str] = &["pending", "running"];

impl Execution {
    /// A run that has not begun.
    #[must_use]
    pub fn new(
        id: ExecutionId,
        ticket_id: TicketId,
        playbook: PlaybookName,
        version: String,
        steps: &[StepId],
        now: Timestamp,
    ) -> Self {
        let steps = steps.iter().cloned().map(StepRun::new).collect();
        Self {
            id,
            ticket_id,
            playbook,
            version,
            generation: 1,
            status: ExecutionStatus::Pending,
            steps,
            inputs: Map::new(),
            started_at: now,
            ended_at: None,
            reason: None,
            cancelling: None,
            started_by: None,
            retry_of: None,
            rev: 0,
            chain: ChainHead::default(),
        }
    }

    /// This run, started with `inputs`.
    #[must_use]
    pub fn with_inputs(self, inputs: Map<String, Value>) -> Self {
        Self { inputs, ..self }
    }

    /// This run, started by a caller, or by none.
    #[must_use]
    pub fn started_by(self, caller: Option<String>) -> Self {
        Self {
            started_by: caller,
            ..self
        }
    }

    /// This run with `step` counted against the caps.
    #[must_use]
    pub fn counted(mut self, step: &StepId) -> Self {
        if let Some(run) = self.steps.iter_mut().find(|run| run.id == *step) {
            run.counted = true;
        }
        self
    }

    /// Whether a step of it was counted against the caps: then the run was, too.
    #[must_use]
    pub fn is_counted(&self) -> bool {
        self.steps.iter().any(|step| step.counted)
    }

    /// This run, in which `fallback` is asked only after the silence of `step`.
    #[must_use]
    pub fn with_fallback(mut self, step: &StepId, fallback: &StepId) -> Self {
        let found = self.steps.iter_mut().find(|run| run.id == *fallback);
        if let Some(run) = found {
            run.instead_of = Some(step.clone());
        }
        self
    }

    /// How many steps there are, those not counted that only stand in for another.
    #[must_use]
    pub fn steps_total(&self) -> usize {
        let steps = self.steps.iter();
        steps.filter(|step| step.instead_of.is_none()).count()
    }

    /// The run of one step.
    #[must_use]
    pub fn step(&self, id: &StepId) -> Option<&StepRun> {
        self.steps.iter().find(|step| step.id == *id)
    }

    /// The first step that has begun and not ended, else the first that has not begun.
    #[must_use]
    pub fn current(&self) -> Option<&StepRun> {
        let running = self
            .steps
            .iter()
            .find(|step| step.state == StepState::Running);
        running.or_else(|| {
            let mut steps = self.steps.iter();
            steps.find(|step| step.state == StepState::Pending && step.instead_of.is_none())
        })
    }

    /// Steps that the run has behind it.
    #[must_use]
    pub fn steps_completed(&self) -> usize {
        self.steps
            .iter()
            .filter(|step| step.state.is_done())
            .count()
    }

    /// This run with `step` begun.
    ///
    /// # Errors
    /// When the run is over or being cancelled, or the step is not pending: it has begun or ended already.
    pub fn begin(&self, step: &StepId, now: Timestamp) -> Result<Self, Refusal> {
        if self.cancelling.is_some() {
            return Err(Refusal {
                asked: "begin",
                current: "being cancelled",
                allowed: LIVE,
            });
        }
        self.change(
            step,
            "begin",
            &["pending"],
            |state| state == StepState::Pending,
            |run| {
                run.state = StepState::Running;
                run.started_at = Some(now);
            },
        )
    }

    /// This run with `step` ended as `state`.
    ///
    /// # Errors
    /// When the run is over, or the step has ended already: the first end stands.
    pub fn end(
        &self,
        step: &StepId,
        state: StepState,
        reason: Option<String>,
        output: Map<String, Value>,
        now: Timestamp,
    ) -> Result<Self, Refusal> {
        self.change(
            step,
            "end",
            &["pending", "running"],
            |state| !state.is_final(),
            |run| {
                run.state = state;
                run.ended_at = Some(now);
                run.reason = reason;
                run.output = output;
            },
        )
    }

    /// This run, over. One that is being cancelled ends cancelled, however far it came.
    ///
    /// # Errors
    /// When it is over already.
    pub fn finish(
        &self,
        status: ExecutionStatus,
        reason: Option<String>,
        now: Timestamp,
    ) -> Result<Self, Refusal> {
        if self.status.is_final() {
            return Err(Refusal {
                asked: "finish",
                current: self.status.as_str(),
                allowed: LIVE,
            });
        }
        let status = if self.cancelling.is_some() {
            ExecutionStatus::Cancelled
        } else {
            status
        };
        Ok(Self {
            status,
            reason,
            ended_at: Some(now),
            ..self.clone()
        })
    }

    /// This run with `step` begun, to do just `deed`.
    ///
    /// # Errors
    /// As [`Execution::begin`].
    pub fn begin_deed(
        &self,
        step: &StepId,
        deed: Map<String, Value>,
        now: Timestamp,
    ) -> Result<Self, Refusal> {
        let mut next = self.begin(step, now)?;
        if let Some(run) = next.steps.iter_mut().find(|run| run.id == *step) {
            run.deed = deed;
        }
        Ok(next)
    }

    /// This run with `step` taken up by another call than the one that began it: from now on that one may be acting.
    ///
    /// # Errors
    /// When the run is over, or the step is not under way.
    pub fn take_up(&self, step: &StepId, now: Timestamp) -> Result<Self, Refusal> {
        self.change(
            step,
            "take up",
            &["running"],
            |state| state == StepState::Running,
            |run| run.started_at = Some(now),
        )
    }

    /// This run with the undoing of `step` begun, by just `deed`. A run that is over may still take back what it did.
    ///
    /// # Errors
    /// When the step did nothing that could be taken back, or its undo was begun before.
    pub fn begin_undo(
        &self,
        step: &StepId,
        deed: Map<String, Value>,
        now: Timestamp,
    ) -> Result<Self, Refusal> {
        let over = self.status.is_final();
        let allowed: &'static [&'static str] = &["succeeded", "unknown"];
        self.change_undo(step, "undo", allowed, |run| {
            if let Some(undo) = &run.undo {
                return Err(undo.state.as_str());
            }
            let acted = match run.state {
                StepState::Succeeded | StepState::Unknown => true,
                StepState::Running => over,
                _ => false,
            };
            if !acted {
                return Err(run.state.as_str());
            }
            run.undo = Some(Undo {
                state: UndoState::Begun,
                started_at: now,
                ended_at: None,
                reason: None,
                deed,
            });
            Ok(())
        })
    }

    /// This run with the undoing of `step` ended as `state`.
    ///
    /// # Errors
    /// When it was not begun, or has ended already: the first end stands.
    pub fn end_undo(
        &self,
        step: &StepId,
        state: UndoState,
        reason: Option<String>,
        now: Timestamp,
    ) -> Result<Self, Refusal> {
        self.change_undo(step, "end the undo of", &["begun"], |run| {
            match &mut run.undo {
                Some(undo) if undo.state == UndoState::Begun => {
                    undo.state = state;
                    undo.ended_at = Some(now);
                    undo.reason = reason;
                    Ok(())
                }
                Some(undo) => Err(undo.state.as_str()),
                None => Err("not begun"),
            }
        })
    }

    fn change_undo(
        &self,
        step: &StepId,
        asked: &'static str,
        allowed: &'static [&'static str],
        apply: impl FnOnce(&mut StepRun) -> Result<(), &'static str>,
    ) -> Result<Self, Refusal> {
        let mut next = self.clone();
        let found = next.steps.iter_mut().find(|run| run.id == *step);
        found
            .ok_or("no such step")
            .and_then(apply)
            .map_err(|current| Refusal {
                asked,
                current,
                allowed,
            })?;
        Ok(next)
    }

    fn change(
        &self,
        step: &StepId,
        asked: &'static str,
        allowed: &'static [&'static str],
        fits: impl Fn(StepState) -> bool,
        apply: impl FnOnce(&mut StepRun),
    ) -> Result<Self, Refusal> {
        if self.status.is_final() {
            return Err(Refusal {
                asked,
                current: self.status.as_str(),
                allowed: LIVE,
            });
        }
        let mut next = self.clone();
        let found = next.steps.iter_mut().find(|run| run.id == *step);
        let run = found.ok_or(Refusal {
            asked,
            current: "no such step",
            allowed,
        })?;
        if !fits(run.state) {
            return Err(Refusal {
                asked,
                current: run.state.as_str(),
                allowed,
            });
        }
        apply(run);
        next.status = ExecutionStatus::Running;
        Ok(next)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run() -> (Execution, StepId) {
        let step = StepId::parse("verify_mfa").unwrap();
        let run = Execution::new(
            ExecutionId::parse("x-1").unwrap(),
            TicketId::from_bits(1),
            PlaybookName::parse("password_reset").unwrap(),
            "1.2".into(),
            std::slice::from_ref(&step),
            Timestamp::UNIX_EPOCH,
        );
        (run, step)
    }

    #[test]
    fn a_step_begins_once() {
        let (run, step) = run();
        let begun = run.begin(&step, Timestamp::UNIX_EPOCH).unwrap();
        assert_eq!(begun.status, ExecutionStatus::Running);
        assert_eq!(
            begun
                .begin(&step, Timestamp::UNIX_EPOCH)
                .unwrap_err()
                .current,
            "running"
        );
    }

    #[test]
    fn what_was_decided_at_the_beginning_outlives_every_end() {
        let (run, step) = run();
        let now = Timestamp::UNIX_EPOCH;
        let deed = Map::from_iter([("user".to_owned(), Value::from("abc-123"))]);
        let begun = run.begin_deed(&step, deed.clone(), now).unwrap();
        for state in [StepState::Succeeded, StepState::Unknown] {
            let ended = begun.end(&step, state, None, Map::new(), now).unwrap();
            assert_eq!(ended.step(&step).unwrap().deed, deed);
        }
    }

    #[test]
    fn a_step_that_is_taken_up_may_be_acting_from_then_on() {
        let (run, step) = run();
        let later = Timestamp::from_second(40).unwrap();
        assert_eq!(run.take_up(&step, later).unwrap_err().current, "pending");
        let begun = run.begin(&step, Timestamp::UNIX_EPOCH).unwrap();
        let taken = begun.take_up(&step, later).unwrap();
        assert_eq!(taken.step(&step).unwrap().started_at, Some(later));
    }

    #[test]
    fn the_first_end_of_a_step_stands() {
        let (run, step) = run();
        let ended = run
            .end(
                &step,
                StepState::Denied,
                None,
                Map::new(),
                Timestamp::UNIX_EPOCH,
            )
            .unwrap();
        let again = ended.end(
            &step,
            StepState::Succeeded,
            None,
            Map::new(),
            Timestamp::UNIX_EPOCH,
        );
        assert_eq!(again.unwrap_err().current, "denied");
    }

    #[test]
    fn only_what_was_done_or_may_have_been_is_undone_and_once() {
        let (run, step) = run();
        let now = Timestamp::UNIX_EPOCH;
        for state in [
            StepState::Skipped,
            StepState::Queued,
            StepState::Failed,
            StepState::Denied,
            StepState::TimedOut,
            StepState::Cancelled,
        ] {
            let ended = run.end(&step, state, None, Map::new(), now).unwrap();
            let refused = ended.begin_undo(&step, Map::new(), now).unwrap_err();
            assert_eq!(refused.current, state.as_str());
        }
        let early = run.begin_undo(&step, Map::new(), now).unwrap_err();
        assert_eq!(early.current, "pending");
        for state in [StepState::Succeeded, StepState::Unknown] {
            let ended = run.end(&step, state, None, Map::new(), now).unwrap();
            let early = ended.end_undo(&step, UndoState::Done, None, now);
            assert_eq!(early.unwrap_err().current, "not begun");
            let begin = |run: &Execution| run.begin_undo(&step, Map::new(), now);
            let begun = begin(&ended).unwrap();
            assert_eq!(begin(&begun).unwrap_err().current, "begun");
            let undone = begun.end_undo(&step, UndoState::Done, None, now).unwrap();
            assert_eq!(undone.step(&step).unwrap().state, state);
            assert_eq!(begin(&undone).unwrap_err().current, "done");
            let again = undone.end_undo(&step, UndoState::Failed, None, now);
            assert_eq!(again.unwrap_err().current, "done", "the first end stands");
        }
    }

    #[test]
    fn a_run_that_is_over_may_take_back_what_it_did() {
        let (run, step) = run();
        let now = Timestamp::UNIX_EPOCH;
        let done = run
            .end(&step, StepState::Succeeded, None, Map::new(), now)
            .unwrap();
        let over = done.finish(ExecutionStatus::Cancelled, None, now).unwrap();
        let undone = over
            .begin_undo(&step, Map::new(), now)
            .unwrap()
            .end_undo(&step, UndoState::NotNeeded, None, now)
            .unwrap();
        assert_eq!(undone.status, ExecutionStatus::Cancelled);
    }

    #[test]
    fn nothing_happens_in_a_run_that_is_over() {
        let (run, step) = run();
        let over = run
            .finish(ExecutionStatus::TimedOut, None, Timestamp::UNIX_EPOCH)
            .unwrap();
        assert!(over.begin(&step, Timestamp::UNIX_EPOCH).is_err());
        assert!(
            over.finish(ExecutionStatus::Completed, None, Timestamp::UNIX_EPOCH)
                .is_err()
        );
    }
}
