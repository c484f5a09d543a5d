//! A user's sign-in methods.

use axum::{
    Json,
    extract::{Path, State},
    http::StatusCode,
};
use serde_json::{Value, json};

use super::{Application, Refusal, collection, denied, gone, user};
use crate::{
    people::{Habit, Person},
    world::{self, World},
};

/// Graph's own id of everybody's mobile number.
const MOBILE: &str = "3179e48a-750b-4051-897c-87b9720928f7";

pub(super) async fn all(
    _: Application,
    State(world): State<World>,
    Path(key): Path<String>,
) -> Result<Json<Value>, Refusal> {
    world.with(|state| {
        let person = user(&state.people, &key)?;
        let mut methods = vec![json!({
            "@odata.type": "#microsoft.graph.passwordAuthenticationMethod",
            "id": "28c10230-6103-485e-b985-444c60001490",
            "password": null,
        })];
        methods.extend(phone(person));
        if person.mfa != Habit::None {
            methods.push(json!({
                "@odata.type": "#microsoft.graph.microsoftAuthenticatorAuthenticationMethod",
                "id": authenticator(person),
                "displayName": format!("{}'s phone", person.name()),
                "deviceTag": "SoftwareTokenActivated",
                "phoneAppVersion": "6.2606.3",
            }));
        }
        if state.passes.current(&person.id).is_some() {
            methods.push(json!({
                "@odata.type": "#microsoft.graph.temporaryAccessPassAuthenticationMethod",
                "id": format!("{}-pass", person.id),
                "temporaryAccessPass": null,
            }));
        }
        Ok(collection("users/authentication/methods", methods))
    })
}

pub(super) async fn phones(
    _: Application,
    State(world): State<World>,
    Path(key): Path<String>,
) -> Result<Json<Value>, Refusal> {
    world.with(|state| {
        let person = user(&state.people, &key)?;
        let phones: Vec<Value> = phone(person).into_iter().collect();
        Ok(collection("users/authentication/phoneMethods", phones))
    })
}

pub(super) async fn remove_authenticator(
    application: Application,
    State(world): State<World>,
    Path((key, id)): Path<(String, String)>,
) -> Result<StatusCode, Refusal> {
    application.write(&world, |state| {
        let person = user(&state.people, &key)?;
        if person.mfa == Habit::None || id != authenticator(person) {
            return Err(gone());
        }
        if phone(person).is_some() {
            return Err(Refusal(
                StatusCode::BAD_REQUEST,
                "badRequest",
                "Cannot delete default method with other methods configured. Please change default method before deletion."
                    .into(),
            ));
        }
        changed(state, &key, |person| person.mfa = Habit::None)
    })
}

pub(super) async fn remove_phone(
    application: Application,
    State(world): State<World>,
    Path((key, id)): Path<(String, String)>,
) -> Result<StatusCode, Refusal> {
    application.write(&world, |state| {
        if phone(user(&state.people, &key)?).is_none() || id != MOBILE {
            return Err(gone());
        }
        changed(state, &key, |person| person.phone_method = false)
    })
}

fn changed(
    state: &mut world::State,
    key: &str,
    change: impl FnOnce(&mut Person),
) -> Result<StatusCode, Refusal> {
    let person = state.people.by_key_mut(key).ok_or_else(gone)?;
    if !person.directory_roles.is_empty() {
        return Err(denied());
    }
    change(person);
    Ok(StatusCode::NO_CONTENT)
}

/// The default method of whoever has one.
fn authenticator(person: &Person) -> String {
    format!("{}-authenticator", person.id)
}

fn phone(person: &Person) -> Option<Value> {
    let number = person
        .mobile_phone
        .as_deref()
        .filter(|_| person.phone_method)?;
    Some(json!({
        "@odata.type": "#microsoft.graph.phoneAuthenticationMethod",
        "id": MOBILE,
        "phoneNumber": number,
        "phoneType": "mobile",
        "smsSignInState": "notAllowedByPolicy",
    }))
}
