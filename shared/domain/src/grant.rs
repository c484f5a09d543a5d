//! Access given until a time, and the proof that it was taken away.

use crate::{GrantId, GroupId, SkuId, TicketId, UserId};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

/// Tries after which a revocation that the directory does not show has failed.
const TRIES: u32 = 3;
/// Between the first try and the second; twice that between the second and the third.
const PAUSE: SignedDuration = SignedDuration::from_secs(30);
/// Between two looks at what could not be revoked.
const DAILY: SignedDuration = SignedDuration::from_hours(24);

/// What somebody may be given.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Access {
    /// Membership of a group.
    #[serde(rename = "group_id")]
    Group(GroupId),
    /// A seat of a licence.
    #[serde(rename = "license_sku")]
    Licence(SkuId),
}

impl Access {
    /// What our API calls its id.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Group(_) => "group_id",
            Self::Licence(_) => "license_sku",
        }
    }

    /// The group's id, or the licence's.
    #[must_use]
    pub fn id(&self) -> &str {
        match self {
            Self::Group(group) => group.as_str(),
            Self::Licence(sku) => sku.as_str(),
        }
    }
}

/// How a grant ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GrantEnd {
    /// The directory did not give it.
    NeverGiven,
    /// The directory was read and does not show it any more.
    SeenGone,
    /// Another grant holds the same access: that one ends it.
    HeldByAnother,
}

/// Where a grant stands: `Intended → Active → Revoking → {Closed, RevocationFailed → Closed}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "status", rename_all = "snake_case")]
pub enum GrantState {
    /// The directory is being asked, or its answer was lost: it may have been given, so it ends like one that was.
    Intended,
    /// It was given, and seen.
    Active,
    /// It is over, and the directory still shows it.
    Revoking,
    /// The directory shows it after three tries. A person has the ticket; it is looked at daily.
    RevocationFailed,
    /// It is gone.
    Closed {
        /// When.
        at: Timestamp,
        /// How we know.
        end: GrantEnd,
    },
}

impl GrantState {
    /// The word in our API.
    #[must_use]
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Intended => "intended",
            Self::Active => "active",
            Self::Revoking => "revoking",
            Self::RevocationFailed => "revocation_failed",
            Self::Closed { .. } => "closed",
        }
    }
}

/// Access that we gave.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Grant {
    /// Its id: `gr_…`.
    pub id: GrantId,
    /// The ticket it was given for.
    pub ticket_id: TicketId,
    /// Who has it, by the directory's own id.
    pub user_id: UserId,
    /// What it is.
    pub access: Access,
    /// Where it stands.
    pub state: GrantState,
    /// When it ends; none when nobody said.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub expires_at: Option<Timestamp>,
    /// Tries at taking it away.
    pub tries: u32,
    /// When it is to be looked at next; none when nothing is left to do.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub look_at: Option<Timestamp>,
    /// Counts writes; each is conditional on the one it saw.
    pub rev: u64,
}

impl Grant {
    /// A grant about to be given.
    #[must_use]
    pub fn intended(
        id: GrantId,
        ticket_id: TicketId,
        user_id: UserId,
        access: Access,
        expires_at: Option<Timestamp>,
    ) -> Self {
        Self {
            id,
            ticket_id,
            user_id,
            access,
            state: GrantState::Intended,
            expires_at,
            tries: 0,
            look_at: expires_at,
            rev: 0,
        }
    }

    /// Whether it may still be there.
    #[must_use]
    pub fn is_live(&self) -> bool {
        !matches!(self.state, GrantState::Closed { .. })
    }

    /// Whether its time is over at `now`.
    #[must_use]
    pub fn is_over(&self, now: Timestamp) -> bool {
        self.is_live() && self.expires_at.is_some_and(|end| end <= now)
    }

    /// This grant, seen in the directory. One that is being taken away stays so.
    #[must_use]
    pub fn given(&self) -> Self {
        let state = match &self.state {
            GrantState::Intended => GrantState::Active,
            other => other.clone(),
        };
        Self {
            state,
            ..self.clone()
        }
    }

    /// This grant, about to be taken away. One that could not be stays so until it is.
    #[must_use]
    pub fn revoking(&self) -> Self {
        let state = match &self.state {
            GrantState::Intended | GrantState::Active => GrantState::Revoking,
            other => other.clone(),
        };
        Self {
            state,
            ..self.clone()
        }
    }

    /// This grant, gone. The first end stands.
    #[must_use]
    pub fn closed(&self, end: GrantEnd, now: Timestamp) -> Self {
        if !self.is_live() {
            return self.clone();
        }
        Self {
            state: GrantState::Closed { at: now, end },
            look_at: None,
            ..self.clone()
        }
    }

    /// This grant after one more try, which the directory does not show.
    #[must_use]
    pub fn still_there(&self, now: Timestamp) -> Self {
        if !self.is_live() {
            return self.clone();
        }
        let tries = self.tries.saturating_add(1);
        let (state, pause) = if tries >= TRIES {
            (GrantState::RevocationFailed, DAILY)
        } else {
            (
                GrantState::Revoking,
                PAUSE * i32::try_from(tries).unwrap_or(1),
            )
        };
        Self {
            state,
            tries,
            look_at: Some(now + pause),
            ..self.clone()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(seconds).unwrap()
    }

    fn grant() -> Grant {
        Grant::intended(
            GrantId::parse("gr_1").unwrap(),
            TicketId::from_bits(1),
            UserId::parse("abc-123").unwrap(),
            Access::Group(GroupId::parse("grp-1").unwrap()),
            Some(at(100)),
        )
    }

    #[test]
    fn a_grant_whose_giving_is_uncertain_ends_like_one_that_was_given() {
        assert!(grant().is_over(at(100)) && grant().given().is_over(at(100)));
        assert!(!grant().is_over(at(99)));
        assert_eq!(grant().look_at, Some(at(100)));
    }

    #[test]
    fn a_revocation_that_is_not_seen_fails_after_three_tries_and_is_looked_at_daily() {
        let first = grant().given().still_there(at(100));
        let second = first.still_there(at(130));
        let third = second.still_there(at(190));
        let states = [&first, &second, &third].map(|grant| grant.state.as_str());
        assert_eq!(states, ["revoking", "revoking", "revocation_failed"]);
        let pauses = [&first, &second, &third].map(|grant| grant.look_at);
        assert_eq!(
            pauses,
            [Some(at(130)), Some(at(190)), Some(at(190 + 86_400))]
        );
        assert_eq!(
            third.still_there(at(300)).state.as_str(),
            "revocation_failed"
        );
    }

    #[test]
    fn a_closed_grant_stays_closed_and_is_not_looked_at() {
        let closed = grant().given().closed(GrantEnd::SeenGone, at(101));
        assert_eq!((closed.look_at, closed.is_over(at(200))), (None, false));
        assert_eq!(closed.still_there(at(200)), closed);
        assert_eq!(closed.given(), closed);
        assert_eq!(closed.closed(GrantEnd::NeverGiven, at(300)), closed);
    }
}
