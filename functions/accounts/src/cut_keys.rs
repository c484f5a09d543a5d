//! A key allows what its maker may, at most, for as long as it stands: when a user loses rights, the keys they made lose them,
//! too. The request itself asks about its key alone, so what a key allows is changed where it is kept.

use crate::api_key;
use audit::{Actor, Entry};
use auth::expand;
use domain::Tenant;
use jiff::Timestamp;
use kit::{App, Problem};
use std::collections::BTreeSet;
use store::{KeyEntry, Write};

/// Keys that one transaction changes: three rows each, of the hundred it takes.
const AT_ONCE: usize = 20;

/// The cut that a user's keys get.
pub(crate) struct Cut<'a> {
    pub(crate) app: &'a App,
    pub(crate) tenant: &'a Tenant,
    /// Who takes the rights.
    pub(crate) by: &'a Actor,
    /// The user who made the keys.
    pub(crate) user: u64,
    /// What they may from now on.
    pub(crate) held: BTreeSet<&'static str>,
    /// What happened to them, for the record.
    pub(crate) why: &'static str,
}

impl Cut<'_> {
    /// Adds to the change that takes the rights as many keys as it has room for; [`Cut::rest`] has to follow it.
    ///
    /// # Errors
    /// When the tables cannot be asked.
    pub(crate) async fn within<'w>(&self, write: Write<'w>) -> Result<Write<'w>, Problem> {
        let beyond = self.beyond().await?;
        Ok(self.added(write, &beyond))
    }

    /// Cuts the keys that the change itself had no room for, or that were made at the same moment.
    ///
    /// # Errors
    /// When the tables cannot be asked; doing it again goes on.
    pub(crate) async fn rest(&self) -> Result<(), Problem> {
        loop {
            let left = desk::retried(|| async {
                let beyond = self.beyond().await?;
                if !beyond.is_empty() {
                    let write = self.app.store().write(self.tenant, "cut keys");
                    self.added(write, &beyond).commit().await?;
                }
                Ok(beyond.len().saturating_sub(AT_ONCE))
            })
            .await?;
            if left == 0 {
                return Ok(());
            }
        }
    }

    /// The user's keys that allow more than they may, each with what is to take its place.
    async fn beyond(&self) -> Result<Vec<(KeyEntry, KeyEntry, Entry)>, Problem> {
        let now = self.app.clock().now();
        let keys = self.app.store().keys(self.tenant).await?;
        let own = keys
            .into_iter()
            .filter(|key| key.user_id == Some(self.user));
        let cut = own.filter_map(|key| {
            let (next, entry) = cut(&key, &self.held, self.by, now)?;
            Some((key, next, entry.fact("why", self.why)))
        });
        Ok(cut.collect())
    }

    fn added<'w>(&self, mut write: Write<'w>, beyond: &[(KeyEntry, KeyEntry, Entry)]) -> Write<'w> {
        for (seen, next, entry) in beyond.iter().take(AT_ONCE) {
            write = write
                .key(Some(seen), next, vec![entry.clone()])
                .key_row(&seen.hash, &api_key::row(self.tenant, next));
        }
        write
    }
}

/// The key with only what is held, and what is recorded: revoked where nothing is left of it. None when it allows no more
/// than that, or was revoked before.
fn cut(
    seen: &KeyEntry,
    held: &BTreeSet<&'static str>,
    by: &Actor,
    now: Timestamp,
) -> Option<(KeyEntry, Entry)> {
    let allowed: BTreeSet<_> = seen.scopes.iter().flat_map(|scope| expand(scope)).collect();
    let left: Vec<String> = allowed
        .intersection(held)
        .map(|one| (*one).to_owned())
        .collect();
    if left.is_empty() {
        return api_key::revoked(seen, by.clone(), now);
    }
    if left.len() == allowed.len() || seen.revoked_at.is_some() {
        return None;
    }
    let entry = Entry::new(now, by.clone(), "key.narrowed")
        .fact("key_id", seen.id)
        .fact("scopes", left.clone());
    let next = KeyEntry {
        scopes: left,
        ..seen.clone()
    };
    Some((next, entry))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::key_view::test_key;
    use auth::Role;

    fn now() -> Timestamp {
        "2026-11-22T08:00:00Z".parse().unwrap()
    }

    fn key(scopes: &[&str]) -> KeyEntry {
        KeyEntry {
            scopes: scopes.iter().map(|scope| (*scope).to_owned()).collect(),
            ..test_key(now())
        }
    }

    fn after(key: &KeyEntry, held: &BTreeSet<&'static str>) -> Option<(KeyEntry, Entry)> {
        cut(key, held, &Actor::System("test".to_owned()), now())
    }

    #[test]
    fn a_key_that_allows_no_more_than_is_held_stays_as_it_is() {
        let agent = Role::Agent.scopes();
        assert!(after(&key(&["exec:run", "exec:read"]), &agent).is_none());
    }

    #[test]
    fn a_bundle_becomes_what_is_left_of_it_and_once_only() {
        let viewer = Role::Viewer.scopes();
        let wide = key(&["read", "write"]);
        let (next, entry) = after(&wide, &viewer).unwrap();
        let left: BTreeSet<&str> = next.scopes.iter().map(String::as_str).collect();
        assert!(left.contains("playbook:read") && !left.contains("exec:run"));
        assert!(left.is_subset(&viewer), "{left:?}");
        assert_eq!(entry.action, "key.narrowed");
        assert!(next.revoked_at.is_none());
        assert!(after(&next, &viewer).is_none());
    }

    #[test]
    fn a_key_of_which_nothing_is_left_is_revoked() {
        let (next, entry) = after(&key(&["keys:write"]), &Role::Viewer.scopes()).unwrap();
        assert_eq!(
            (next.revoked_at, entry.action.as_str()),
            (Some(now()), "key.revoked")
        );
        assert_eq!(
            next.scopes,
            ["keys:write"],
            "the list tells what it allowed"
        );
        assert!(after(&next, &BTreeSet::new()).is_none());
    }

    #[test]
    fn whoever_may_nothing_any_more_has_no_key_left() {
        let (next, _) = after(&key(&["read"]), &BTreeSet::new()).unwrap();
        assert_eq!(next.revoked_at, Some(now()));
    }
}
