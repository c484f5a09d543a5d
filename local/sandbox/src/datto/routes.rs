//! The routes under `/datto`.

use axum::{
    Json, Router,
    body::Bytes,
    extract::{Path, Query, State},
    routing::{get, post, put},
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{Holder, Refusal, token};
use crate::{
    clock,
    faults::Vendor,
    fleet::{Device, Fleet, Run, Script, Stage, System},
    forms::Form,
    world::{State as Everything, World},
};

/// The field that holds a device's owner.
const OWNER_FIELD: &str = "udf5";

pub(crate) fn routes() -> Router<World> {
    let results = "/datto/api/v2/job/{job}/results/{device}";
    Router::new()
        .route("/datto/auth/oauth/token", post(token))
        .route("/datto/api/v2/account/devices", get(devices))
        .route("/datto/api/v2/account/components", get(components))
        .route("/datto/api/v2/device/{device}", get(device))
        .route("/datto/api/v2/device/{device}/quickjob", put(quick_job))
        .route("/datto/api/v2/job/{job}", get(job))
        .route(results, get(result))
        .route(&format!("{results}/stdout"), get(stdout))
        .route(&format!("{results}/stderr"), get(stderr))
}

/// One page of `all`, under `name`.
fn page(query: &Form, name: &str, all: Vec<Value>) -> Json<Value> {
    let number = |name: &str, otherwise: usize| {
        let given = query.get(name).and_then(|text| text.parse().ok());
        given.unwrap_or(otherwise)
    };
    let (page, most) = (number("page", 0), number("max", 250).clamp(1, 250));
    let total = all.len();
    let shown: Vec<Value> = all.into_iter().skip(page * most).take(most).collect();
    let next = (page * most + shown.len() < total)
        .then(|| format!("/api/v2/account/{name}?page={}&max={most}", page + 1));
    Json(json!({
        "pageDetails": {"count": shown.len(), "totalCount": total, "prevPageUrl": null, "nextPageUrl": next},
        name: shown,
    }))
}

async fn devices(_: Holder, State(world): State<World>, Query(query): Query<Form>) -> Json<Value> {
    let all = world.with(|state| state.fleet.devices.iter().map(shown).collect());
    page(&query, "devices", all)
}

async fn components(
    _: Holder,
    State(world): State<World>,
    Query(query): Query<Form>,
) -> Json<Value> {
    let all = world.with(|state| state.fleet.scripts.iter().map(component).collect());
    page(&query, "components", all)
}

async fn device(
    _: Holder,
    State(world): State<World>,
    Path(uid): Path<String>,
) -> Result<Json<Value>, Refusal> {
    world.with(|state| Ok(Json(shown(found(&state.fleet, &uid)?))))
}

fn found<'a>(fleet: &'a Fleet, uid: &str) -> Result<&'a Device, Refusal> {
    let device = fleet.device_with(uid);
    device.ok_or_else(|| Refusal::not_found("Device"))
}

fn shown(device: &Device) -> Value {
    let system = match device.platform {
        System::Windows => "Microsoft Windows 11 Pro 10.0.26100",
        System::Mac => "Apple macOS 15.1",
    };
    json!({
        "id": device.number,
        "uid": device.uid,
        "siteId": 1,
        "siteName": "Company",
        "hostname": device.name,
        "operatingSystem": system,
        "lastLoggedInUser": device.last_user,
        "domain": "COMPANY",
        "online": device.online,
        "suspended": false,
        "deleted": false,
        "deviceClass": "device",
        "udf": {OWNER_FIELD: device.owner},
    })
}

fn component(script: &Script) -> Value {
    let variables: Vec<Value> = (0..)
        .zip(&script.variables)
        .map(|(number, name): (u32, _)| {
            json!({"name": name, "type": "string", "defaultVal": "", "direction": true, "description": name, "variablesIdx": number})
        })
        .collect();
    json!({
        "id": script.number,
        "uid": script.uid,
        "name": script.name,
        "description": script.description,
        "categoryCode": "scripts",
        "credentialsRequired": false,
        "variables": variables,
    })
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct QuickJob {
    job_name: String,
    job_component: JobComponent,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct JobComponent {
    component_uid: String,
    #[serde(default)]
    variables: Vec<Variable>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Variable {
    name: String,
    value: String,
}

async fn quick_job(
    _: Holder,
    State(world): State<World>,
    Path(uid): Path<String>,
    body: Bytes,
) -> Result<Json<Value>, Refusal> {
    let wish: QuickJob =
        serde_json::from_slice(&body).map_err(|cause| Refusal::bad(cause.to_string()))?;
    let component = wish.job_component;
    world.with(|state| {
        let device = found(&state.fleet, &uid)?.number;
        let script = state.fleet.script_with(&component.component_uid);
        let script = script.ok_or_else(|| Refusal::bad("Component was not found."))?;
        let variables = &component.variables;
        if let Some(unknown) = variables
            .iter()
            .find(|given| !script.variables.contains(&given.name))
        {
            let why = format!("Variable {} is not one of the component's.", unknown.name);
            return Err(Refusal::bad(why));
        }
        let (script, name) = (script.number, script.name.clone());
        let now = clock::now();
        state.fleet.advance(now);
        let run = state
            .fleet
            .take(Vendor::Datto, (device, script), json!(variables), now);
        let mut made = job_of(&run);
        made["name"] = wish.job_name.into();
        Ok(Json(json!({
            "job": made,
            "jobComponents": [{"uid": component.component_uid, "name": name, "variables": variables}],
        })))
    })
}

fn job_of(run: &Run) -> Value {
    json!({
        "id": run.id,
        "uid": run.uid,
        "dateCreated": run.at.to_string(),
        "name": run.name,
        "status": if run.lives() { "active" } else { "completed" },
    })
}

async fn job(
    _: Holder,
    State(world): State<World>,
    Path(job): Path<String>,
) -> Result<Json<Value>, Refusal> {
    world.with(|state| {
        state.fleet.advance(clock::now());
        let run = state.fleet.run_with(Vendor::Datto, &job);
        let run = run.ok_or_else(|| Refusal::not_found("Job"))?;
        Ok(Json(job_of(run)))
    })
}

/// The run of that job on that device.
fn run_of<'a>(state: &'a mut Everything, job: &str, device: &str) -> Result<&'a Run, Refusal> {
    state.fleet.advance(clock::now());
    let device = state.fleet.device_with(device).map(|device| device.number);
    let run = state.fleet.run_with(Vendor::Datto, job);
    run.filter(|run| Some(run.device) == device)
        .ok_or_else(|| Refusal::not_found("Job or device"))
}

async fn result(
    _: Holder,
    State(world): State<World>,
    Path((job, device)): Path<(String, String)>,
) -> Result<Json<Value>, Refusal> {
    world.with(|state| {
        let run = run_of(state, &job, &device)?.clone();
        let (status, component_status) = match run.stage {
            Stage::Queued => ("Pending", None),
            Stage::Running => ("Running", None),
            Stage::Succeeded => ("Success", Some("Success")),
            Stage::Failed => ("Failure", Some("Failure")),
        };
        let script = state.fleet.script(run.script);
        let components = component_status.map(|status| {
            json!({
                "componentUid": script.map(|script| &script.uid),
                "componentName": run.name,
                "componentStatus": status,
                "numberOfWarnings": 0,
                "hasStdOut": run.ending.as_ref().is_some_and(|ending| !ending.output.is_empty()),
                "hasStdErr": false,
            })
        });
        Ok(Json(json!({
            "jobUid": job,
            "deviceUid": device,
            "ranOn": run.begun_at.map(|at| at.to_string()),
            "jobDeploymentStatus": status,
            "componentResults": Vec::from_iter(components),
        })))
    })
}

async fn stdout(
    _: Holder,
    State(world): State<World>,
    Path((job, device)): Path<(String, String)>,
) -> Result<Json<Value>, Refusal> {
    world.with(|state| {
        let run = run_of(state, &job, &device)?.clone();
        let uid = state.fleet.script(run.script).map(|script| &script.uid);
        let output = run.ending.map(|ending| ending.output).unwrap_or_default();
        Ok(Json(
            json!([{"componentUid": uid, "componentName": run.name, "stdData": output}]),
        ))
    })
}

/// Nothing here writes to it.
async fn stderr(
    _: Holder,
    State(world): State<World>,
    Path((job, device)): Path<(String, String)>,
) -> Result<Json<Value>, Refusal> {
    world.with(|state| run_of(state, &job, &device).map(|_| Json(json!([]))))
}
