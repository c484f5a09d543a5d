//! `POST /api/v1/keys/{key_id}/rotate`: put a new API key in the place of one.

use crate::api_key::{self, NewKey};
use crate::key_rules::{Bounds, MOST_DAYS, commit};
use crate::key_view::{KeyView, MintedKey, Standing, found, organization};
use crate::number::Number;
use crate::update_key::not_active;
use audit::{Actor, Entry};
use auth::KeysWrite;
use axum::Json;
use desk::{Raced, retried};
use http::StatusCode;
use jiff::{SignedDuration, Timestamp};
use kit::{App, Body, Caller, Id, Problem, Problems, ShownOnce};
use serde::{Deserialize, Serialize};
use store::KeyEntry;
use utoipa::ToSchema;

/// How long the old key goes on when nobody says, in hours.
const GRACE: i64 = 24;
const MOST_GRACE: i64 = 168;

/// How to rotate. An empty object will do.
#[derive(Debug, Deserialize, ToSchema)]
pub(crate) struct RotateRequest {
    /// For how many hours the old key goes on: 24 when left out.
    #[schema(minimum = 0, maximum = 168, example = 24)]
    grace_hours: Option<i64>,
}

/// The new key, and until when the old one works.
#[derive(Serialize, ToSchema)]
pub(crate) struct RotatedKey {
    #[serde(flatten)]
    minted: MintedKey,
    /// The number of the old key.
    replaces: u64,
    /// Until when the old key works.
    #[schema(value_type = String)]
    replaced_expires_at: Timestamp,
}

/// Put a new API key in the place of one, with its name, scopes, limit and lifetime. Extension.
///
/// The answer shows the new key, this once. The old one goes on for the grace period, so that its users can change over; then it
/// has expired. The caller must hold everything the key may do, and a key that is rotated by a key does not outlive that.
#[utoipa::path(post, path = "/api/v1/keys/{key_id}/rotate", operation_id = "rotate_key",
    params(("key_id" = u64, Path, description = "The old key's number")), request_body = RotateRequest,
    responses((status = 201, body = RotatedKey), Problems), security(("api_key" = []), ("bearer" = [])))]
pub(crate) async fn rotate_key(
    app: App,
    caller: Caller<KeysWrite>,
    Id(Number(id)): Id<Number>,
    Body(ask): Body<RotateRequest>,
) -> Result<(StatusCode, ShownOnce<Json<RotatedKey>>), Problem> {
    let grace = grace(ask.grace_hours)?;
    let tenant = caller.tenant();
    let (bounds, organization_id) = tokio::try_join!(
        Bounds::of(&app, tenant, caller.identity()),
        organization(&app, tenant)
    )?;
    let now = app.clock().now();
    let (minted, replaced_expires_at) = retried(|| async {
        let store = app.store();
        let (seen, count) = tokio::try_join!(found(&app, tenant, id), async {
            Ok::<_, Problem>(store.count(tenant, "key").await?)
        })?;
        let new = successor(&seen, &bounds, now)?;
        let (write, minted) = new.put(
            &app,
            store.write(tenant, "rotate_key"),
            tenant,
            &count,
            caller.actor(),
        );
        let ends = last_day(&seen, grace, now);
        let next = KeyEntry {
            expires_at: Some(ends),
            replaced_by: Some(minted.entry.id),
            ..seen.clone()
        };
        let entry = rotated(&next, caller.actor(), now);
        let write = write
            .key(Some(&seen), &next, vec![entry])
            .key_row(&seen.hash, &api_key::row(tenant, &next));
        commit(bounds.vouch(write, id)).await?;
        Ok::<_, Raced>((minted, ends))
    })
    .await?;
    let view = KeyView::new(minted.entry.clone(), None, organization_id, now);
    let key = api_key::plain(minted);
    let reply = RotatedKey {
        minted: MintedKey { view, key },
        replaces: id,
        replaced_expires_at,
    };
    Ok((StatusCode::CREATED, ShownOnce(Json(reply), &["key"])))
}

fn grace(hours: Option<i64>) -> Result<SignedDuration, Problem> {
    let hours = hours.unwrap_or(GRACE);
    if (0..=MOST_GRACE).contains(&hours) {
        return Ok(SignedDuration::from_hours(hours));
    }
    Err(Problem::invalid(
        "grace_hours",
        "the old key goes on for 0 to 168 hours",
    ))
}

/// The key that takes the place of one that works. It lasts as long as that was made to.
fn successor<'a>(
    seen: &'a KeyEntry,
    bounds: &Bounds,
    now: Timestamp,
) -> Result<NewKey<'a>, Problem> {
    let standing = Standing::of(seen, now);
    if standing != Standing::Active {
        return Err(not_active(standing));
    }
    if let Some(id) = seen.replaced_by {
        return Err(Problem::conflict(
            "WRONG_STATE",
            format!("key {id} took the place of this one; rotate that"),
        )
        .with("current", "replaced")
        .with("allowed", vec![Standing::Active.word()])
        .with("replaced_by", id));
    }
    bounds.cover(&seen.scopes)?;
    let most = SignedDuration::from_hours(24 * MOST_DAYS);
    let lifetime = seen
        .expires_at
        .map(|at| at.duration_since(seen.created_at).min(most));
    Ok(NewKey {
        name: &seen.name,
        scopes: seen.scopes.clone(),
        user_id: seen.user_id,
        expires_at: bounds.no_later(lifetime.map(|lifetime| now + lifetime)),
        max: bounds.narrower(seen.max),
    })
}

/// Until when the old key works: the grace period, or its own end where that comes first.
fn last_day(seen: &KeyEntry, grace: SignedDuration, now: Timestamp) -> Timestamp {
    let ends = now + grace;
    seen.expires_at.map_or(ends, |own| own.min(ends))
}

fn rotated(next: &KeyEntry, by: Actor, now: Timestamp) -> Entry {
    Entry::new(now, by, "key.rotated")
        .fact("key_id", next.id)
        .fact("replaced_by", next.replaced_by)
        .fact("expires_at", next.expires_at.map(|at| at.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::key_view::test_key;

    const HOUR: SignedDuration = SignedDuration::from_hours(1);

    fn now() -> Timestamp {
        "2026-11-22T08:00:00Z".parse().unwrap()
    }

    fn all() -> Vec<&'static str> {
        auth::all_scopes().collect()
    }

    #[test]
    fn the_new_key_is_like_the_old_one_and_lasts_as_long_as_that_was_to() {
        let (old, later) = (test_key(now()), now() + 2 * HOUR);
        let new = successor(&old, &Bounds::test(&all(), None), later).unwrap();
        assert_eq!((new.name, &new.scopes), (old.name.as_str(), &old.scopes));
        assert_eq!(new.expires_at, Some(later + 24 * HOUR));
    }

    #[test]
    fn a_key_does_not_prolong_itself_by_rotation() {
        let old = test_key(now());
        let own = Bounds::test(&all(), old.expires_at);
        let new = successor(&old, &own, now() + 2 * HOUR).unwrap();
        assert_eq!(new.expires_at, old.expires_at);
    }

    #[test]
    fn nobody_gets_a_wider_key_by_rotation() {
        let narrow = Bounds::test(&["keys:write"], None);
        let refused = successor(&test_key(now()), &narrow, now()).err().unwrap();
        assert!(refused.to_string().starts_with("PERMISSION_DENIED"));
    }

    #[test]
    fn the_old_key_ends_after_the_grace_period_and_no_later_than_it_would() {
        let old = test_key(now());
        assert_eq!(last_day(&old, grace(Some(0)).unwrap(), now()), now());
        assert_eq!(
            last_day(&old, grace(Some(3)).unwrap(), now()),
            now() + 3 * HOUR
        );
        let own = old.expires_at.unwrap();
        assert_eq!(last_day(&old, grace(Some(168)).unwrap(), now()), own);
        assert_eq!(grace(None).unwrap(), 24 * HOUR);
        for bad in [-1, 169, i64::MAX] {
            assert!(grace(Some(bad)).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_key_that_was_replaced_or_revoked_is_not_rotated() {
        let bounds = Bounds::test(&all(), None);
        let replaced = KeyEntry {
            replaced_by: Some(2),
            ..test_key(now())
        };
        let revoked = KeyEntry {
            revoked_at: Some(now()),
            ..test_key(now())
        };
        for key in [replaced, revoked] {
            let refused = successor(&key, &bounds, now()).err().unwrap();
            assert!(refused.to_string().starts_with("WRONG_STATE"), "{refused}");
        }
    }
}
