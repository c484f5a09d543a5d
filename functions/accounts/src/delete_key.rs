//! `DELETE /api/v1/keys/{key_id}`: revoke an API key.

use crate::api_key;
use crate::key_view::found;
use crate::number::Number;
use audit::{Actor, Entry};
use auth::KeysWrite;
use desk::retried;
use http::StatusCode;
use jiff::Timestamp;
use kit::{App, Caller, Id, Problem, Problems};
use store::KeyEntry;

/// Revoke an API key. The next request with it is refused; it stays in the list, and revoking it again is ok.
#[utoipa::path(delete, path = "/api/v1/keys/{key_id}", operation_id = "delete_key",
    params(("key_id" = u64, Path, description = "The key's number")),
    responses((status = 204, description = "It is revoked"), Problems),
    security(("api_key" = []), ("bearer" = [])))]
pub(crate) async fn delete_key(
    app: App,
    caller: Caller<KeysWrite>,
    Id(Number(id)): Id<Number>,
) -> Result<StatusCode, Problem> {
    let tenant = caller.tenant();
    let now = app.clock().now();
    retried(|| async {
        let seen = found(&app, tenant, id).await?;
        let Some((next, entry)) = revoked(&seen, caller.actor(), now) else {
            return Ok(());
        };
        let write = app.store().write(tenant, "delete_key");
        let write = write
            .key(Some(&seen), &next, vec![entry])
            .key_row(&seen.hash, &api_key::row(tenant, &next));
        write.commit().await?;
        Ok(())
    })
    .await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The key once it is revoked, and what is recorded; none when it was revoked before.
fn revoked(seen: &KeyEntry, by: Actor, now: Timestamp) -> Option<(KeyEntry, Entry)> {
    if seen.revoked_at.is_some() {
        return None;
    }
    let next = KeyEntry {
        revoked_at: Some(now),
        ..seen.clone()
    };
    let entry = Entry::new(now, by, "key.revoked").fact("key_id", seen.id);
    Some((next, entry))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::key_view::test_key;

    #[test]
    fn a_key_is_revoked_once() {
        let now = "2026-11-22T08:00:00Z".parse().unwrap();
        let by = || Actor::System("test".to_owned());
        let (next, entry) = revoked(&test_key(now), by(), now).unwrap();
        assert_eq!(next.revoked_at, Some(now));
        assert_eq!(
            (entry.action.as_str(), &entry.facts["key_id"]),
            ("key.revoked", &1.into())
        );
        assert!(revoked(&next, by(), now).is_none());
    }
}
