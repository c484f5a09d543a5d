//! `GET /auditLogs/directoryAudits`: when whose phone changed.

use axum::{
    Json,
    extract::{Query, State},
};
use jiff::Timestamp;
use serde_json::{Value, json};

use super::{Application, collection};
use crate::{clock, forms::Form, people::Person, world::World};

/// Of `$filter` two clauses count: a quoted id or principal name of a target, and `activityDateTime ge …`; the rest is tolerated.
pub(super) async fn list(
    _: Application,
    State(world): State<World>,
    Query(query): Query<Form>,
) -> Json<Value> {
    let filter = query.get("$filter").map(String::as_str).unwrap_or_default();
    let since = filter
        .split_once("activityDateTime ge ")
        .and_then(|(_, rest)| rest.split([' ', ')']).next())
        .and_then(|at| at.parse::<Timestamp>().ok())
        .unwrap_or(Timestamp::MIN);
    let about_one = filter.contains("targetResources");
    let entries: Vec<Value> = world.with(|state| {
        let named = |person: &Person| {
            [&person.id, &person.user_principal_name]
                .into_iter()
                .any(|name| filter.contains(&format!("'{name}'")))
        };
        state
            .people
            .all()
            .iter()
            .filter(|person| !about_one || named(person))
            .filter_map(|person| person.phone_changed_at.map(|at| (person, at)))
            .filter(|(_, at)| *at >= since)
            .map(|(person, at)| entry(person, at))
            .collect()
    });
    collection("auditLogs/directoryAudits", entries)
}

fn entry(person: &Person, at: Timestamp) -> Value {
    let numbers = |number: &Option<String>| json!(number.iter().collect::<Vec<_>>()).to_string();
    json!({
        "id": format!("Directory_{}_{}", person.id, at.as_millisecond()),
        "category": "UserManagement",
        "correlationId": person.id,
        "result": "success",
        "activityDisplayName": "Update user",
        "activityDateTime": clock::dotnet(at),
        "loggedByService": "Core Directory",
        "operationType": "Update",
        "targetResources": [{
            "id": person.id,
            "type": "User",
            "userPrincipalName": person.user_principal_name,
            "modifiedProperties": [{
                "displayName": "MobilePhone",
                "oldValue": numbers(&person.phone_before),
                "newValue": numbers(&person.mobile_phone),
            }],
        }],
    })
}
