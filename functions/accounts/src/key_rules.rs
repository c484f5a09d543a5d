//! What an API key may be. Whoever makes one hands on what they hold themselves, at most: nothing wider, nothing longer.

use auth::{Identity, Role, Who, expand, known_scope};
use desk::Raced;
use domain::Tenant;
use jiff::{SignedDuration, Timestamp};
use kit::{App, Problem};
use std::collections::BTreeSet;
use store::{KeyEntry, MAKER, StoreError, Write};

/// The most scopes of one key.
const MOST_SCOPES: usize = 50;
/// The longest name, in characters.
const LONGEST: usize = 100;
/// How long a key lasts when nobody says, in days.
const DAYS: i64 = 365;
/// How long a key may last, in days.
pub(crate) const MOST_DAYS: i64 = 3650;

/// What somebody may hand on with a key.
pub(crate) struct Bounds {
    /// What they may do.
    scopes: BTreeSet<&'static str>,
    /// When their own key ends.
    expires_at: Option<Timestamp>,
    /// The limit of their own key, requests an hour.
    max: Option<u64>,
    /// The user they are, or whose key they show.
    pub(crate) user_id: Option<u64>,
    maker: Maker,
}

/// Who hands on, as they were let in.
enum Maker {
    User(u64, Vec<&'static str>),
    Key(Box<KeyEntry>),
}

impl Bounds {
    /// What this caller may hand on.
    ///
    /// # Errors
    /// When the tables cannot be asked.
    pub(crate) async fn of(
        app: &App,
        tenant: &Tenant,
        identity: &Identity,
    ) -> Result<Self, Problem> {
        let scopes = identity.scopes.clone();
        match &identity.who {
            Who::User { id, roles, .. } => Ok(Self {
                scopes,
                expires_at: None,
                max: None,
                user_id: Some(*id),
                maker: Maker::User(*id, roles.iter().copied().map(Role::word).collect()),
            }),
            Who::Key(id) => {
                let own = app.store().key(tenant, *id).await?;
                let own = own.ok_or_else(Problem::unauthenticated)?;
                Ok(Self {
                    scopes,
                    expires_at: own.expires_at,
                    max: own.max,
                    user_id: own.user_id,
                    maker: Maker::Key(Box::new(own)),
                })
            }
        }
    }

    /// Makes a change of key `id` depend on its maker's standing as they do now: who loses rights at this moment hands none
    /// on. A key that changes itself stands in the change already.
    pub(crate) fn vouch<'a>(&self, write: Write<'a>, id: u64) -> Write<'a> {
        match &self.maker {
            Maker::User(user, roles) => write.made_by_user(*user, roles),
            Maker::Key(own) if own.id == id => write,
            Maker::Key(own) => write.made_by_key(own),
        }
    }

    /// Refuses scopes that are not theirs to give.
    ///
    /// # Errors
    /// 403 with what is missing.
    pub(crate) fn cover(&self, scopes: &[String]) -> Result<(), Problem> {
        let given: BTreeSet<_> = scopes.iter().flat_map(|scope| expand(scope)).collect();
        let missing: Vec<_> = given.difference(&self.scopes).copied().collect();
        if missing.is_empty() {
            return Ok(());
        }
        Err(Problem::forbidden(
            "PERMISSION_DENIED",
            format!(
                "a key may do what its maker may, at most; you lack {}",
                missing.join(", ")
            ),
            &missing,
        ))
    }

    /// When a key ends that is to last for `days` from now.
    ///
    /// # Errors
    /// 422 when that is too long, or longer than the caller's own key.
    pub(crate) fn ends(&self, days: i64, now: Timestamp) -> Result<Timestamp, Problem> {
        if !(1..=MOST_DAYS).contains(&days) {
            return Err(Problem::invalid(
                "expires_days",
                "a key lasts for 1 to 3650 days",
            ));
        }
        let ends = now + SignedDuration::from_hours(24 * days);
        match self.expires_at {
            Some(own) if own < ends => Err(Problem::invalid(
                "expires_days",
                format!(
                    "your own key ends at {own}, and a key of yours may not last longer; leave expires_days out to end with it"
                ),
            )),
            _ => Ok(ends),
        }
    }

    /// When a key ends for which nobody said how long it is to last.
    pub(crate) fn ends_by_default(&self, now: Timestamp) -> Timestamp {
        let ends = now + SignedDuration::from_hours(24 * DAYS);
        self.expires_at.map_or(ends, |own| own.min(ends))
    }

    /// This end, or the caller's own where that comes first.
    pub(crate) fn no_later(&self, ends: Option<Timestamp>) -> Option<Timestamp> {
        match (ends, self.expires_at) {
            (Some(ends), Some(own)) => Some(ends.min(own)),
            (ends, own) => ends.or(own),
        }
    }

    /// This limit, or the caller's own where that is lower.
    pub(crate) fn narrower(&self, max: Option<u64>) -> Option<u64> {
        match (max, self.max) {
            (Some(max), Some(own)) => Some(max.min(own)),
            (max, own) => max.or(own),
        }
    }

    /// The limit of a key that is to have `asked` requests an hour, or as many as its maker.
    ///
    /// # Errors
    /// 422 when that is none, or more than the caller's own.
    pub(crate) fn limit(&self, asked: Option<u64>) -> Result<Option<u64>, Problem> {
        match (asked, self.max) {
            (Some(0), _) => Err(Problem::invalid(
                "rate_limit",
                "a key's own limit is 1 request an hour at least; to stop a key, revoke it",
            )),
            (Some(asked), Some(own)) if asked > own => Err(Problem::invalid(
                "rate_limit",
                format!("your own key may make {own} requests an hour, and a key of yours no more"),
            )),
            (asked, own) => Ok(asked.or(own)),
        }
    }
}

/// Commits a change of keys that a maker vouches for.
///
/// # Errors
/// 409 when the maker lost rights meanwhile.
pub(crate) async fn commit(write: Write<'_>) -> Result<(), Raced> {
    match write.commit().await {
        Err(StoreError::Conflict { what: MAKER }) => Err(Raced::Problem(Problem::conflict(
            "RIGHTS_CHANGED",
            "your rights changed while this was under way; look at what you may do, and try again",
        ))),
        other => Ok(other?),
    }
}

/// A key's name as it is kept.
///
/// # Errors
/// 422 when it is empty, too long or on more than one line.
pub(crate) fn name(given: &str) -> Result<String, Problem> {
    let name = given.trim();
    let fits = (1..=LONGEST).contains(&name.chars().count());
    if fits && !name.chars().any(char::is_control) {
        return Ok(name.to_owned());
    }
    Err(Problem::invalid(
        "name",
        "a key's name has 1 to 100 characters, on one line",
    ))
}

/// A key's scopes as they are kept: each once, in the order given.
///
/// # Errors
/// 422 when there are none or too many, or one is unknown.
pub(crate) fn scopes(given: &[String]) -> Result<Vec<String>, Problem> {
    if !(1..=MOST_SCOPES).contains(&given.len()) {
        return Err(Problem::invalid("scopes", "a key has 1 to 50 scopes"));
    }
    let mut kept: Vec<String> = Vec::new();
    for (at, scope) in given.iter().enumerate() {
        if !known_scope(scope) {
            let shown: String = scope.chars().take(60).collect();
            return Err(Problem::invalid(
                &format!("scopes[{at}]"),
                format!(
                    "there is no scope {shown:?}; there are read, write and the permissions of the documentation, as exec:run"
                ),
            ));
        }
        if !kept.contains(scope) {
            kept.push(scope.clone());
        }
    }
    Ok(kept)
}

#[cfg(test)]
impl Bounds {
    /// Bounds for a test.
    pub(crate) fn test(scopes: &[&'static str], expires_at: Option<Timestamp>) -> Self {
        Self {
            scopes: scopes.iter().copied().collect(),
            expires_at,
            max: None,
            user_id: None,
            maker: Maker::User(1, Vec::new()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now() -> Timestamp {
        "2026-11-22T08:00:00Z".parse().unwrap()
    }

    fn text(scopes: &[&str]) -> Vec<String> {
        scopes.iter().map(|scope| (*scope).to_owned()).collect()
    }

    #[test]
    fn a_name_is_one_line_of_a_hundred_characters() {
        assert_eq!(name(" My API Key ").unwrap(), "My API Key");
        assert!(name(&"ü".repeat(100)).is_ok());
        for bad in ["", "  ", "a\nb", "a\u{7}b", &"x".repeat(101)] {
            assert!(name(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn scopes_are_known_ones_each_once() {
        let given = text(&["read", "write", "read"]);
        assert_eq!(scopes(&given).unwrap(), ["read", "write"]);
        let unknown = scopes(&text(&["read", "root", "write"])).unwrap_err();
        assert!(unknown.to_string().contains("\"root\""), "{unknown}");
        let long = scopes(&["x".repeat(60_000)]).unwrap_err();
        assert!(long.to_string().len() < 300);
        assert!(scopes(&[]).is_err());
        assert!(scopes(&text(&["read"; 50])).is_ok());
        assert!(scopes(&text(&["read"; 51])).is_err());
    }

    #[test]
    fn nobody_hands_on_what_they_do_not_hold() {
        let bounds = Bounds::test(&["exec:run", "exec:read"], None);
        assert!(bounds.cover(&text(&["exec:run"])).is_ok());
        let refused = bounds
            .cover(&text(&["exec:read", "keys:write"]))
            .unwrap_err();
        assert!(
            refused.to_string().contains("you lack keys:write"),
            "{refused}"
        );
        // A bundle is everything it stands for.
        assert!(bounds.cover(&text(&["read"])).is_err());
        let all = Bounds::test(&auth::all_scopes().collect::<Vec<_>>(), None);
        assert!(all.cover(&text(&["read", "write"])).is_ok());
    }

    #[test]
    fn a_key_ends_with_its_makers_key_at_the_latest() {
        let own = now() + SignedDuration::from_hours(48);
        let bounds = Bounds::test(&[], Some(own));
        assert!(bounds.ends(1, now()).unwrap() < own);
        assert_eq!(bounds.ends(2, now()).unwrap(), own);
        assert!(bounds.ends(3, now()).is_err());
        assert_eq!(bounds.ends_by_default(now()), own);
        assert_eq!(bounds.no_later(None), Some(own));
        let person = Bounds::test(&[], None);
        let year = now() + SignedDuration::from_hours(24 * 365);
        assert_eq!(person.ends_by_default(now()), year);
        assert_eq!(person.no_later(None), None);
        for bad in [0, -1, 3651, i64::MAX] {
            assert!(person.ends(bad, now()).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_key_may_not_ask_more_often_than_its_makers_key() {
        let person = Bounds::test(&[], None);
        assert_eq!(person.limit(None).unwrap(), None);
        assert_eq!(person.limit(Some(20)).unwrap(), Some(20));
        assert!(person.limit(Some(0)).is_err());
        let key = Bounds {
            max: Some(20),
            ..Bounds::test(&[], None)
        };
        assert_eq!(
            key.limit(None).unwrap(),
            Some(20),
            "the same, unless it says less"
        );
        assert!(key.limit(Some(21)).is_err());
        assert_eq!(
            [None, Some(5), Some(50)].map(|max| key.narrower(max)),
            [Some(20), Some(5), Some(20)]
        );
    }
}
