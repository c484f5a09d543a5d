//! `/_sandbox/rmm`: devices, scripts, and how their runs go.

use axum::{
    Json,
    extract::{Path, State},
    http::StatusCode,
};
use serde::Deserialize;

use super::{Body, Refusal};
use crate::{
    clock,
    fleet::{Device, Ending, Pace, Run, Script, Stage, System},
    world::World,
};

pub(super) async fn get_pace(State(world): State<World>) -> Json<Pace> {
    world.with(|state| Json(state.fleet.pace.clone()))
}

/// How fast things go from now on; what is left out goes at its usual pace.
pub(super) async fn set_pace(State(world): State<World>, Body(pace): Body<Pace>) -> Json<Pace> {
    world.with(|state| {
        state.fleet.pace = pace.clone();
        Json(pace)
    })
}

pub(super) async fn devices(State(world): State<World>) -> Json<Vec<Device>> {
    world.with(|state| Json(state.fleet.devices.clone()))
}

/// What a caller may change of a device; what it leaves out stays.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct DeviceChange {
    online: Option<bool>,
    /// An empty text is nobody.
    owner: Option<String>,
    last_user: Option<String>,
}

pub(super) async fn change_device(
    State(world): State<World>,
    Path(number): Path<u32>,
    Body(change): Body<DeviceChange>,
) -> Result<Json<Device>, Refusal> {
    world.with(|state| {
        let mut devices = state.fleet.devices.iter_mut();
        let device = devices
            .find(|device| device.number == number)
            .ok_or_else(|| unknown("device", number))?;
        let named = |text: String| Some(text).filter(|text| !text.is_empty());
        if let Some(online) = change.online {
            device.online = online;
        }
        if let Some(owner) = change.owner {
            device.owner = named(owner);
        }
        if let Some(user) = change.last_user {
            device.last_user = named(user);
        }
        Ok(Json(device.clone()))
    })
}

/// A device of a test's own: of Windows, in reach unless it says otherwise.
pub(super) async fn put_device(
    State(world): State<World>,
    Path(number): Path<u32>,
    Body(said): Body<DeviceChange>,
) -> Json<Device> {
    let named = |text: Option<String>| text.filter(|text| !text.is_empty());
    let device = Device {
        number,
        uid: format!("31fcea20-0000-4000-8000-{number:012}"),
        name: format!("LAPTOP-{number}"),
        owner: named(said.owner),
        last_user: named(said.last_user),
        platform: System::Windows,
        online: said.online.unwrap_or(true),
    };
    world.with(|state| {
        state.fleet.devices.retain(|other| other.number != number);
        state.fleet.devices.push(device.clone());
        Json(device)
    })
}

pub(super) async fn scripts(State(world): State<World>) -> Json<Vec<Script>> {
    world.with(|state| Json(state.fleet.scripts.clone()))
}

/// What an administrator changes of a script; what they leave out stays. Any change is a new version.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ScriptChange {
    name: Option<String>,
    description: Option<String>,
    active: Option<bool>,
    ending: Option<Ending>,
}

pub(super) async fn change_script(
    State(world): State<World>,
    Path(number): Path<u32>,
    Body(change): Body<ScriptChange>,
) -> Result<Json<Script>, Refusal> {
    world.with(|state| {
        let mut scripts = state.fleet.scripts.iter_mut();
        let script = scripts
            .find(|script| script.number == number)
            .ok_or_else(|| unknown("script", number))?;
        script.name = change.name.unwrap_or_else(|| script.name.clone());
        script.description = change
            .description
            .unwrap_or_else(|| script.description.clone());
        script.active = change.active.unwrap_or(script.active);
        script.ending = change.ending.unwrap_or_else(|| script.ending.clone());
        script.updated_at = clock::now();
        Ok(Json(script.clone()))
    })
}

/// A script of a test's own.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct NewScript {
    #[serde(default)]
    variables: Vec<String>,
    ending: Option<Ending>,
}

/// It succeeds unless it says otherwise.
pub(super) async fn put_script(
    State(world): State<World>,
    Path(number): Path<u32>,
    Body(said): Body<NewScript>,
) -> Json<Script> {
    let script = Script {
        number,
        uid: format!("c0ffee00-0000-4000-8000-{number:012}"),
        name: format!("Script number {number} of a test"),
        description: "of a test".into(),
        variables: said.variables,
        active: true,
        updated_at: clock::now(),
        ending: said.ending.unwrap_or(Ending {
            exit_code: 0,
            output: "Done.".into(),
        }),
    };
    world.with(|state| {
        state.fleet.scripts.retain(|other| other.number != number);
        state.fleet.scripts.push(script.clone());
        Json(script)
    })
}

pub(super) async fn runs(State(world): State<World>) -> Json<Vec<Run>> {
    world.with(|state| {
        state.fleet.advance(clock::now());
        Json(state.fleet.runs().to_vec())
    })
}

/// Where a run goes: on, or to its end.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, tag = "state", rename_all = "snake_case")]
pub(super) enum Move {
    Running,
    Succeeded {
        #[serde(default)]
        output: String,
    },
    Failed {
        #[serde(default)]
        output: String,
        #[serde(default = "one")]
        exit_code: i64,
    },
}

fn one() -> i64 {
    1
}

pub(super) async fn put_run(
    State(world): State<World>,
    Path(id): Path<usize>,
    Body(go): Body<Move>,
) -> Result<Json<Run>, Refusal> {
    let (stage, ending) = match go {
        Move::Running => (Stage::Running, None),
        Move::Succeeded { output } => (
            Stage::Succeeded,
            Some(Ending {
                exit_code: 0,
                output,
            }),
        ),
        Move::Failed { output, exit_code } if exit_code != 0 => {
            (Stage::Failed, Some(Ending { exit_code, output }))
        }
        Move::Failed { .. } => {
            let why = "a run that failed has another exit_code than 0";
            return Err(Refusal(StatusCode::UNPROCESSABLE_ENTITY, why.into()));
        }
    };
    world.with(|state| {
        if state.fleet.runs().get(id).is_none() {
            let why = format!("no run {id}; GET /_sandbox/rmm/runs lists them");
            return Err(Refusal(StatusCode::NOT_FOUND, why));
        }
        let put = state.fleet.put(id, stage, ending, clock::now());
        put.map(Json).ok_or_else(|| {
            let why = format!("run {id} is there or past it already");
            Refusal(StatusCode::CONFLICT, why)
        })
    })
}

fn unknown(what: &str, number: u32) -> Refusal {
    let why = format!("no {what} {number}; GET /_sandbox/rmm/{what}s lists them");
    Refusal(StatusCode::NOT_FOUND, why)
}
