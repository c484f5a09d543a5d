//! A user's sign-in methods.

use axum::{
    Json,
    extract::{Path, State},
    http::StatusCode,
};
use serde_json::{Value, json};

use super::{Application, Refusal, collection, denied, gone, user};
use crate::{
    clock,
    people::{Habit, Method, Person},
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
        let person = user(state.seen(clock::now()).people, &key)?;
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
        methods.extend(person.methods.iter().map(|method| {
            json!({"@odata.type": format!("#microsoft.graph.{}AuthenticationMethod", word(*method)), "id": other(person, *method)})
        }));
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
        let person = user(state.seen(clock::now()).people, &key)?;
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
        // A key and an address are no method of multifactor authentication that could be the default one.
        if phone(person).is_some() || person.methods.contains(&Method::SoftwareOath) {
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

pub(super) async fn remove_software_oath(
    application: Application,
    State(world): State<World>,
    Path(path): Path<(String, String)>,
) -> Result<StatusCode, Refusal> {
    remove_other(&application, &world, &path, Method::SoftwareOath)
}

pub(super) async fn remove_fido2(
    application: Application,
    State(world): State<World>,
    Path(path): Path<(String, String)>,
) -> Result<StatusCode, Refusal> {
    remove_other(&application, &world, &path, Method::Fido2)
}

pub(super) async fn remove_email(
    application: Application,
    State(world): State<World>,
    Path(path): Path<(String, String)>,
) -> Result<StatusCode, Refusal> {
    remove_other(&application, &world, &path, Method::Email)
}

fn remove_other(
    application: &Application,
    world: &World,
    (key, id): &(String, String),
    method: Method,
) -> Result<StatusCode, Refusal> {
    application.write(world, |state| {
        let person = user(&state.people, key)?;
        if !person.methods.contains(&method) || *id != other(person, method) {
            return Err(gone());
        }
        changed(state, key, |person| {
            person.methods.retain(|one| *one != method);
        })
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

/// Graph's own id of such a method.
fn other(person: &Person, method: Method) -> String {
    format!("{}-{}", person.id, word(method))
}

fn word(method: Method) -> &'static str {
    match method {
        Method::SoftwareOath => "softwareOath",
        Method::Fido2 => "fido2",
        Method::Email => "email",
        Method::WindowsHelloForBusiness => "windowsHelloForBusiness",
    }
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
