//! `subscribedSkus` and `assignLicense`.

use axum::{
    Json,
    body::Bytes,
    extract::{Path, Query, State},
};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::{Application, Refusal, bad_request, collection, not_present, picked, refused, users};
use crate::{
    clock,
    forms::Form,
    licences::{Held, taken},
    past::Seen,
    world::{self, World},
};

const ALL: [&str; 7] = [
    "id",
    "skuId",
    "skuPartNumber",
    "appliesTo",
    "capabilityStatus",
    "consumedUnits",
    "prepaidUnits",
];

/// Only `$select` is understood here, as at Graph.
pub(super) async fn list(
    _: Application,
    State(world): State<World>,
    Query(query): Query<Form>,
) -> Result<Json<Value>, Refusal> {
    if query.contains_key("$filter") {
        return Err(bad_request(
            "This resource does not support custom query options.",
        ));
    }
    let select = query.get("$select").map(String::as_str);
    world.with(|state| {
        let Seen {
            people,
            groups,
            skus,
        } = state.seen(clock::now());
        let shown = skus.all().iter().map(|sku| {
            let all: Map<String, Value> = [
                ("id", json!(format!("{}_{}", crate::ENTRA_TENANT_ID, sku.id))),
                ("skuId", json!(sku.id)),
                ("skuPartNumber", json!(sku.part_number)),
                ("appliesTo", json!("User")),
                ("capabilityStatus", json!(if sku.enabled > 0 { "Enabled" } else { "Suspended" })),
                ("consumedUnits", json!(taken(sku, people, groups))),
                (
                    "prepaidUnits",
                    json!({"enabled": sku.enabled, "suspended": sku.suspended, "warning": 0, "lockedOut": 0}),
                ),
            ]
            .into_iter()
            .map(|(key, value)| (key.to_owned(), value))
            .collect();
            picked(&all, select, &ALL, "subscribedSku").map(Value::Object)
        });
        let shown: Vec<Value> = shown.collect::<Result<_, _>>()?;
        Ok(collection("subscribedSkus", shown))
    })
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Change {
    add_licenses: Option<Vec<Held>>,
    remove_licenses: Option<Vec<String>>,
}

/// Both lists have to be there; giving again what is held sets its disabled plans.
pub(super) async fn assign(
    application: Application,
    State(world): State<World>,
    Path(key): Path<String>,
    body: Bytes,
) -> Result<Json<Value>, Refusal> {
    let change: Change = serde_json::from_slice(&body)
        .map_err(|cause| bad_request(format!("Unable to read JSON request payload: {cause}")))?;
    let missing = |what: &str| {
        refused(format!(
            "One or more parameters of the operation 'assignLicense' are missing from the request payload. The missing \
             parameters are: {what}."
        ))
    };
    let added = change.add_licenses.ok_or_else(|| missing("addLicenses"))?;
    let removed = change
        .remove_licenses
        .ok_or_else(|| missing("removeLicenses"))?;
    application.write(&world, |state| {
        // One of them that cannot be done leaves all undone.
        let before = state.people.clone();
        let done = removed
            .iter()
            .try_for_each(|sku| take(state, &key, sku))
            .and_then(|()| {
                added
                    .into_iter()
                    .try_for_each(|held| give(state, &key, held))
            });
        if let Err(refusal) = done {
            state.people = before;
            return Err(refusal);
        }
        let person = super::user(&state.people, &key)?;
        let seen = Seen {
            people: &state.people,
            groups: &state.groups,
            skus: &state.skus,
        };
        let mut shown = users::selected(person, None, seen)?;
        shown.insert("@odata.context".into(), super::context("users/$entity"));
        Ok(Json(Value::Object(shown)))
    })
}

fn give(state: &mut world::State, key: &str, held: Held) -> Result<(), Refusal> {
    let person = super::user(&state.people, key)?;
    let sku = state.skus.get(&held.sku_id).ok_or_else(|| {
        refused(format!(
            "License {} does not correspond to a valid company License.",
            held.sku_id
        ))
    })?;
    if person.usage_location.is_none() {
        return Err(refused(
            "License assignment cannot be done for user with invalid usage location.",
        ));
    }
    let seated = person.holds_directly(&sku.id).is_some()
        || person
            .holds_through(&sku.id, &state.groups)
            .next()
            .is_some();
    if !seated && taken(sku, &state.people, &state.groups) >= sku.enabled {
        return Err(refused(format!(
            "Subscription with SKU {} does not have any available licenses.",
            sku.id
        )));
    }
    let person = state
        .people
        .by_key_mut(key)
        .ok_or_else(|| not_present(key))?;
    person
        .licences
        .retain(|own| !own.sku_id.eq_ignore_ascii_case(&held.sku_id));
    person.licences.push(held);
    Ok(())
}

fn take(state: &mut world::State, key: &str, sku: &str) -> Result<(), Refusal> {
    let person = super::user(&state.people, key)?;
    if person.holds_directly(sku).is_none() {
        let inherited = person.holds_through(sku, &state.groups).next().is_some();
        return Err(refused(if inherited {
            "User license is inherited from a group membership and it cannot be removed directly from the user."
        } else {
            "User does not have a corresponding license."
        }));
    }
    let person = state
        .people
        .by_key_mut(key)
        .ok_or_else(|| not_present(key))?;
    person
        .licences
        .retain(|own| !own.sku_id.eq_ignore_ascii_case(sku));
    Ok(())
}
