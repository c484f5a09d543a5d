//! The port `RunScript`.

use crate::NinjaOne;
use crate::activity::{Activity, Job, Page, names, state};
use crate::door::Door;
use crate::handle::Handle;
use crate::line::line;
use async_trait::async_trait;
use domain::ScriptId;
use ports::{CallError, Order, RunHandle, RunScript, RunState, Script};
use serde::Serialize;
use serde_json::Value;
use vendor_http::{Ask, Deadline};

/// Activities a page; more on one device since one start are read page by page.
const PAGE: usize = 200;
const MOST_PAGES: usize = 5;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Begin<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    id: u64,
    #[serde(skip_serializing_if = "String::is_empty")]
    parameters: String,
    run_as: &'a str,
}

#[async_trait]
impl RunScript for NinjaOne {
    async fn script(&self, script: &ScriptId) -> Result<Script, CallError> {
        let library = self.door.library(self.door.vendor().reading()).await?;
        let (_, entry) = self.door.script(&library, script)?;
        Ok(entry.read(script.clone()))
    }

    async fn prepare(&self, order: &Order) -> Result<RunHandle, CallError> {
        let door = &self.door;
        let device = door.number(&order.device)?;
        let by = door.vendor().writing();
        let library = door.library(by).await?;
        let (script, entry) = door.script(&library, &order.script)?;
        if entry.hash() != order.hash {
            let why = "the script was changed since its hash was allowed; look at it and allow the new hash";
            return Err(Door::no("script_changed", why));
        }
        if !entry.is_active() {
            return Err(Door::no(
                "script_inactive",
                "switch the script on in NinjaOne",
            ));
        }
        let name = entry.name().trim();
        let alike = |other: &str| {
            names(other, name) || names(name, other) || names(&format!("Run {other}"), name)
        };
        if name.is_empty() || library.iter().filter(|one| alike(one.name())).count() > 1 {
            let why =
                "the journal names scripts and not their numbers: give this one a name of its own";
            return Err(Door::no("ambiguous_name", why));
        }
        let jobs: Vec<Job> = door
            .read(&format!("device/{device}/jobs"), "device", by)
            .await?;
        if jobs.iter().any(|job| job.is_of(name)) {
            let why = "this script runs on this device now; wait for its end";
            return Err(Door::no("already_running", why));
        }
        let newest: Page = door
            .read(
                &format!("device/{device}/activities?pageSize=1"),
                "device",
                by,
            )
            .await?;
        Handle {
            device,
            script,
            name: name.to_owned(),
            after: newest.newest(),
            at: door.vendor().now(),
            taken: false,
            series: None,
        }
        .write()
    }

    async fn start(&self, order: &Order, prepared: &RunHandle) -> Result<RunHandle, CallError> {
        let door = &self.door;
        let mut handle = Handle::read(prepared)?;
        let ordered = (order.device.as_str(), order.script.as_str());
        if ordered != (&*handle.device.to_string(), &*handle.script.to_string()) || handle.taken {
            let why = "this handle was prepared for another run, or its run was started";
            return Err(Door::no("foreign_handle", why));
        }
        let path = format!("device/{}/script/run", handle.device);
        let ask = Ask::act(&door.at(&path)).json(&Begin {
            kind: "SCRIPT",
            id: handle.script,
            parameters: line(&order.parameters),
            run_as: &self.run_as,
        });
        let answer = door.call(&ask, door.vendor().writing()).await?;
        if !answer.is_success() {
            return Err(door.refusal(&answer, "device"));
        }
        handle.taken = true;
        handle.series = answer.json().as_ref().and_then(series);
        handle.write()
    }

    async fn run(&self, handle: &RunHandle) -> Result<RunState, CallError> {
        let handle = Handle::read(handle)?;
        let by = self.door.vendor().reading();
        let activities = self.door.since(&handle, by).await?;
        Ok(state(&handle, &activities))
    }
}

impl Door {
    /// What was recorded on the device since, newest first.
    async fn since(&self, handle: &Handle, by: Deadline) -> Result<Vec<Activity>, CallError> {
        let mut all: Vec<Activity> = Vec::new();
        for _ in 0..MOST_PAGES {
            let oldest = all.iter().map(|one| one.id).min();
            let older = oldest.map_or(String::new(), |id| format!("&olderThan={id}"));
            let path = format!(
                "device/{}/activities?newerThan={}&pageSize={PAGE}{older}",
                handle.device, handle.after
            );
            let page: Page = self.read(&path, "device", by).await?;
            let full = page.activities.len() >= PAGE;
            all.extend(page.activities);
            if !full {
                break;
            }
        }
        Ok(all)
    }
}

/// The run's series, where the answer to its start says it: a bare UUID or `jobUid`. Most answers are 204 and say nothing.
fn series(answer: &Value) -> Option<String> {
    let uid = answer.as_str().or_else(|| answer.get("jobUid")?.as_str())?;
    let is_uuid = uid.len() == 36 && uid.bytes().all(|b| b.is_ascii_hexdigit() || b == b'-');
    is_uuid.then(|| uid.to_owned())
}
