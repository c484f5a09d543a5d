//! Managed devices, the scripts for them and their runs: one fleet that both managements here know.

mod runs;
mod seed;

use std::collections::VecDeque;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

pub(crate) use runs::{Entry, Run, Stage};

use crate::faults::Vendor;

/// A device. NinjaOne knows it by `number`, Datto by `uid`.
#[derive(Clone, Serialize)]
pub(crate) struct Device {
    pub(crate) number: u32,
    pub(crate) uid: String,
    pub(crate) name: String,
    /// The mail address of whom it was put to.
    pub(crate) owner: Option<String>,
    /// The account that was logged on last.
    pub(crate) last_user: Option<String>,
    pub(crate) platform: System,
    pub(crate) online: bool,
}

/// What a device runs.
#[derive(Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum System {
    Windows,
    Mac,
}

/// A script, or a component: NinjaOne knows it by `number`, Datto by `uid`.
#[derive(Clone, Serialize)]
pub(crate) struct Script {
    pub(crate) number: u32,
    pub(crate) uid: String,
    pub(crate) name: String,
    pub(crate) description: String,
    pub(crate) variables: Vec<String>,
    pub(crate) active: bool,
    pub(crate) updated_at: Timestamp,
    /// How its runs end.
    pub(crate) ending: Ending,
}

/// How a run ends.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Ending {
    pub(crate) exit_code: i64,
    pub(crate) output: String,
}

/// How fast things go.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Pace {
    /// How long a run is queued.
    pub(crate) queued_ms: u32,
    /// How long it runs.
    pub(crate) running_ms: u32,
    /// Nothing begins or ends by itself.
    pub(crate) held: bool,
    /// Datto's reads in a minute.
    pub(crate) datto_reads: usize,
    /// Datto's writes in a minute.
    pub(crate) datto_writes: usize,
}

impl Default for Pace {
    fn default() -> Self {
        Self {
            queued_ms: 500,
            running_ms: 1500,
            held: false,
            datto_reads: 600,
            datto_writes: 100,
        }
    }
}

pub(crate) struct Fleet {
    pub(crate) devices: Vec<Device>,
    pub(crate) scripts: Vec<Script>,
    pub(crate) pace: Pace,
    runs: Vec<Run>,
    journal: Vec<Entry>,
    last_entry: i64,
    /// When Datto was asked: reads, then writes.
    asked: [VecDeque<Timestamp>; 2],
}

impl Default for Fleet {
    fn default() -> Self {
        Self {
            devices: seed::devices(),
            scripts: seed::scripts(),
            pace: Pace::default(),
            runs: Vec::new(),
            journal: Vec::new(),
            last_entry: 1000,
            asked: [VecDeque::new(), VecDeque::new()],
        }
    }
}

impl Fleet {
    /// The seed again. Ids of activities go on: one used twice would be older than what somebody saw.
    pub(crate) fn emptied(self) -> Self {
        Self {
            last_entry: self.last_entry,
            ..Self::default()
        }
    }

    pub(crate) fn device(&self, number: u32) -> Option<&Device> {
        self.devices.iter().find(|device| device.number == number)
    }

    pub(crate) fn device_with(&self, uid: &str) -> Option<&Device> {
        self.devices.iter().find(|device| device.uid == uid)
    }

    pub(crate) fn script(&self, number: u32) -> Option<&Script> {
        self.scripts.iter().find(|script| script.number == number)
    }

    pub(crate) fn script_with(&self, uid: &str) -> Option<&Script> {
        self.scripts.iter().find(|script| script.uid == uid)
    }

    pub(crate) fn runs(&self) -> &[Run] {
        &self.runs
    }

    pub(crate) fn run_with(&self, vendor: Vendor, uid: &str) -> Option<&Run> {
        let mut runs = self.runs.iter();
        runs.find(|run| run.vendor == vendor && run.uid == uid)
    }

    /// NinjaOne's journal, oldest first.
    pub(crate) fn journal(&self) -> &[Entry] {
        &self.journal
    }

    /// Counts one of Datto's requests, and says whether it is let in.
    pub(crate) fn let_in(&mut self, write: bool, now: Timestamp) -> bool {
        let (asked, most) = match (&mut self.asked, write) {
            ([_, writes], true) => (writes, self.pace.datto_writes),
            ([reads, _], false) => (reads, self.pace.datto_reads),
        };
        let minute_ago = now - SignedDuration::from_mins(1);
        while asked.front().is_some_and(|at| *at <= minute_ago) {
            asked.pop_front();
        }
        let let_in = asked.len() < most;
        if let_in {
            asked.push_back(now);
        }
        let_in
    }
}
