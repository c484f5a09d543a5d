//! Temporary Access Passes: one stands per user, and only the answer that made it shows it.

use std::collections::BTreeMap;

use axum::{
    Json,
    body::Bytes,
    extract::{Path, State},
    http::StatusCode,
};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use uuid::Uuid;

use super::{Application, Refusal, bad_request, collection, denied, gone, user};
use crate::{clock, world::World};

/// Minutes the tenant's policy allows.
const LIFETIME: std::ops::RangeInclusive<i64> = 10..=480;
const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789#!";
const LENGTH: usize = 12;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Wish {
    lifetime_in_minutes: Option<i64>,
    is_usable_once: Option<bool>,
    start_date_time: Option<Timestamp>,
    #[serde(rename = "@odata.type")]
    _type: Option<String>,
}

/// A pass that was made; its text is not kept.
#[derive(Clone, Serialize)]
pub(crate) struct Pass {
    id: String,
    user: String,
    user_id: String,
    /// The first letter, then stars.
    #[serde(rename = "pass")]
    masked: String,
    created_at: Timestamp,
    start_at: Timestamp,
    lifetime_minutes: i64,
    usable_once: bool,
    /// False once a later pass took its place or it was deleted.
    current: bool,
}

impl Pass {
    fn shown(&self, pass: Option<&str>) -> Value {
        let ends = self
            .start_at
            .checked_add(SignedDuration::from_mins(self.lifetime_minutes));
        let usable = ends.is_ok_and(|ends| (self.start_at..ends).contains(&clock::now()));
        json!({
            "id": self.id,
            "temporaryAccessPass": pass,
            "createdDateTime": clock::dotnet(self.created_at),
            "startDateTime": clock::dotnet(self.start_at),
            "lifetimeInMinutes": self.lifetime_minutes,
            "isUsableOnce": self.usable_once,
            "isUsable": usable,
            "methodUsabilityReason": if usable { "EnabledByPolicy" } else { "Expired" },
        })
    }
}

#[derive(Clone, Default)]
pub(crate) struct Passes(BTreeMap<String, Vec<Pass>>);

impl Passes {
    /// Every pass made, or those made for the user with this id.
    pub(crate) fn made(&self, user_id: Option<&str>) -> Vec<Pass> {
        let fits = |pass: &&Pass| user_id.is_none_or(|id| id == pass.user_id);
        self.0.values().flatten().filter(fits).cloned().collect()
    }

    pub(super) fn current(&self, user_id: &str) -> Option<&Pass> {
        self.0.get(user_id)?.last().filter(|pass| pass.current)
    }

    fn add(&mut self, pass: Pass) {
        let own = self.0.entry(pass.user_id.clone()).or_default();
        for former in own.iter_mut() {
            former.current = false;
        }
        own.push(pass);
    }

    /// Whether there was such a pass to take away.
    fn remove(&mut self, user_id: &str, id: &str) -> bool {
        let own = self.0.get_mut(user_id);
        let found = own.and_then(|own| own.iter_mut().find(|pass| pass.current && pass.id == id));
        found.is_some_and(|pass| {
            pass.current = false;
            true
        })
    }
}

pub(super) async fn create(
    application: Application,
    State(world): State<World>,
    Path(key): Path<String>,
    body: Bytes,
) -> Result<(StatusCode, Json<Value>), Refusal> {
    let wish: Wish = serde_json::from_slice(&body)
        .map_err(|cause| bad_request(format!("Unable to read JSON request payload: {cause}")))?;
    let minutes = wish.lifetime_in_minutes.unwrap_or(60);
    let text = random_pass().map_err(|cause| {
        Refusal(
            StatusCode::INTERNAL_SERVER_ERROR,
            "InternalServerError",
            cause.to_string(),
        )
    })?;
    application.write(&world, |state| {
        let person = user(&state.people, &key)?;
        if !person.directory_roles.is_empty() {
            return Err(denied());
        }
        if person.user_type == "Guest" {
            return Err(refused(
                "Temporary Access Pass cannot be added to an external guest user.",
            ));
        }
        if !LIFETIME.contains(&minutes) {
            let (least, most) = (LIFETIME.start(), LIFETIME.end());
            return Err(refused(&format!(
                "Invalid LifetimeInMinutes specified. The valid range between {least} and {most}."
            )));
        }
        let now = clock::now();
        let pass = Pass {
            id: Uuid::new_v4().to_string(),
            user: person.user_principal_name.clone(),
            user_id: person.id.clone(),
            masked: text
                .chars()
                .take(1)
                .chain("*".repeat(LENGTH - 1).chars())
                .collect(),
            created_at: now,
            start_at: wish.start_date_time.unwrap_or(now),
            lifetime_minutes: minutes,
            usable_once: wish.is_usable_once.unwrap_or(false),
            current: true,
        };
        let shown = pass.shown(Some(&text));
        state.passes.add(pass);
        Ok((StatusCode::CREATED, Json(shown)))
    })
}

/// `DELETE …/temporaryAccessPassMethods/{id}`.
pub(super) async fn remove(
    application: Application,
    State(world): State<World>,
    Path((key, id)): Path<(String, String)>,
) -> Result<StatusCode, Refusal> {
    application.write(&world, |state| {
        let user_id = &user(&state.people, &key)?.id;
        if state.passes.remove(user_id, &id) {
            return Ok(StatusCode::NO_CONTENT);
        }
        Err(gone())
    })
}

pub(super) async fn list(
    _: Application,
    State(world): State<World>,
    Path(key): Path<String>,
) -> Result<Json<Value>, Refusal> {
    world.with(|state| {
        let person = user(&state.people, &key)?;
        let current = state.passes.current(&person.id);
        let value: Vec<Value> = current.iter().map(|pass| pass.shown(None)).collect();
        Ok(collection(
            "users/authentication/temporaryAccessPassMethods",
            value,
        ))
    })
}

/// This one code begins with a small letter.
fn refused(message: &str) -> Refusal {
    Refusal(StatusCode::BAD_REQUEST, "badRequest", message.into())
}

/// Twelve random characters, one of them, at a random place, `+`, `/` or `&`.
fn random_pass() -> Result<String, getrandom::Error> {
    let mut dice = [0_u8; LENGTH + 2];
    getrandom::fill(&mut dice)?;
    let [letters @ .., place, mark] = dice;
    let mut pass: Vec<char> = letters
        .iter()
        .filter_map(|die| LETTERS.get(usize::from(die % 64)).copied().map(char::from))
        .collect();
    if let Some(spot) = pass.get_mut(usize::from(place) % LENGTH) {
        *spot = match mark % 3 {
            0 => '+',
            1 => '/',
            _ => '&',
        };
    }
    Ok(pass.into_iter().collect())
}
