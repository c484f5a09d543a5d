//! `PUT /api/v1/keys/{key_id}`: change an API key, or stop it.

use crate::api_key;
use crate::key_rules::{self, Bounds};
use crate::key_view::{KeyView, Standing, found, organization, shown};
use crate::number::Number;
use audit::{Actor, Entry};
use auth::KeysWrite;
use axum::Json;
use desk::retried;
use jiff::Timestamp;
use kit::{App, Body, Caller, Id, Patch, Problem, Problems};
use serde::Deserialize;
use store::KeyEntry;
use utoipa::ToSchema;

/// What is to change. What is left out stays.
#[derive(Debug, Default, Deserialize, ToSchema)]
pub(crate) struct KeyChange {
    #[schema(example = "Updated Name", min_length = 1, max_length = 100)]
    name: Option<String>,
    /// All it may do from now on. The caller must hold each of them.
    #[schema(example = json!(["read"]), min_items = 1, max_items = 50)]
    scopes: Option<Vec<String>>,
    /// False revokes the key, for good. True says that it still works, and is refused when it does not.
    #[schema(example = true)]
    is_active: Option<bool>,
    /// For how long it works from now on.
    #[schema(minimum = 1, maximum = 3650)]
    expires_days: Option<i64>,
    /// A limit of its own, requests an hour; null takes it away. Extension.
    #[serde(default)]
    #[schema(value_type = Option<u64>, minimum = 1)]
    rate_limit: Patch<u64>,
}

/// A change whose values are good.
#[derive(Debug, Default)]
struct Change {
    name: Option<String>,
    scopes: Option<Vec<String>>,
    is_active: Option<bool>,
    expires_at: Option<Timestamp>,
    max: Patch<u64>,
}

/// Change an API key. It holds from the next request with the key.
///
/// A key that was revoked or has expired does not come back: make another one.
#[utoipa::path(put, path = "/api/v1/keys/{key_id}", operation_id = "update_key",
    params(("key_id" = u64, Path, description = "The key's number")), request_body = KeyChange,
    responses((status = 200, body = KeyView), Problems), security(("api_key" = []), ("bearer" = [])))]
pub(crate) async fn update_key(
    app: App,
    caller: Caller<KeysWrite>,
    Id(Number(id)): Id<Number>,
    Body(ask): Body<KeyChange>,
) -> Result<Json<KeyView>, Problem> {
    let tenant = caller.tenant();
    let (bounds, organization_id) = tokio::try_join!(
        Bounds::of(&app, tenant, caller.identity()),
        organization(&app, tenant)
    )?;
    let now = app.clock().now();
    let change = checked(&ask, &bounds, now)?;
    let key = retried(|| async {
        let seen = found(&app, tenant, id).await?;
        let next = changed(&seen, &change, now)?;
        if next == seen {
            return Ok(seen);
        }
        let entry = entry(&seen, &next, caller.actor(), now);
        let write = app.store().write(tenant, "update_key");
        let write = write
            .key(Some(&seen), &next, vec![entry])
            .key_row(&seen.hash, &api_key::row(tenant, &next));
        key_rules::commit(bounds.vouch(write, id)).await?;
        Ok(next)
    })
    .await?;
    let views = shown(&app, organization_id, vec![key]).await?;
    let view = views.into_iter().next();
    view.map(Json).ok_or_else(|| Problem::not_found("API key"))
}

/// The change, when its values are good and the caller's to give.
fn checked(ask: &KeyChange, bounds: &Bounds, now: Timestamp) -> Result<Change, Problem> {
    let name = ask.name.as_deref().map(key_rules::name).transpose()?;
    let scopes = ask.scopes.as_deref().map(key_rules::scopes).transpose()?;
    if let Some(scopes) = &scopes {
        bounds.cover(scopes)?;
    }
    let max = match ask.rate_limit {
        Patch::Absent => Patch::Absent,
        // Without one of its own it has that of the caller's key, where there is one.
        Patch::Null => bounds.limit(None)?.map_or(Patch::Null, Patch::Value),
        Patch::Value(max) => bounds.limit(Some(max))?.map_or(Patch::Null, Patch::Value),
    };
    Ok(Change {
        name,
        scopes,
        is_active: ask.is_active,
        expires_at: ask
            .expires_days
            .map(|days| bounds.ends(days, now))
            .transpose()?,
        max,
    })
}

/// The key after the change, when its state allows that.
fn changed(seen: &KeyEntry, change: &Change, now: Timestamp) -> Result<KeyEntry, Problem> {
    let standing = Standing::of(seen, now);
    let wakes = change.is_active == Some(true)
        || change.scopes.is_some()
        || change.expires_at.is_some()
        || change.max != Patch::Absent;
    if standing != Standing::Active && wakes && change.is_active != Some(false) {
        return Err(not_active(standing));
    }
    let mut next = seen.clone();
    if let Some(name) = &change.name {
        next.name.clone_from(name);
    }
    if let Some(scopes) = &change.scopes {
        next.scopes.clone_from(scopes);
    }
    match change.max {
        Patch::Absent => {}
        Patch::Null => next.max = None,
        Patch::Value(max) => next.max = Some(max),
    }
    next.expires_at = change.expires_at.or(seen.expires_at);
    if change.is_active == Some(false) {
        next.revoked_at = seen.revoked_at.or(Some(now));
    }
    Ok(next)
}

/// The refusal to do something with a key that does not work any more.
pub(crate) fn not_active(standing: Standing) -> Problem {
    Problem::conflict(
        "WRONG_STATE",
        format!(
            "this key is {} and does not come back; make another one with POST /api/v1/keys",
            standing.word()
        ),
    )
    .with("current", standing.word())
    .with("allowed", vec![Standing::Active.word()])
}

/// What is recorded about a change.
fn entry(seen: &KeyEntry, next: &KeyEntry, by: Actor, now: Timestamp) -> Entry {
    let revoked = seen.revoked_at.is_none() && next.revoked_at.is_some();
    let action = if revoked {
        "key.revoked"
    } else {
        "key.updated"
    };
    let mut entry = Entry::new(now, by, action)
        .fact("key_id", seen.id)
        .fact("renamed", seen.name != next.name);
    if seen.scopes != next.scopes {
        entry = entry.fact("scopes", next.scopes.clone());
    }
    if seen.expires_at != next.expires_at {
        entry = entry.fact("expires_at", next.expires_at.map(|at| at.to_string()));
    }
    if seen.max != next.max {
        entry = entry.fact("rate_limit", next.max.unwrap_or(0));
    }
    entry
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::key_view::test_key;
    use jiff::SignedDuration;

    fn now() -> Timestamp {
        "2026-11-22T08:00:00Z".parse().unwrap()
    }

    fn ask(body: &str) -> Result<Change, Problem> {
        let held: Vec<_> = auth::all_scopes().collect();
        let bounds = Bounds::test(&held, None);
        checked(&serde_json::from_str(body).unwrap(), &bounds, now())
    }

    #[test]
    fn the_documented_change_is_made_and_the_rest_stays() {
        let body = r#"{"name": "Updated Name", "scopes": ["read"], "is_active": true}"#;
        let seen = test_key(now());
        let next = changed(&seen, &ask(body).unwrap(), now()).unwrap();
        assert_eq!(next.name, "Updated Name");
        assert_eq!(next.scopes, ["read"]);
        assert_eq!((next.revoked_at, next.expires_at), (None, seen.expires_at));
        let entry = entry(&seen, &next, Actor::System("test".into()), now());
        assert_eq!(entry.action, "key.updated");
        assert!(!entry.facts.values().any(|fact| fact == "Updated Name"));
    }

    #[test]
    fn is_active_false_revokes_and_again_changes_nothing() {
        let change = ask(r#"{"is_active": false}"#).unwrap();
        let revoked = changed(&test_key(now()), &change, now()).unwrap();
        assert_eq!(revoked.revoked_at, Some(now()));
        let later = now() + SignedDuration::from_hours(1);
        assert_eq!(changed(&revoked, &change, later).unwrap(), revoked);
    }

    #[test]
    fn a_revoked_or_expired_key_does_not_come_back() {
        let stop = ask(r#"{"is_active": false}"#).unwrap();
        let revoked = changed(&test_key(now()), &stop, now()).unwrap();
        let late = test_key(now()).expires_at.unwrap();
        for body in [
            r#"{"is_active": true}"#,
            r#"{"expires_days": 30}"#,
            r#"{"scopes": ["read"]}"#,
            r#"{"rate_limit": null}"#,
        ] {
            let change = ask(body).unwrap();
            for (key, at) in [(&revoked, now()), (&test_key(now()), late)] {
                let refused = changed(key, &change, at).unwrap_err().to_string();
                assert!(refused.starts_with("WRONG_STATE"), "{body}: {refused}");
            }
        }
        let renamed = changed(&revoked, &ask(r#"{"name": "old"}"#).unwrap(), now());
        assert_eq!(renamed.unwrap().name, "old", "its name may change");
    }

    #[test]
    fn a_limit_is_set_kept_or_taken_away() {
        let limited = KeyEntry {
            max: Some(20),
            ..test_key(now())
        };
        let max = |body: &str| changed(&limited, &ask(body).unwrap(), now()).unwrap().max;
        assert_eq!(max("{}"), Some(20));
        assert_eq!(max(r#"{"rate_limit": 5}"#), Some(5));
        assert_eq!(max(r#"{"rate_limit": null}"#), None);
        assert!(ask(r#"{"rate_limit": 0}"#).is_err());
    }
}
