//! `GET /auditLogs/directoryAudits`: what was done to whom and by whom, newest first.

use axum::{
    Json,
    extract::{Query, State},
};
use jiff::Timestamp;
use serde_json::{Value, json};

use super::{Application, collection};
use crate::{clock, forms::Form, people::Person, world::World};

/// Who did something.
#[derive(Clone)]
pub(crate) enum By {
    Person(String),
    Application(String),
}

impl By {
    pub(super) fn application(name: &str) -> Self {
        Self::Application(name.into())
    }

    /// A name with an `@` is a person's.
    pub(crate) fn named(name: &str) -> Self {
        if name.contains('@') {
            Self::Person(name.into())
        } else {
            Self::Application(name.into())
        }
    }

    /// Graph writes both keys, and null into the one that it is not.
    fn shown(&self) -> Value {
        match self {
            Self::Person(name) => json!({
                "app": null,
                "user": {"id": null, "displayName": null, "userPrincipalName": name, "ipAddress": "203.0.113.7"},
            }),
            Self::Application(name) => json!({
                "app": {"appId": null, "displayName": name, "servicePrincipalId": null, "servicePrincipalName": null},
                "user": null,
            }),
        }
    }
}

#[derive(Clone)]
struct Entry {
    at: Timestamp,
    activity: String,
    target: String,
    by: By,
}

#[derive(Clone, Default)]
pub(crate) struct Audits(Vec<Entry>);

impl Audits {
    pub(crate) fn add(&mut self, activity: &str, target: &str, by: &By) {
        self.0.push(Entry {
            at: clock::now(),
            activity: activity.into(),
            target: target.into(),
            by: by.clone(),
        });
    }
}

/// Of `$filter` three clauses count: `activityDisplayName eq '…'`, a quoted id or principal name of a target, and
/// `activityDateTime ge …`; the rest is tolerated.
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
    let activity = filter
        .split_once("activityDisplayName eq '")
        .and_then(|(_, rest)| rest.split('\'').next());
    let most = query
        .get("$top")
        .and_then(|top| top.parse::<usize>().ok())
        .unwrap_or(1000);
    let about_one = filter.contains("targetResources");
    let mut entries: Vec<(Timestamp, Value)> = world.with(|state| {
        let named = |id: &str, upn: Option<&str>| {
            let named = |name: &str| filter.contains(&format!("'{name}'"));
            !about_one || named(id) || upn.is_some_and(named)
        };
        let phones = state.people.all().iter().filter_map(|person| {
            let at = person.phone_changed_at?;
            let fits = activity.is_none_or(|activity| activity == "Update user")
                && named(&person.id, Some(&person.user_principal_name));
            fits.then(|| (at, phone_entry(person, at)))
        });
        let others = state.audits.0.iter().filter_map(|entry| {
            let person = state.people.by_key(&entry.target);
            let upn = person.map(|person| person.user_principal_name.as_str());
            let fits = activity.is_none_or(|activity| activity == entry.activity)
                && named(&entry.target, upn);
            fits.then(|| (entry.at, entry.shown(upn)))
        });
        phones
            .chain(others)
            .filter(|(at, _)| *at >= since)
            .collect()
    });
    // Of two at one time the later entry is the newer.
    entries.reverse();
    entries.sort_by_key(|(at, _)| std::cmp::Reverse(*at));
    let entries: Vec<Value> = entries
        .into_iter()
        .take(most)
        .map(|(_, entry)| entry)
        .collect();
    collection("auditLogs/directoryAudits", entries)
}

impl Entry {
    fn shown(&self, upn: Option<&str>) -> Value {
        let Self {
            at,
            activity,
            target,
            by,
        } = self;
        let mut shown = frame(target, upn, *at, activity);
        shown["initiatedBy"] = by.shown();
        shown
    }
}

fn phone_entry(person: &Person, at: Timestamp) -> Value {
    let numbers = |number: &Option<String>| json!(number.iter().collect::<Vec<_>>()).to_string();
    let mut shown = frame(
        &person.id,
        Some(&person.user_principal_name),
        at,
        "Update user",
    );
    shown["targetResources"][0]["modifiedProperties"] = json!([{
        "displayName": "MobilePhone",
        "oldValue": numbers(&person.phone_before),
        "newValue": numbers(&person.mobile_phone),
    }]);
    shown
}

fn frame(target: &str, upn: Option<&str>, at: Timestamp, activity: &str) -> Value {
    json!({
        "id": format!("Directory_{target}_{}", at.as_millisecond()),
        "category": "UserManagement",
        "correlationId": target,
        "result": "success",
        "activityDisplayName": activity,
        "activityDateTime": clock::dotnet(at),
        "loggedByService": "Core Directory",
        "operationType": "Update",
        "initiatedBy": {"app": null, "user": null},
        "targetResources": [{
            "id": target,
            "type": "User",
            "userPrincipalName": upn,
            "modifiedProperties": [],
        }],
    })
}
