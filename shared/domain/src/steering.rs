//! Steering a run: asking it to stop, and trying again what did not end well.

use crate::execution::LIVE;
use crate::{
    ChainHead, Execution, ExecutionId, ExecutionStatus, Refusal, StepId, StepRun, StepState,
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::collections::BTreeSet;

/// How often a playbook is tried for one cause, the first try included.
pub const MAX_ATTEMPTS: u32 = 5;

/// Somebody asked that a run stop.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cancelling {
    /// When.
    pub at: Timestamp,
    /// Who: `key-3`, `user-12`.
    pub by: String,
    /// Why, in their words.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub reason: Option<String>,
}

impl Cancelling {
    /// SHA-256 of the reason, in hexadecimal: the audit holds no words of people.
    #[must_use]
    pub fn reason_hash(&self) -> Option<String> {
        let reason = self.reason.as_ref()?;
        Some(hex::encode(Sha256::digest(reason)))
    }
}

/// Why a run is not tried again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NoRetry {
    /// Its state does not allow it.
    Refused(Refusal),
    /// This step may have happened; only a person who looked can say that it did not.
    Unknown(StepId),
    /// It was tried [`MAX_ATTEMPTS`] times.
    Spent,
}

impl Execution {
    /// This run, asked to stop.
    ///
    /// # Errors
    /// When it is over, or was asked before.
    pub fn cancel(&self, by: &str, reason: Option<&str>, now: Timestamp) -> Result<Self, Refusal> {
        let refusal = |current| Refusal {
            asked: "cancel",
            current,
            allowed: LIVE,
        };
        if self.status.is_final() {
            return Err(refusal(self.status.as_str()));
        }
        if self.cancelling.is_some() {
            return Err(refusal("being cancelled"));
        }
        Ok(Self {
            cancelling: Some(Cancelling {
                at: now,
                by: by.to_owned(),
                reason: reason.map(str::to_owned),
            }),
            ..self.clone()
        })
    }

    /// Whether another try may follow this run; `reissue` says that somebody vouches for unknown steps not having
    /// happened.
    ///
    /// # Errors
    /// When it ended otherwise than by failing, by silence or with a person; when a person said no; when a step may have
    /// happened; when it was tried too often.
    pub fn may_retry(&self, reissue: bool) -> Result<(), NoRetry> {
        use ExecutionStatus::{Escalated, Failed, TimedOut};
        let refused = |current| {
            NoRetry::Refused(Refusal {
                asked: "retry",
                current,
                allowed: &["failed", "timed_out", "escalated"],
            })
        };
        if !matches!(self.status, Failed | TimedOut | Escalated) {
            return Err(refused(self.status.as_str()));
        }
        // Nobody is asked again who said no, whatever else went wrong beside it.
        let denied = |step: &StepRun| step.state == StepState::Denied;
        if self.steps.iter().any(denied) {
            return Err(refused(StepState::Denied.as_str()));
        }
        if self.generation >= MAX_ATTEMPTS {
            return Err(NoRetry::Spent);
        }
        let unsure =
            |step: &&StepRun| matches!(step.state, StepState::Unknown | StepState::Running);
        match self.steps.iter().find(unsure) {
            Some(step) if !reissue => Err(NoRetry::Unknown(step.id.clone())),
            _ => Ok(()),
        }
    }

    /// The next try: a run of its own, called `id`. What is done stays done and is answered from the ledger, but for the
    /// steps in `again`; everything else is to do.
    ///
    /// # Errors
    /// As [`Execution::may_retry`].
    pub fn retry(
        &self,
        id: ExecutionId,
        reissue: bool,
        again: &BTreeSet<StepId>,
        now: Timestamp,
    ) -> Result<Self, NoRetry> {
        self.may_retry(reissue)?;
        let ids: Vec<StepId> = self.steps.iter().map(|step| step.id.clone()).collect();
        let fresh = Self::new(
            id,
            self.ticket_id,
            self.playbook.clone(),
            self.version.clone(),
            &ids,
            now,
        );
        // A step that fell silent and was answered by another stays as it ended: its state leads to that other one.
        let answered: BTreeSet<&StepId> = self
            .steps
            .iter()
            .filter(|step| step.holds() && !again.contains(&step.id))
            .filter_map(|step| step.instead_of.as_ref())
            .collect();
        let mut earlier_are_done = true;
        let steps = self.steps.iter().zip(fresh.steps).map(|(step, fresh)| {
            let stays = match step.state {
                StepState::Succeeded | StepState::Queued => {
                    step.holds() && !again.contains(&step.id)
                }
                // Whether it is skipped may hang on what is done again before it.
                StepState::Skipped => earlier_are_done,
                _ => answered.contains(&step.id),
            };
            earlier_are_done &= stays;
            if stays {
                StepRun {
                    from: step.from.clone().or_else(|| Some(self.id.clone())),
                    undo: None,
                    ..step.clone()
                }
            } else {
                StepRun {
                    instead_of: step.instead_of.clone(),
                    counted: step.counted,
                    ..fresh
                }
            }
        });
        Ok(Self {
            steps: steps.collect(),
            id: fresh.id,
            generation: self.generation + 1,
            status: ExecutionStatus::Pending,
            started_at: now,
            ended_at: None,
            reason: None,
            cancelling: None,
            retry_of: Some(self.id.clone()),
            rev: 0,
            chain: ChainHead::default(),
            ..self.clone()
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{PlaybookName, TicketId, UndoState};
    use proptest::prelude::*;
    use serde_json::Map;

    const NOW: Timestamp = Timestamp::UNIX_EPOCH;
    const STEPS: [&str; 4] = ["verify", "grant", "reset", "deliver"];

    fn id(step: usize) -> StepId {
        StepId::parse(STEPS[step]).unwrap()
    }

    fn run() -> Execution {
        Execution::new(
            ExecutionId::parse("x-1").unwrap(),
            TicketId::from_bits(1),
            PlaybookName::parse("password_reset").unwrap(),
            "1.2".into(),
            &[id(0), id(1), id(2), id(3)],
            NOW,
        )
    }

    fn standing(states: [StepState; 4], status: ExecutionStatus) -> Execution {
        let mut run = run();
        for (step, state) in run.steps.iter_mut().zip(states) {
            step.state = state;
        }
        run.status = status;
        run
    }

    fn next(run: &Execution) -> ExecutionId {
        ExecutionId::parse(&format!("x-{}", run.generation + 1)).unwrap()
    }

    fn states(run: &Execution) -> Vec<StepState> {
        run.steps.iter().map(|step| step.state).collect()
    }

    #[test]
    fn what_is_done_stays_done_and_the_rest_is_to_do() {
        use StepState::{Failed, Pending, Skipped, Succeeded};
        let failed = standing(
            [Succeeded, Skipped, Failed, Pending],
            ExecutionStatus::Escalated,
        );
        let again = failed
            .retry(next(&failed), false, &BTreeSet::new(), NOW)
            .unwrap();
        assert_eq!(states(&again), [Succeeded, Skipped, Pending, Pending]);
        assert_eq!(
            (again.generation, again.retry_of.as_ref()),
            (2, Some(&failed.id))
        );
        let from: Vec<_> = again.steps.iter().map(|step| step.from.as_ref()).collect();
        assert_eq!(from, [Some(&failed.id), Some(&failed.id), None, None]);

        let asked_again = BTreeSet::from([id(0)]);
        let again = failed.retry(next(&failed), false, &asked_again, NOW);
        assert_eq!(states(&again.unwrap()), [Pending; 4]);
    }

    #[test]
    fn a_step_that_may_have_happened_is_tried_again_only_when_somebody_vouches() {
        use StepState::{Pending, Succeeded, Unknown};
        let unsure = standing(
            [Succeeded, Succeeded, Unknown, Pending],
            ExecutionStatus::Escalated,
        );
        assert_eq!(unsure.may_retry(false), Err(NoRetry::Unknown(id(2))));
        let again = unsure
            .retry(next(&unsure), true, &BTreeSet::new(), NOW)
            .unwrap();
        assert_eq!(states(&again), [Succeeded, Succeeded, Pending, Pending]);
    }

    #[test]
    fn only_what_ended_badly_is_tried_again_and_five_times_at_most() {
        use ExecutionStatus::{Cancelled, Completed, Denied, Pending, Running, TimedOut};
        for status in [Cancelled, Completed, Denied, Pending, Running] {
            let refused = standing([StepState::Pending; 4], status).may_retry(true);
            assert!(matches!(refused, Err(NoRetry::Refused(_))), "{status:?}");
        }
        let no = [
            StepState::Denied,
            StepState::Failed,
            StepState::Pending,
            StepState::Pending,
        ];
        let refused = standing(no, ExecutionStatus::Escalated).may_retry(true);
        assert!(matches!(
            refused,
            Err(NoRetry::Refused(Refusal {
                current: "denied",
                ..
            }))
        ));
        let mut run = standing([StepState::Pending; 4], TimedOut);
        for _ in 1..MAX_ATTEMPTS {
            run = run.retry(next(&run), false, &BTreeSet::new(), NOW).unwrap();
            run.status = TimedOut;
        }
        assert_eq!(run.may_retry(false), Err(NoRetry::Spent));
    }

    #[test]
    fn a_run_that_is_being_cancelled_begins_nothing_and_takes_what_lands() {
        let begun = run().begin(&id(0), NOW).unwrap();
        let asked = begun.cancel("key-3", None, NOW).unwrap();
        assert_eq!(
            asked.begin(&id(1), NOW).unwrap_err().current,
            "being cancelled"
        );
        assert!(asked.cancel("key-3", None, NOW).is_err());
        let landed = asked
            .end(&id(0), StepState::Succeeded, None, Map::new(), NOW)
            .unwrap();
        let over = landed
            .finish(ExecutionStatus::Completed, None, NOW)
            .unwrap();
        assert_eq!(over.status, ExecutionStatus::Cancelled);
        assert_eq!(
            over.cancel("key-3", None, NOW).unwrap_err().current,
            "cancelled"
        );
    }

    #[test]
    fn what_was_taken_back_is_to_do_again_and_what_could_not_be_stays_done() {
        use StepState::{Failed, Pending, Succeeded};
        let done = run().begin(&id(1), NOW).unwrap();
        let done = done.end(&id(1), Succeeded, None, Map::new(), NOW).unwrap();
        let done = done.cancel("key-3", None, NOW).unwrap();
        let undone = |state| {
            let begun = done.begin_undo(&id(1), Map::new(), NOW).unwrap();
            let mut ended = begun.end_undo(&id(1), state, None, NOW).unwrap();
            ended.steps[2].state = Failed;
            ended.status = ExecutionStatus::Escalated;
            ended.cancelling = None;
            let again = ended.retry(next(&ended), false, &BTreeSet::new(), NOW);
            again.unwrap().steps[1].clone()
        };
        assert_eq!(undone(UndoState::Done).state, Pending);
        assert_eq!(undone(UndoState::Unknown).state, Pending);
        let stands = undone(UndoState::Failed);
        assert_eq!((stands.state, stands.undo), (Succeeded, None));
    }

    #[derive(Debug, Clone)]
    enum Act {
        Begin(usize),
        End(usize, StepState),
        Cancel,
        Finish(ExecutionStatus),
        Retry { reissue: bool, verify_again: bool },
    }

    fn act() -> impl Strategy<Value = Act> {
        let state = prop::sample::select(vec![
            StepState::Succeeded,
            StepState::Skipped,
            StepState::Queued,
            StepState::Failed,
            StepState::Denied,
            StepState::TimedOut,
            StepState::Unknown,
            StepState::Cancelled,
        ]);
        let status = prop::sample::select(vec![
            ExecutionStatus::Completed,
            ExecutionStatus::Failed,
            ExecutionStatus::TimedOut,
            ExecutionStatus::Escalated,
        ]);
        prop_oneof![
            4 => (0..STEPS.len()).prop_map(Act::Begin),
            4 => ((0..STEPS.len()), state).prop_map(|(step, state)| Act::End(step, state)),
            1 => Just(Act::Cancel),
            2 => status.prop_map(Act::Finish),
            3 => any::<(bool, bool)>()
                .prop_map(|(reissue, verify_again)| Act::Retry { reissue, verify_again }),
        ]
    }

    proptest! {
        /// The first step proves a person and may be asked for again; the others act.
        #[test]
        fn a_step_that_succeeded_never_acts_again(acts in prop::collection::vec(act(), 0..80)) {
            let mut now = run();
            let mut done = BTreeSet::new();
            let mut begun_unsure = BTreeSet::new();
            for act in acts {
                let stopping = now.cancelling.is_some();
                let vouched = matches!(act, Act::Retry { reissue: true, .. });
                let after = match act {
                    Act::Begin(step) => now.begin(&id(step), NOW).ok().inspect(|_| {
                        assert!(!done.contains(&step), "{} acts again", STEPS[step]);
                        assert!(!begun_unsure.contains(&step), "{} acts unvouched", STEPS[step]);
                        assert!(!stopping, "{} begins in a run that stops", STEPS[step]);
                    }),
                    Act::End(step, state) => now
                        .end(&id(step), state, None, Map::new(), NOW)
                        .ok()
                        .inspect(|_| {
                            if step > 0 && matches!(state, StepState::Succeeded | StepState::Queued) {
                                done.insert(step);
                            }
                        }),
                    Act::Cancel => now.cancel("key-3", None, NOW).ok(),
                    Act::Finish(status) => now.finish(status, None, NOW).ok().inspect(|over| {
                        assert!(!stopping || over.status == ExecutionStatus::Cancelled);
                    }),
                    Act::Retry { reissue, verify_again } => {
                        let again = verify_again.then(|| id(0)).into_iter().collect();
                        now.retry(next(&now), reissue, &again, NOW).ok()
                    }
                };
                let Some(after) = after else { continue };
                if vouched {
                    begun_unsure.clear();
                }
                for (step, run) in after.steps.iter().enumerate() {
                    let left = after.status.is_final() && run.state == StepState::Running;
                    if left || run.state == StepState::Unknown {
                        begun_unsure.insert(step);
                    }
                }
                prop_assert!(after.generation <= MAX_ATTEMPTS);
                now = after;
            }
        }
    }
}
