//! Runs: queued, running, ended, over time or by hand.

use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use serde_json::Value;
use uuid::Uuid;

use super::{Ending, Fleet};
use crate::faults::Vendor;

/// A run of a script on a device.
#[derive(Clone, Serialize)]
pub(crate) struct Run {
    pub(crate) id: usize,
    pub(crate) vendor: Vendor,
    /// Datto's job, NinjaOne's series.
    pub(crate) uid: String,
    pub(crate) device: u32,
    pub(crate) script: u32,
    /// Names of device and script, for people.
    pub(crate) on: String,
    pub(crate) name: String,
    /// As they came: a command line, or a list.
    pub(crate) parameters: Value,
    pub(crate) at: Timestamp,
    pub(crate) begun_at: Option<Timestamp>,
    pub(crate) ended_at: Option<Timestamp>,
    pub(crate) stage: Stage,
    pub(crate) ending: Option<Ending>,
}

/// How far a run is.
#[derive(Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Stage {
    Queued,
    Running,
    Succeeded,
    Failed,
}

/// One entry of NinjaOne's journal.
pub(crate) struct Entry {
    pub(crate) id: i64,
    pub(crate) at: Timestamp,
    /// The run's id.
    pub(crate) run: usize,
    pub(crate) stage: Stage,
}

impl Stage {
    fn is_over(self) -> bool {
        matches!(self, Self::Succeeded | Self::Failed)
    }
}

impl Run {
    pub(crate) fn lives(&self) -> bool {
        !self.stage.is_over()
    }
}

impl Fleet {
    /// Takes a run; whoever asks has looked that both are there.
    pub(crate) fn take(
        &mut self,
        vendor: Vendor,
        (device, script): (u32, u32),
        parameters: Value,
        now: Timestamp,
    ) -> Run {
        let on = self.device(device).map(|device| device.name.clone());
        let name = self.script(script).map(|script| script.name.clone());
        let run = Run {
            id: self.runs.len(),
            vendor,
            uid: Uuid::new_v4().to_string(),
            device,
            script,
            on: on.unwrap_or_default(),
            name: name.unwrap_or_default(),
            parameters,
            at: now,
            begun_at: None,
            ended_at: None,
            stage: Stage::Queued,
            ending: None,
        };
        self.runs.push(run.clone());
        self.note(run.id, Stage::Queued, now);
        run
    }

    /// Lets time pass: what is due begins and ends. A run on a device out of reach waits.
    pub(crate) fn advance(&mut self, now: Timestamp) {
        if self.pace.held {
            return;
        }
        let after = |at: Timestamp, ms: u32| at + SignedDuration::from_millis(i64::from(ms));
        for id in 0..self.runs.len() {
            let due = after(self.runs[id].at, self.pace.queued_ms) <= now;
            let online = self
                .device(self.runs[id].device)
                .is_some_and(|device| device.online);
            if self.runs[id].stage == Stage::Queued && due && online {
                self.begin(id, now);
            }
            let begun = self.runs[id].begun_at;
            let due = begun.is_some_and(|at| after(at, self.pace.running_ms) <= now);
            if self.runs[id].stage == Stage::Running && due {
                let script = self.script(self.runs[id].script);
                let ending = script.map(|script| script.ending.clone());
                self.end(id, ending, now);
            }
        }
    }

    /// Puts a run further by hand; none when there is no such run, or it cannot go there.
    pub(crate) fn put(
        &mut self,
        id: usize,
        stage: Stage,
        ending: Option<Ending>,
        now: Timestamp,
    ) -> Option<Run> {
        let from = self.runs.get(id)?.stage;
        match (from, stage) {
            (Stage::Queued, Stage::Running) => self.begin(id, now),
            (Stage::Queued | Stage::Running, Stage::Succeeded | Stage::Failed) => {
                if from == Stage::Queued {
                    self.begin(id, now);
                }
                self.end(id, ending, now);
            }
            _ => return None,
        }
        self.runs.get(id).cloned()
    }

    fn begin(&mut self, id: usize, now: Timestamp) {
        self.runs[id].stage = Stage::Running;
        self.runs[id].begun_at = Some(now);
        self.note(id, Stage::Running, now);
    }

    fn end(&mut self, id: usize, ending: Option<Ending>, now: Timestamp) {
        let ending = ending.unwrap_or(Ending {
            exit_code: 1,
            output: "The script is not there any more.".into(),
        });
        let stage = if ending.exit_code == 0 {
            Stage::Succeeded
        } else {
            Stage::Failed
        };
        let run = &mut self.runs[id];
        (run.stage, run.ended_at, run.ending) = (stage, Some(now), Some(ending));
        self.note(id, stage, now);
    }

    fn note(&mut self, run: usize, stage: Stage, at: Timestamp) {
        if self.runs[run].vendor == Vendor::Ninjaone {
            self.last_entry += 1;
            let id = self.last_entry;
            self.journal.push(Entry { id, at, run, stage });
        }
    }
}
