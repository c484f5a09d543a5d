//! A device's activities, newest first, and its jobs.

use axum::{
    Json,
    extract::{Path, Query, State},
};
use jiff::Timestamp;
use serde_json::{Value, json};

use super::{Application, Refusal, routes::device};
use crate::{
    clock,
    faults::Vendor,
    fleet::{Entry, Run, Stage},
    forms::Form,
    world::World,
};

const PAGE: usize = 200;

pub(super) async fn activities(
    _: Application,
    State(world): State<World>,
    Path(id): Path<u32>,
    Query(query): Query<Form>,
) -> Result<Json<Value>, Refusal> {
    let number = |name: &str| -> Result<Option<i64>, Refusal> {
        let text = query.get(name);
        let read = text.map(|text| text.parse());
        read.transpose()
            .map_err(|_| Refusal::bad(format!("{name} is no number")))
    };
    let (newer, older) = (number("newerThan")?, number("olderThan")?);
    let size = number("pageSize")?.and_then(|size| usize::try_from(size).ok());
    world.with(|state| {
        state.fleet.advance(clock::now());
        device(&state.fleet, id)?;
        let runs = state.fleet.runs();
        let own = || {
            let journal = state.fleet.journal().iter().rev();
            let with_run = journal.filter_map(|entry| Some((entry, runs.get(entry.run)?)));
            with_run.filter(|(_, run)| run.device == id)
        };
        let fits = |(entry, run): &(&Entry, &Run)| {
            newer.is_none_or(|id| entry.id > id)
                && older.is_none_or(|id| entry.id < id)
                && query.get("seriesUid").is_none_or(|uid| *uid == run.uid)
                && query
                    .get("activityType")
                    .is_none_or(|kind| kind == "SCRIPTING")
        };
        let shown = own().filter(fits).take(size.unwrap_or(PAGE));
        let shown: Vec<Value> = shown.map(|(entry, run)| activity(entry, run)).collect();
        Ok(Json(json!({
            "lastActivityId": state.fleet.journal().last().map(|entry| entry.id),
            "activities": shown,
            "lastNodeActivityId": own().next().map(|(entry, _)| entry.id),
        })))
    })
}

fn activity(entry: &Entry, run: &Run) -> Value {
    let (code, status, result) = match entry.stage {
        Stage::Queued => ("START_REQUESTED", "Start requested", None),
        Stage::Running => ("STARTED", "Started", None),
        Stage::Succeeded => ("COMPLETED", "Completed", Some("SUCCESS")),
        Stage::Failed => ("COMPLETED", "Completed", Some("FAILURE")),
    };
    let ending = run.ending.as_ref().filter(|_| result.is_some());
    let mut shown = json!({
        "id": entry.id,
        "activityTime": seconds(entry.at),
        "deviceId": run.device,
        "severity": "NONE",
        "priority": "NONE",
        "seriesUid": run.uid,
        "activityType": "SCRIPTING",
        "statusCode": code,
        "status": status,
        "sourceName": format!("Run {}", run.name),
        "subject": run.on,
        "userId": 1,
        "message": format!("Run {} as System: {status}", run.name),
        "type": "Scripting",
        "data": {},
    });
    if let (Some(ending), Some(result)) = (ending, result) {
        shown["activityResult"] = result.into();
        shown["data"] = json!({"exitCode": ending.exit_code, "output": ending.output});
    }
    shown
}

/// Those that live.
pub(super) async fn jobs(
    _: Application,
    State(world): State<World>,
    Path(id): Path<u32>,
) -> Result<Json<Vec<Value>>, Refusal> {
    world.with(|state| {
        state.fleet.advance(clock::now());
        device(&state.fleet, id)?;
        let own = state.fleet.runs().iter();
        let own = own.filter(|run| run.device == id && run.vendor == Vendor::Ninjaone);
        let shown = own.filter(|run| run.lives()).map(|run| {
            json!({
                "uid": run.uid,
                "deviceId": id,
                "message": format!("Run {}", run.name),
                "createTime": seconds(run.at),
                "sourceName": format!("Run {}", run.name),
                "subject": run.on,
                "jobStatus": if run.stage == Stage::Queued { "START_REQUESTED" } else { "STARTED" },
                "jobType": "SCRIPTING",
            })
        });
        Ok(Json(shown.collect()))
    })
}

/// Seconds since 1970 with a fraction, as NinjaOne writes times.
pub(super) fn seconds(at: Timestamp) -> f64 {
    at.as_duration().as_secs_f64()
}
