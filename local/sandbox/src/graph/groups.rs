//! `groups`: their properties, owners and direct members, and `$ref`, without which a DELETE means the user.

use axum::{
    Json,
    body::Bytes,
    extract::{Path, Query, State},
    http::{HeaderMap, StatusCode},
};
use serde_json::{Map, Value, json};

use super::{Application, Refusal, accounts, bad_request, context, not_present, refused};
use crate::{
    clock,
    forms::{self, Form},
    groups::{Group, Groups, SANDBOX_KEYS},
    past::Seen,
    world::World,
};

/// What Graph returns without `$select`, of what the sandbox has.
const DEFAULT: [&str; 8] = [
    "id",
    "displayName",
    "description",
    "groupTypes",
    "securityEnabled",
    "mailEnabled",
    "mail",
    "onPremisesSyncEnabled",
];
const PAGE: usize = 100;
const LARGEST_PAGE: usize = 999;

pub(super) async fn get(
    _: Application,
    State(world): State<World>,
    Path(id): Path<String>,
    Query(query): Query<Form>,
) -> Result<Json<Value>, Refusal> {
    world.with(|state| {
        let seen = state.seen(clock::now());
        let mut shown = selected(group(seen.groups, &id)?, query.get("$select"))?;
        shown.insert("@odata.context".into(), context("groups/$entity"));
        Ok(Json(Value::Object(shown)))
    })
}

pub(super) async fn owners(
    _: Application,
    State(world): State<World>,
    Path(id): Path<String>,
    Query(query): Query<Form>,
) -> Result<Json<Value>, Refusal> {
    world.with(|state| {
        let seen = state.seen(clock::now());
        let owners = &group(seen.groups, &id)?.owners;
        let value = objects(owners.iter(), seen, query.get("$select"))?;
        Ok(super::collection("directoryObjects", value))
    })
}

/// In pages, and by `$filter=id eq '…'` where the caller says that an index may be behind.
pub(super) async fn members(
    _: Application,
    State(world): State<World>,
    Path(id): Path<String>,
    Query(query): Query<Form>,
    headers: HeaderMap,
) -> Result<Json<Value>, Refusal> {
    let eventual = is_eventual(&headers);
    let wanted = match query.get("$filter") {
        None => None,
        Some(filter) => Some(wanted(filter, eventual && query.contains_key("$count"))?),
    };
    let number = |key: &str| query.get(key).and_then(|text| text.parse::<usize>().ok());
    let size = number("$top").unwrap_or(PAGE).clamp(1, LARGEST_PAGE);
    let skip = number("$skiptoken").unwrap_or(0);
    world.with(|state| {
        let seen = state.seen(clock::now());
        let members = group(seen.groups, &id)?.members.iter();
        let fits: Vec<&String> = members
            .filter(|member| wanted.as_ref().is_none_or(|id| id == *member))
            .collect();
        let page = fits.iter().skip(skip).take(size).copied();
        let value = objects(page, seen, query.get("$select"))?;
        let Json(mut page) = super::collection("directoryObjects", value);
        if eventual && query.contains_key("$count") {
            page["@odata.count"] = fits.len().into();
        }
        if fits.len() > skip + size {
            let mut link = format!(
                "{}/graph/v1.0/groups/{id}/members?$top={size}&$skiptoken={}",
                forms::base_url(&headers),
                skip + size
            );
            if let Some(select) = query.get("$select") {
                link = format!("{link}&$select={select}");
            }
            page["@odata.nextLink"] = link.into();
        }
        Ok(Json(page))
    })
}

/// `GET …/transitiveMembers/microsoft.graph.user/$count`: a bare number, for who says that an index may be behind.
pub(super) async fn size(
    _: Application,
    State(world): State<World>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<String, Refusal> {
    if !is_eventual(&headers) {
        return Err(Refusal(
            StatusCode::BAD_REQUEST,
            "Request_UnsupportedQuery",
            "$count is not currently supported without the ConsistencyLevel header.".into(),
        ));
    }
    world.with(|state| {
        let groups = state.seen(clock::now()).groups;
        group(groups, &id)?;
        Ok(groups.people_in(&id).len().to_string())
    })
}

fn is_eventual(headers: &HeaderMap) -> bool {
    let level = headers.get("consistencylevel");
    level.is_some_and(|level| level.as_bytes().eq_ignore_ascii_case(b"eventual"))
}

fn wanted(filter: &str, advanced: bool) -> Result<String, Refusal> {
    if !advanced {
        return Err(Refusal(
            StatusCode::BAD_REQUEST,
            "Request_UnsupportedQuery",
            "The specified filter to the reference property query is currently not supported."
                .into(),
        ));
    }
    filter
        .strip_prefix("id eq '")
        .and_then(|rest| rest.strip_suffix('\''))
        .map(|id| id.replace("''", "'"))
        .ok_or_else(|| bad_request(format!("Invalid filter clause: {filter}")))
}

/// `POST …/members/$ref {"@odata.id": "…/directoryObjects/{id}"}`.
pub(super) async fn add(
    application: Application,
    State(world): State<World>,
    Path(id): Path<String>,
    body: Bytes,
) -> Result<StatusCode, Refusal> {
    let body: Value = serde_json::from_slice(&body)
        .map_err(|cause| bad_request(format!("Unable to read JSON request payload: {cause}")))?;
    let reference = body.get("@odata.id").and_then(Value::as_str);
    let member = reference
        .and_then(|reference| {
            reference
                .rsplit_once("/directoryObjects/")
                .or_else(|| reference.rsplit_once("/users/"))
        })
        .map(|(_, id)| id.to_owned())
        .ok_or_else(|| {
            refused("The '@odata.id' instance annotation is missing or names no object.")
        })?;
    application.write(&world, |state| {
        let is_group = state.groups.get(&member).is_some();
        if state.people.by_key(&member).is_none() && !is_group {
            return Err(not_present(&member));
        }
        let group = state.groups.get_mut(&id).ok_or_else(|| not_present(&id))?;
        open(group)?;
        if group.has(&member) {
            return Err(refused(
                "One or more added object references already exist for the following modified properties: 'members'.",
            ));
        }
        group.members.push(member);
        Ok(StatusCode::NO_CONTENT)
    })
}

/// `DELETE …/members/{id}/$ref`.
pub(super) async fn remove(
    application: Application,
    State(world): State<World>,
    Path((id, member)): Path<(String, String)>,
) -> Result<StatusCode, Refusal> {
    application.write(&world, |state| {
        let group = state.groups.get_mut(&id).ok_or_else(|| not_present(&id))?;
        if !group.has(&member) {
            return Err(not_present(&member));
        }
        open(group)?;
        group.members.retain(|own| *own != member);
        Ok(StatusCode::NO_CONTENT)
    })
}

/// `DELETE …/members/{id}`: the path leads through the group to the user, and the user is deleted.
pub(super) async fn delete_user(
    application: Application,
    State(world): State<World>,
    Path((id, member)): Path<(String, String)>,
) -> Result<StatusCode, Refusal> {
    application.write(&world, |state| {
        let within = group(&state.groups, &id)?.has(&member);
        if !within {
            return Err(not_present(&member));
        }
        accounts::delete(state, &member)
    })
}

fn group<'a>(groups: &'a Groups, id: &str) -> Result<&'a Group, Refusal> {
    groups.get(id).ok_or_else(|| not_present(id))
}

/// Whether an application with `GroupMember.ReadWrite.All` may change this group's members.
fn open(group: &Group) -> Result<(), Refusal> {
    if group.on_premises_sync_enabled == Some(true) {
        return Err(refused(accounts::MASTERED));
    }
    if group.mail_enabled && !group.is("Unified") {
        return Err(refused(
            "Cannot Update a mail-enabled security groups and or distribution list.",
        ));
    }
    if group.is("DynamicMembership") || group.is_assignable_to_role == Some(true) {
        return Err(super::denied());
    }
    Ok(())
}

fn selected(group: &Group, select: Option<&String>) -> Result<Map<String, Value>, Refusal> {
    let Ok(Value::Object(mut all)) = serde_json::to_value(group) else {
        return Err(bad_request("This group cannot be written as JSON."));
    };
    all.retain(|key, _| !SANDBOX_KEYS.contains(&key.as_str()));
    super::picked(&all, select.map(String::as_str), &DEFAULT, "group")
}

/// Directory objects: people and groups, with their type.
fn objects<'a>(
    ids: impl Iterator<Item = &'a String>,
    seen: Seen<'_>,
    select: Option<&String>,
) -> Result<Vec<Value>, Refusal> {
    let shown = ids.filter_map(|id| {
        let (kind, name) = match (seen.people.by_key(id), seen.groups.get(id)) {
            (Some(person), _) => ("user", person.display_name.clone()),
            (None, Some(group)) => ("group", Some(group.display_name.clone())),
            (None, None) => return None,
        };
        let all = [
            ("id".to_owned(), json!(id)),
            ("displayName".to_owned(), json!(name)),
        ];
        let picked = super::picked(
            &all.into_iter().collect(),
            select.map(String::as_str),
            &["id", "displayName"],
            "directoryObject",
        );
        Some(picked.map(|mut shown| {
            let kind = format!("#microsoft.graph.{kind}");
            shown.insert("@odata.type".into(), kind.into());
            Value::Object(shown)
        }))
    });
    shown.collect()
}
