//! The routes under `/_sandbox`.

use axum::{
    Json, Router,
    extract::{Path, Query, State},
    http::StatusCode,
    routing::{get, post, put},
};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Body, Refusal, bedrock, config, graph, groups, halo, oidc, people, rmm};
use crate::{
    calls::Call,
    clock,
    entra_mfa::prompts::{Act, Prompt},
    faults::{Fault, Vendor},
    forms::Form,
    halopsa::webhook::Delivery,
    world::World,
};

pub(crate) fn routes() -> Router<World> {
    Router::new()
        .route("/_sandbox/calls", get(calls))
        .route("/_sandbox/webhooks", get(webhooks))
        .route("/_sandbox/sms", get(sms))
        .route("/_sandbox/passes", get(passes))
        .route("/_sandbox/mfa", get(prompts))
        .route("/_sandbox/mfa/{id}/{act}", post(act))
        .route(
            "/_sandbox/faults",
            get(faults).post(add_fault).delete(clear_faults),
        )
        .route("/_sandbox/config", get(config::get).post(config::set))
        .route("/_sandbox/users", get(people::list))
        .route("/_sandbox/users/{email}", put(people::put).get(people::get))
        .route("/_sandbox/groups", get(groups::list))
        .route("/_sandbox/groups/{id}", put(groups::put).get(groups::get))
        .route(
            "/_sandbox/groups/{id}/members/{key}",
            put(groups::add).delete(groups::remove),
        )
        .route("/_sandbox/licences", get(groups::licences))
        .route("/_sandbox/licences/{id}", put(groups::put_licence))
        .route("/_sandbox/graph", get(graph::get).post(graph::set))
        .route("/_sandbox/halo/tickets", get(halo::list).post(halo::create))
        .route(
            "/_sandbox/halo/tickets/{id}",
            get(halo::get).post(halo::change),
        )
        .route("/_sandbox/halo/tickets/{id}/fire", post(halo::fire))
        .route("/_sandbox/bedrock", post(bedrock::order))
        .route("/_sandbox/oidc", post(oidc::change))
        .route("/_sandbox/rmm", get(rmm::get_pace).post(rmm::set_pace))
        .route("/_sandbox/rmm/devices", get(rmm::devices))
        .route(
            "/_sandbox/rmm/devices/{number}",
            post(rmm::change_device).put(rmm::put_device),
        )
        .route("/_sandbox/rmm/scripts", get(rmm::scripts))
        .route(
            "/_sandbox/rmm/scripts/{number}",
            post(rmm::change_script).put(rmm::put_script),
        )
        .route("/_sandbox/rmm/runs", get(rmm::runs))
        .route("/_sandbox/rmm/runs/{id}", post(rmm::put_run))
        .route("/_sandbox/reset", post(reset))
}

#[derive(Deserialize)]
struct Which {
    vendor: Option<Vendor>,
    method: Option<String>,
    /// Part of the path.
    path: Option<String>,
}

async fn calls(State(world): State<World>, Query(which): Query<Which>) -> Json<Vec<Call>> {
    let Which {
        vendor,
        method,
        path,
    } = which;
    let fits = |call: &&Call| {
        vendor.is_none_or(|vendor| vendor == call.vendor)
            && method
                .as_deref()
                .is_none_or(|method| call.method.eq_ignore_ascii_case(method))
            && path.as_deref().is_none_or(|path| call.path.contains(path))
    };
    world.with(|state| Json(state.calls.all().filter(fits).cloned().collect()))
}

async fn webhooks(State(world): State<World>) -> Json<Vec<Delivery>> {
    world.with(|state| Json(state.deliveries.all().to_vec()))
}

/// What phones received, oldest first.
async fn sms(State(world): State<World>) -> Json<Vec<Value>> {
    world.with(|state| {
        let messages = state.messages.all().iter();
        let shown = messages.map(|message| {
            let owner = state.people.by_phone(&message.to);
            message.received(owner.map(|person| person.user_principal_name.as_str()))
        });
        Json(shown.collect())
    })
}

/// How many passes were made, for everybody or for `user` (an id or an address).
async fn passes(
    State(world): State<World>,
    Query(query): Query<Form>,
) -> Result<Json<Value>, Refusal> {
    world.with(|state| {
        let user = match query.get("user") {
            None => None,
            Some(key) => {
                let found = state
                    .people
                    .by_key(key)
                    .or_else(|| state.people.by_mail(key));
                let person = found.ok_or_else(|| {
                    Refusal(
                        StatusCode::NOT_FOUND,
                        format!("no user {key}; GET /_sandbox/users lists them"),
                    )
                })?;
                Some(person.id.as_str())
            }
        };
        let made = state.passes.made(user);
        Ok(Json(
            json!({"user": query.get("user"), "count": made.len(), "passes": made}),
        ))
    })
}

async fn prompts(State(world): State<World>) -> Json<Vec<Prompt>> {
    world.with(|state| Json(state.prompts.all().to_vec()))
}

async fn act(
    State(world): State<World>,
    Path((id, act)): Path<(String, String)>,
) -> Result<Json<Prompt>, Refusal> {
    let act = Act::named(&act).ok_or_else(|| {
        let why = format!("{act} is none of approve, deny, ignore, challenge");
        Refusal(StatusCode::NOT_FOUND, why)
    })?;
    let acted = world.with(|state| state.prompts.act(&id, act, clock::now()));
    acted.map(Json).map_err(|status| match status {
        None => Refusal(
            StatusCode::NOT_FOUND,
            format!("no prompt {id}; GET /_sandbox/mfa lists them"),
        ),
        Some(status) => {
            let why = format!("prompt {id} is {} already", json!(status));
            Refusal(StatusCode::CONFLICT, why)
        }
    })
}

async fn faults(State(world): State<World>) -> Json<Vec<Fault>> {
    world.with(|state| Json(state.faults.left().to_vec()))
}

async fn add_fault(
    State(world): State<World>,
    Body(fault): Body<Fault>,
) -> Result<(StatusCode, Json<Fault>), Refusal> {
    if let Some(flaw) = fault.flaw() {
        return Err(Refusal(StatusCode::UNPROCESSABLE_ENTITY, flaw.into()));
    }
    world.with(|state| state.faults.add(fault.clone()));
    Ok((StatusCode::CREATED, Json(fault)))
}

async fn clear_faults(State(world): State<World>) -> StatusCode {
    world.with(|state| state.faults.clear());
    StatusCode::NO_CONTENT
}

async fn reset(State(world): State<World>) -> Json<Value> {
    world.with(|state| {
        state.reset();
        Json(json!({"generation": state.generation}))
    })
}
