//! The routes under `/ninjaone`.

use axum::{
    Json, Router,
    body::Bytes,
    extract::{Path, State},
    http::StatusCode,
    routing::{get, post},
};
use serde::Deserialize;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{Application, Refusal, journal, token};
use crate::{
    clock,
    faults::Vendor,
    fleet::{Device, Fleet, Script, System},
    people::Person,
    world::World,
};

pub(crate) fn routes() -> Router<World> {
    let device = "/ninjaone/v2/device/{id}";
    Router::new()
        .route("/ninjaone/ws/oauth/token", post(token))
        .route("/ninjaone/v2/devices", get(devices))
        .route(device, get(one))
        .route(&format!("{device}/last-logged-on-user"), get(last_user))
        .route(&format!("{device}/script/run"), post(run))
        .route(&format!("{device}/jobs"), get(journal::jobs))
        .route(&format!("{device}/activities"), get(journal::activities))
        .route("/ninjaone/v2/automation/scripts", get(scripts))
        .route("/ninjaone/v2/users", get(users))
}

/// The device a path names, or a 404.
pub(super) fn device(fleet: &Fleet, id: u32) -> Result<&Device, Refusal> {
    fleet.device(id).ok_or_else(|| Refusal::not_found("device"))
}

/// The same for the same person each time.
fn uid(person: &Person) -> String {
    Uuid::from_u128(u128::from(person.halo_id)).to_string()
}

async fn one(
    _: Application,
    State(world): State<World>,
    Path(id): Path<u32>,
) -> Result<Json<Value>, Refusal> {
    world.with(|state| {
        let device = device(&state.fleet, id)?;
        let owner = device.owner.as_deref();
        let owner = owner.and_then(|mail| state.people.by_mail(mail)).map(uid);
        Ok(Json(shown(device, owner)))
    })
}

async fn devices(_: Application, State(world): State<World>) -> Json<Vec<Value>> {
    world.with(|state| {
        let all = state.fleet.devices.iter().map(|device| {
            let owner = device.owner.as_deref();
            let owner = owner.and_then(|mail| state.people.by_mail(mail)).map(uid);
            shown(device, owner)
        });
        Json(all.collect())
    })
}

fn shown(device: &Device, owner: Option<String>) -> Value {
    let class = match device.platform {
        System::Windows => "WINDOWS_WORKSTATION",
        System::Mac => "MAC",
    };
    let mut shown = json!({
        "id": device.number,
        "uid": device.uid,
        "organizationId": 1,
        "locationId": 1,
        "nodeClass": class,
        "approvalStatus": "APPROVED",
        "offline": !device.online,
        "displayName": device.name,
        "systemName": device.name,
    });
    if let Some(owner) = owner {
        shown["assignedOwnerUid"] = owner.into();
    }
    shown
}

async fn last_user(
    _: Application,
    State(world): State<World>,
    Path(id): Path<u32>,
) -> Result<Json<Value>, Refusal> {
    world.with(|state| {
        let device = device(&state.fleet, id)?;
        let user = device.last_user.as_deref();
        let user = user.ok_or_else(|| Refusal::not_found("user"))?;
        let at = journal::seconds(clock::now());
        Ok(Json(json!({"userName": user, "logonTime": at})))
    })
}

async fn users(_: Application, State(world): State<World>) -> Json<Vec<Value>> {
    world.with(|state| {
        let all = state.people.all().iter().map(|person| {
            json!({
                "id": person.halo_id,
                "uid": uid(person),
                "firstName": person.given_name,
                "lastName": person.surname,
                "email": person.mail,
                "enabled": person.account_enabled,
                "userType": "END_USER",
            })
        });
        Json(all.collect())
    })
}

async fn scripts(_: Application, State(world): State<World>) -> Json<Vec<Value>> {
    world.with(|state| Json(state.fleet.scripts.iter().map(script).collect()))
}

fn script(script: &Script) -> Value {
    let variables: Vec<Value> = script
        .variables
        .iter()
        .map(|name| json!({"id": name, "name": name, "type": "TEXT", "source": "LITERAL", "required": false}))
        .collect();
    json!({
        "id": script.number,
        "name": script.name,
        "description": script.description,
        "active": script.active,
        "language": "powershell",
        "architecture": ["64", "32"],
        "operatingSystems": ["Windows", "Mac"],
        "scriptParameters": [],
        "scriptVariables": variables,
        "createdBy": "admin@company.com",
        "lastUpdatedBy": "admin@company.com",
        "createdOn": 0.0,
        "updatedOn": journal::seconds(script.updated_at),
    })
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Wish {
    #[serde(rename = "type")]
    kind: String,
    id: Option<u32>,
    #[serde(default)]
    parameters: String,
    run_as: Option<String>,
}

/// Taken: 204, and no id.
async fn run(
    _: Application,
    State(world): State<World>,
    Path(id): Path<u32>,
    body: Bytes,
) -> Result<StatusCode, Refusal> {
    let wish: Wish =
        serde_json::from_slice(&body).map_err(|cause| Refusal::bad(cause.to_string()))?;
    let (Some(script), "SCRIPT") = (wish.id, wish.kind.as_str()) else {
        return Err(Refusal::bad("the sandbox runs type SCRIPT with an id only"));
    };
    let known = ["system", "loggedonuser", "SR_LOCAL_ADMINISTRATOR"];
    if !wish
        .run_as
        .is_some_and(|as_whom| known.contains(&&*as_whom))
    {
        return Err(Refusal::bad("invalid_run_as"));
    }
    world.with(|state| {
        device(&state.fleet, id)?;
        let found = state.fleet.script(script);
        if !found.is_some_and(|script| script.active) {
            return Err(Refusal::not_found("script"));
        }
        let now = clock::now();
        state.fleet.advance(now);
        let run = (id, script);
        state
            .fleet
            .take(Vendor::Ninjaone, run, wish.parameters.into(), now);
        Ok(StatusCode::NO_CONTENT)
    })
}
