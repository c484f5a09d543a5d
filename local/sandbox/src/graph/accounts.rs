//! What an application does to a user: `PATCH`, `revokeSignInSessions`, `DELETE`; and `identityProtection/riskyUsers`.

use axum::{
    Json,
    body::Bytes,
    extract::{Path, State},
    http::{HeaderMap, StatusCode, header},
};
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Application, Refusal, context, denied, not_present, refused, user};
use crate::{
    clock,
    graph::audits::By,
    people::Person,
    world::{self, World},
};

pub(super) const MASTERED: &str = "Unable to update the specified properties for on-premises mastered Directory Sync objects or \
                                   objects currently undergoing migration.";
const WEAK: &str = "The specified password does not comply with password complexity requirements. Please provide a different \
                    password.";
/// The name our application has in the tenant.
const OURSELVES: &str = "Deskhand";

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Change {
    account_enabled: Option<bool>,
    password_profile: Option<PasswordProfile>,
    usage_location: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct PasswordProfile {
    password: String,
    #[serde(default)]
    force_change_password_next_sign_in: Option<bool>,
    #[serde(default)]
    force_change_password_next_sign_in_with_mfa: Option<bool>,
}

/// `PATCH /users/{id}`. The password itself is not kept.
pub(super) async fn change(
    application: Application,
    State(world): State<World>,
    Path(key): Path<String>,
    body: Bytes,
) -> Result<StatusCode, Refusal> {
    let change: Change = serde_json::from_slice(&body)
        .map_err(|_| refused("Invalid property or value in the request payload."))?;
    let now = second(clock::now());
    application.write(&world, |state| {
        let id = target(state, &key)?.id.clone();
        let Some(person) = state.people.by_key_mut(&id) else {
            return Err(not_present(&key));
        };
        let mut done = Vec::new();
        if let Some(profile) = change.password_profile {
            if person.on_premises_sync_enabled == Some(true) {
                return Err(refused(MASTERED));
            }
            if !strong(&profile.password) {
                return Err(refused(WEAK));
            }
            person.force_change_password = profile.force_change_password_next_sign_in == Some(true)
                || profile.force_change_password_next_sign_in_with_mfa == Some(true);
            person.last_password_change_date_time = Some(now);
            done.push("Reset user password");
        }
        if let Some(enabled) = change.account_enabled {
            if person.account_enabled != enabled {
                done.push(if enabled {
                    "Enable account"
                } else {
                    "Disable account"
                });
            }
            person.account_enabled = enabled;
        }
        if let Some(country) = change.usage_location {
            person.usage_location = Some(country);
        }
        for activity in done {
            state.audits.add(activity, &id, &By::application(OURSELVES));
        }
        Ok(StatusCode::NO_CONTENT)
    })
}

/// `POST /users/{id}/revokeSignInSessions`. A guest's sessions belong to the home tenant: nothing happens, and it says `true`.
pub(super) async fn revoke(
    application: Application,
    State(world): State<World>,
    Path(key): Path<String>,
    headers: HeaderMap,
) -> Result<Json<Value>, Refusal> {
    if !headers.contains_key(header::CONTENT_LENGTH) {
        return Err(Refusal(
            StatusCode::LENGTH_REQUIRED,
            "LengthRequired",
            "The request must be chunked or have a content length.".into(),
        ));
    }
    let now = second(clock::now());
    application.write(&world, |state| {
        let person = state
            .people
            .by_key_mut(&key)
            .ok_or_else(|| not_present(&key))?;
        if person.user_type != "Guest" {
            person.sign_in_sessions_valid_from_date_time = Some(now);
        }
        Ok(Json(
            json!({"@odata.context": context("Edm.Boolean"), "value": true}),
        ))
    })
}

/// `DELETE /users/{id}`.
pub(super) async fn remove(
    application: Application,
    State(world): State<World>,
    Path(key): Path<String>,
) -> Result<StatusCode, Refusal> {
    application.write(&world, |state| delete(state, &key))
}

pub(super) fn delete(state: &mut world::State, key: &str) -> Result<StatusCode, Refusal> {
    let id = target(state, key)?.id.clone();
    state.people.remove(&id);
    state.groups.forget(&id);
    state
        .audits
        .add("Delete user", &id, &By::application(OURSELVES));
    Ok(StatusCode::NO_CONTENT)
}

/// `GET /identityProtection/riskyUsers/{id}`: who was never at risk is not there.
pub(super) async fn risk(
    _: Application,
    State(world): State<World>,
    Path(id): Path<String>,
) -> Result<Json<Value>, Refusal> {
    world.with(|state| {
        if !state.settings.risk_detection {
            return Err(Refusal(
                StatusCode::FORBIDDEN,
                "Forbidden",
                "Your tenant is not licensed for this feature.".into(),
            ));
        }
        let seen = state.seen(clock::now());
        let person = seen.people.by_key(&id).filter(|person| person.id == id);
        let risky = person.and_then(|person| Some((person, person.risk_state.as_deref()?)));
        let (person, risk) = risky.ok_or_else(|| not_present(&id))?;
        let stands = matches!(risk, "atRisk" | "confirmedCompromised");
        Ok(Json(json!({
            "@odata.context": context("identityProtection/riskyUsers/$entity"),
            "id": person.id,
            "isDeleted": false,
            "isProcessing": false,
            "riskLevel": if stands { "high" } else { "none" },
            "riskState": risk,
            "riskDetail": "none",
            "userDisplayName": person.display_name,
            "userPrincipalName": person.user_principal_name,
        })))
    })
}

/// A user whom an application without a role of its own may touch.
fn target<'a>(state: &'a world::State, key: &str) -> Result<&'a Person, Refusal> {
    let person = user(&state.people, key)?;
    if person.directory_roles.is_empty() {
        Ok(person)
    } else {
        Err(denied())
    }
}

/// Eight characters and more, of three of the four kinds.
fn strong(password: &str) -> bool {
    let kinds: [fn(char) -> bool; 4] = [
        |c| c.is_lowercase(),
        |c| c.is_uppercase(),
        |c| c.is_ascii_digit(),
        |c| !c.is_alphanumeric(),
    ];
    let found = kinds.iter().filter(|kind| password.chars().any(**kind));
    password.chars().count() >= 8 && found.count() >= 3
}

/// Graph keeps these times to the second.
fn second(at: Timestamp) -> Timestamp {
    Timestamp::from_second(at.as_second()).unwrap_or(at)
}
