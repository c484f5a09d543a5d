//! A device's activities and jobs, and what they say of a run.

use crate::handle::Handle;
use jiff::{SignedDuration, Timestamp};
use ports::{Output, RunState};
use serde::Deserialize;
use serde_json::Value;
use std::collections::BTreeSet;

/// How far NinjaOne's clock and ours may be apart.
const SKEW: SignedDuration = SignedDuration::from_mins(5);

/// A page of a device's activities.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Page {
    #[serde(default)]
    pub(crate) activities: Vec<Activity>,
    last_node_activity_id: Option<i64>,
}

/// One entry of a device's journal.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Activity {
    pub(crate) id: i64,
    /// Seconds since 1970, with a fraction.
    #[serde(rename = "activityTime")]
    time: Option<f64>,
    #[serde(rename = "activityType")]
    kind: Option<String>,
    status_code: Option<String>,
    #[serde(rename = "activityResult")]
    result: Option<String>,
    series_uid: Option<String>,
    source_name: Option<String>,
    subject: Option<String>,
    message: Option<String>,
    #[serde(default)]
    data: Value,
}

/// A job that runs now.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Job {
    source_name: Option<String>,
    subject: Option<String>,
    message: Option<String>,
}

/// Whether `text` is how NinjaOne names a run of the script `name`: the name, `Run <name>`, `Run <name> as <somebody>`.
pub(crate) fn names(text: &str, name: &str) -> bool {
    let rest = |text: &str| -> Option<bool> {
        let after = text.strip_prefix(name)?;
        Some(after.is_empty() || after.starts_with(" as "))
    };
    let text = text.trim();
    let run = text.strip_prefix("Run ");
    rest(text) == Some(true) || run.and_then(rest) == Some(true)
}

/// The first of two texts that says something.
fn first<'a>(source: Option<&'a str>, subject: Option<&'a str>) -> Option<&'a str> {
    let mut said = [source, subject].into_iter().flatten();
    said.find(|text| !text.is_empty())
}

impl Job {
    /// A job that names its source nowhere counts when its message holds the name: better one refused too many.
    pub(crate) fn is_of(&self, name: &str) -> bool {
        match first(self.source_name.as_deref(), self.subject.as_deref()) {
            Some(text) => names(text, name),
            None => self
                .message
                .as_deref()
                .is_some_and(|text| text.contains(name)),
        }
    }
}

impl Page {
    /// The id that everything from now on is newer than.
    pub(crate) fn newest(&self) -> i64 {
        let seen = self.activities.iter().map(|activity| activity.id).max();
        self.last_node_activity_id.max(seen).unwrap_or(0)
    }
}

/// How the run stands by what was recorded on its device since.
pub(crate) fn state(handle: &Handle, activities: &[Activity]) -> RunState {
    let own: Vec<&Activity> = activities
        .iter()
        .filter(|activity| activity.is_newer(handle) && activity.is_of(handle))
        .collect();
    let series: BTreeSet<Option<&str>> = own.iter().map(|one| one.series_uid.as_deref()).collect();
    if series.len() > 1 {
        return RunState::Unknown {
            why: "this script was begun on this device more than once since, and NinjaOne does not say which run is ours",
        };
    }
    let ended = own.iter().filter(|one| one.has_ended());
    let newest = ended
        .max_by_key(|one| one.id)
        .or_else(|| own.iter().max_by_key(|one| one.id));
    match newest {
        Some(activity) => activity.state(),
        None if handle.taken => RunState::Queued,
        None => RunState::Unknown {
            why: "nothing on the device's journal shows that the script was begun",
        },
    }
}

impl Activity {
    fn is_newer(&self, handle: &Handle) -> bool {
        let at = self.time.and_then(instant);
        self.id > handle.after && at.is_none_or(|at| at >= handle.at - SKEW)
    }

    fn is_of(&self, handle: &Handle) -> bool {
        let kind = self.kind.as_deref();
        if !matches!(kind, Some("SCRIPTING" | "ACTION")) {
            return false;
        }
        if let Some(series) = &handle.series {
            return self.series_uid.as_ref() == Some(series);
        }
        first(self.source_name.as_deref(), self.subject.as_deref())
            .is_some_and(|text| names(text, &handle.name))
    }

    fn has_ended(&self) -> bool {
        matches!(
            self.status_code.as_deref(),
            Some("COMPLETED" | "CANCELLED" | "BLOCKED" | "EVALUATION_FAILURE")
        )
    }

    fn state(&self) -> RunState {
        let result = self.result.as_deref();
        match (self.status_code.as_deref(), result) {
            (Some("START_REQUESTED"), _) => RunState::Queued,
            (Some("STARTED" | "IN_PROCESS" | "TRIGGERED" | "CANCEL_REQUESTED"), _) => {
                RunState::Running
            }
            (Some("COMPLETED"), Some("SUCCESS")) => RunState::Succeeded {
                output: self.output(),
            },
            (Some("COMPLETED"), Some(result)) => self.failed(result),
            (Some(code @ ("CANCELLED" | "BLOCKED" | "EVALUATION_FAILURE")), _) => self.failed(code),
            _ => RunState::Unknown {
                why: "NinjaOne recorded something of the run that we cannot read",
            },
        }
    }

    fn failed(&self, code: &str) -> RunState {
        RunState::Failed {
            output: self.output(),
            code: vendor_http::code(code),
            exit_code: self.exit_code(),
        }
    }

    /// NinjaOne has no call for a script's output: it is in the journal, under one of these names or in the message.
    fn output(&self) -> Output {
        let places = [
            "/output",
            "/stdout",
            "/result/output",
            "/message/params/output",
        ];
        let data = places
            .iter()
            .find_map(|place| self.data.pointer(place)?.as_str());
        Output::of(data.or(self.message.as_deref()).unwrap_or_default())
    }

    fn exit_code(&self) -> Option<i64> {
        let places = [
            "/exitCode",
            "/resultCode",
            "/result/exitCode",
            "/result/resultCode",
        ];
        places
            .iter()
            .find_map(|place| self.data.pointer(place)?.as_i64())
    }
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "the fraction of a second does not matter, and a time beyond i64 is none"
)]
fn instant(seconds: f64) -> Option<Timestamp> {
    Timestamp::from_second(seconds as i64).ok()
}
