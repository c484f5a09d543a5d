//! A user's sign-in methods.

use axum::{
    Json,
    extract::{Path, State},
};
use serde_json::{Value, json};

use super::{Application, Refusal, collection, user};
use crate::{
    people::{Habit, Person},
    world::World,
};

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
                "id": format!("{}-authenticator", person.id),
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

fn phone(person: &Person) -> Option<Value> {
    let number = person.mobile_phone.as_deref()?;
    Some(json!({
        "@odata.type": "#microsoft.graph.phoneAuthenticationMethod",
        "id": "3179e48a-750b-4051-897c-87b9720928f7",
        "phoneNumber": number,
        "phoneType": "mobile",
        "smsSignInState": "notAllowedByPolicy",
    }))
}
