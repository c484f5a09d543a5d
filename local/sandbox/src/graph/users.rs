//! `users`, with `$select`, `$expand=manager` and the simplest `$filter`.

use axum::{
    Json,
    extract::{Path, Query, State},
};
use serde_json::{Map, Value, json};

use super::{Application, Refusal, bad_request, collection, context, not_found, picked, user};
use crate::{
    clock,
    forms::Form,
    past::Seen,
    people::{Person, SANDBOX_KEYS},
    world::World,
};

/// What Graph returns without `$select`.
const DEFAULT: [&str; 11] = [
    "businessPhones",
    "displayName",
    "givenName",
    "id",
    "jobTitle",
    "mail",
    "mobilePhone",
    "officeLocation",
    "preferredLanguage",
    "surname",
    "userPrincipalName",
];
/// Properties Graph has and the sandbox's people never set.
const UNSET: [&str; 9] = [
    "officeLocation",
    "preferredLanguage",
    "companyName",
    "employeeId",
    "city",
    "country",
    "createdDateTime",
    "onPremisesImmutableId",
    "onPremisesLastSyncDateTime",
];

pub(super) async fn get(
    _: Application,
    State(world): State<World>,
    Path(key): Path<String>,
    Query(query): Query<Form>,
) -> Result<Json<Value>, Refusal> {
    world.with(|state| {
        let seen = state.seen(clock::now());
        let person = user(seen.people, &key)?;
        let mut shown = selected(person, query.get("$select").map(String::as_str), seen)?;
        shown.insert("@odata.context".into(), context("users/$entity"));
        if let Some(expand) = query.get("$expand") {
            expand_manager(seen, person, expand, &mut shown)?;
        }
        Ok(Json(Value::Object(shown)))
    })
}

/// `GET /users?$filter=mail eq 'a' or userPrincipalName eq 'b'`.
pub(super) async fn find(
    _: Application,
    State(world): State<World>,
    Query(query): Query<Form>,
) -> Result<Json<Value>, Refusal> {
    let wanted = match query.get("$filter") {
        Some(filter) => filter
            .split(" or ")
            .map(equality)
            .collect::<Result<Vec<_>, _>>()?,
        None => Vec::new(),
    };
    let select = query.get("$select").map(String::as_str);
    world.with(|state| {
        let seen = state.seen(clock::now());
        let fits = |person: &&Person| {
            wanted.is_empty()
                || wanted.iter().any(|(property, value)| {
                    let own = match *property {
                        "id" => Some(person.id.as_str()),
                        "mail" => person.mail.as_deref(),
                        _ => Some(person.user_principal_name.as_str()),
                    };
                    own.is_some_and(|own| own.eq_ignore_ascii_case(value))
                })
        };
        let found = seen.people.all().iter().filter(fits);
        let shown = found
            .map(|person| selected(person, select, seen).map(Value::Object))
            .collect::<Result<Vec<_>, _>>()?;
        Ok(collection("users", shown))
    })
}

fn equality(clause: &str) -> Result<(&str, String), Refusal> {
    let parts = clause.trim().split_once(" eq ");
    let parts = parts.and_then(|(property, value)| {
        let value = value.trim().strip_prefix('\'')?.strip_suffix('\'')?;
        let known = ["id", "mail", "userPrincipalName"].contains(&property);
        known.then(|| (property, value.replace("''", "'")))
    });
    parts.ok_or_else(|| bad_request(format!("Invalid filter clause: {clause}")))
}

pub(super) async fn manager(
    _: Application,
    State(world): State<World>,
    Path(key): Path<String>,
    Query(query): Query<Form>,
) -> Result<Json<Value>, Refusal> {
    world.with(|state| {
        let seen = state.seen(clock::now());
        let person = user(seen.people, &key)?;
        let manager = seen.people.manager_of(person).ok_or_else(|| {
            not_found("Resource 'manager' does not exist or one of its queried reference-property objects are not present.")
        })?;
        let mut shown = selected(manager, query.get("$select").map(String::as_str), seen)?;
        shown.insert("@odata.type".into(), "#microsoft.graph.user".into());
        shown.insert("@odata.context".into(), context("directoryObjects/$entity"));
        Ok(Json(Value::Object(shown)))
    })
}

pub(super) async fn roles(
    _: Application,
    State(world): State<World>,
    Path(key): Path<String>,
) -> Result<Json<Value>, Refusal> {
    world.with(|state| {
        let person = user(&state.people, &key)?;
        let roles: Vec<Value> = (1..)
            .zip(&person.directory_roles)
            .map(|(number, name): (u32, _)| {
                json!({
                    "id": format!("{}-role-{number}", person.id),
                    "displayName": name,
                    "description": name,
                    "roleTemplateId": format!("62e90394-69f5-4237-9190-{number:012}"),
                })
            })
            .collect();
        Ok(collection("directoryRoles", roles))
    })
}

/// A person's properties: those asked for, or Graph's default set.
pub(super) fn selected(
    person: &Person,
    select: Option<&str>,
    seen: Seen<'_>,
) -> Result<Map<String, Value>, Refusal> {
    let Ok(Value::Object(mut all)) = serde_json::to_value(person) else {
        return Err(bad_request("This user cannot be written as JSON."));
    };
    all.retain(|key, _| !SANDBOX_KEYS.contains(&key.as_str()));
    all.extend(UNSET.map(|key| (key.to_owned(), Value::Null)));
    let states = person.assignment_states(seen.skus, seen.groups);
    all.insert("licenseAssignmentStates".into(), states);
    picked(&all, select, &DEFAULT, "user")
}

/// `manager`, `manager($select=…)` or `manager($levels=1;$select=…)`; nobody to show leaves the key out.
fn expand_manager(
    seen: Seen<'_>,
    person: &Person,
    expand: &str,
    shown: &mut Map<String, Value>,
) -> Result<(), Refusal> {
    let (what, options) = match expand.split_once('(') {
        Some((what, rest)) => (what, rest.strip_suffix(')').unwrap_or_default()),
        None => (expand, ""),
    };
    if what != "manager" {
        return Err(bad_request(format!(
            "Could not expand '{what}' on type 'microsoft.graph.user'."
        )));
    }
    let select = options
        .split(';')
        .find_map(|option| option.trim().strip_prefix("$select="));
    if let Some(manager) = seen.people.manager_of(person) {
        let mut manager = selected(manager, select, seen)?;
        manager.insert("@odata.type".into(), "#microsoft.graph.user".into());
        shown.insert("manager".into(), Value::Object(manager));
    }
    Ok(())
}
