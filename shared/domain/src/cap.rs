//! Caps: how often something may be done within an hour or a day of the clock, in UTC.

use crate::{PlaybookName, UserId};
use jiff::{SignedDuration, Timestamp};
use std::fmt;

const HOUR: i64 = 3_600;
const DAY: i64 = 24 * HOUR;

/// What is counted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cap {
    /// Actions of the tenant, by the hour.
    Organization,
    /// Actions that one caller asked for, by the hour.
    Caller(String),
    /// Runs of a playbook that acted, by the hour.
    Playbook(PlaybookName),
    /// Runs of a playbook that acted on one person, by the day.
    Subject(PlaybookName, UserId),
}

impl Cap {
    /// The word in our API.
    #[must_use]
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Organization => "organization_per_hour",
            Self::Caller(_) => "caller_per_hour",
            Self::Playbook(_) => "playbook_per_hour",
            Self::Subject(..) => "playbook_per_subject_per_day",
        }
    }

    /// How many seconds its window is wide.
    #[must_use]
    pub fn window_seconds(&self) -> i64 {
        match self {
            Self::Organization | Self::Caller(_) | Self::Playbook(_) => HOUR,
            Self::Subject(..) => DAY,
        }
    }

    /// When the window ends that `at` lies in.
    #[must_use]
    pub fn frees_at(&self, at: Timestamp) -> Timestamp {
        let window = self.window_seconds();
        let into = at.as_second().rem_euclid(window);
        let begun = Timestamp::from_second(at.as_second() - into).unwrap_or(at);
        begun + SignedDuration::from_secs(window)
    }
}

/// One count that an action adds to, and how far it goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Counted {
    /// What is counted.
    pub cap: Cap,
    /// The most of it.
    pub limit: u32,
}

/// What an action adds to, all or none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Counting {
    /// When it is done.
    pub at: Timestamp,
    /// The counts.
    pub counts: Vec<Counted>,
}

/// A count that has no room.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CapReached {
    /// Which one.
    pub cap: Cap,
    /// How far it goes.
    pub limit: u32,
    /// When it begins again.
    pub frees_at: Timestamp,
}

impl CapReached {
    /// The word for it in answers and in a step's reason.
    pub const CODE: &'static str = "CAP_REACHED";

    /// The cap `counted`, reached at `at`.
    #[must_use]
    pub fn new(counted: &Counted, at: Timestamp) -> Self {
        Self {
            cap: counted.cap.clone(),
            limit: counted.limit,
            frees_at: counted.cap.frees_at(at),
        }
    }
}

impl fmt::Display for CapReached {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let limit = self.limit;
        match &self.cap {
            Cap::Organization => write!(
                f,
                "the organization has begun {limit} actions in this hour, which is its policy's caps.per_hour"
            ),
            Cap::Caller(caller) => write!(
                f,
                "{caller} has asked for {limit} actions in this hour, which is the policy's caps.per_caller_per_hour"
            ),
            Cap::Playbook(playbook) => write!(
                f,
                "{limit} runs of {playbook} have acted in this hour, which is the playbook's caps.per_hour"
            ),
            Cap::Subject(playbook, user) => write!(
                f,
                "{limit} runs of {playbook} have acted on {user} today, which is the playbook's caps.per_subject_per_day"
            ),
        }?;
        write!(
            f,
            "; nothing was done, and the next may begin at {}",
            self.frees_at
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_is_an_hour_or_a_day_of_the_clock() {
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        let playbook = PlaybookName::parse("password_reset").unwrap();
        let hour = Cap::Playbook(playbook.clone());
        let day = Cap::Subject(playbook, UserId::parse("abc-123").unwrap());
        let end = |cap: &Cap, text| cap.frees_at(at(text));
        assert_eq!(
            end(&hour, "2026-11-22T08:59:59.9Z"),
            at("2026-11-22T09:00:00Z")
        );
        assert_eq!(
            end(&hour, "2026-11-22T09:00:00Z"),
            at("2026-11-22T10:00:00Z")
        );
        assert_eq!(
            end(&day, "2026-11-22T09:00:00Z"),
            at("2026-11-23T00:00:00Z")
        );
    }

    #[test]
    fn who_is_refused_is_told_which_cap_and_until_when() {
        let counted = Counted {
            cap: Cap::Caller("key-3".to_owned()),
            limit: 5,
        };
        let at = "2026-11-22T08:10:00Z".parse().unwrap();
        let told = CapReached::new(&counted, at).to_string();
        assert!(told.contains("key-3 has asked for 5 actions"), "{told}");
        assert!(told.ends_with("at 2026-11-22T09:00:00Z"), "{told}");
    }
}
