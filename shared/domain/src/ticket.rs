//! A ticket: one thing somebody wants solved, under many names.

use crate::{
    ChainHead, ContentHash, EventId, ExecutionId, IdError, PlaybookName, TicketId, UserId,
};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt;

/// One of a ticket's names. The form says whose it is, so two tickets never share one.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum TicketName {
    /// `HLP-<n>`: HaloPSA's ticket n.
    Halo(u64),
    /// `T-<n>` or a bare integer: our own counter in this tenant.
    Counter(u64),
    /// A UUID or a ULID: our own id.
    Id(TicketId),
    /// Anything else: the caller's own name for it.
    External(String),
}

impl TicketName {
    /// Reads any name.
    ///
    /// # Errors
    /// When `text` is empty, longer than 128 bytes, or holds a control character, `/` or `#`.
    pub fn parse(text: &str) -> Result<Self, IdError> {
        if let Some(n) = text.strip_prefix("HLP-").and_then(number) {
            return Ok(Self::Halo(n));
        }
        if let Some(n) = number(text.strip_prefix("T-").unwrap_or(text)) {
            return Ok(Self::Counter(n));
        }
        if let Some(id) = uuid_bits(text)
            .map(TicketId::from_bits)
            .or_else(|| TicketId::parse(text).ok())
        {
            return Ok(Self::Id(id));
        }
        let fits = (1..=128).contains(&text.len())
            && !text.chars().any(|c| c.is_control() || c == '/' || c == '#');
        if fits {
            Ok(Self::External(text.to_owned()))
        } else {
            Err(IdError::new(
                "a ticket's name",
                text,
                "1 to 128 characters without / or #",
            ))
        }
    }
}

fn number(text: &str) -> Option<u64> {
    let plain = !text.is_empty()
        && text.bytes().all(|b| b.is_ascii_digit())
        && (text == "0" || !text.starts_with('0'));
    if plain { text.parse().ok() } else { None }
}

fn uuid_bits(text: &str) -> Option<u128> {
    let shaped = text.len() == 36
        && text.char_indices().all(|(i, c)| {
            if matches!(i, 8 | 13 | 18 | 23) {
                c == '-'
            } else {
                c.is_ascii_hexdigit()
            }
        });
    if shaped {
        u128::from_str_radix(&text.replace('-', ""), 16).ok()
    } else {
        None
    }
}

impl fmt::Display for TicketName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Halo(n) => write!(f, "HLP-{n}"),
            Self::Counter(n) => write!(f, "T-{n}"),
            Self::Id(id) => f.write_str(&id.as_uuid()),
            Self::External(text) => f.write_str(text),
        }
    }
}

impl TryFrom<String> for TicketName {
    type Error = IdError;
    fn try_from(text: String) -> Result<Self, IdError> {
        Self::parse(&text)
    }
}

impl From<TicketName> for String {
    fn from(name: TicketName) -> String {
        name.to_string()
    }
}

/// The door a ticket came in by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Origin {
    /// A HaloPSA webhook.
    Halopsa,
    /// A caller of our API.
    Api,
}

/// Where a ticket stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TicketStatus {
    /// Taken in, not yet decided about.
    New,
    /// Decided about; nobody acts yet.
    Open,
    /// A playbook runs.
    Running,
    /// A playbook solved it.
    Resolved,
    /// Automation gave up; a person takes over.
    Escalated,
    /// A person works on it: they stopped the playbook.
    InProgress,
}

/// Who asks, as far as the directory could tell.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Requester {
    /// The address the ticket came with.
    pub email: String,
    /// The directory's id of the person with that address.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub user_id: Option<UserId>,
}

/// What the PSA's ticket looked like when we last read it: only a difference from this makes us act.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Snapshot {
    /// The PSA's status.
    pub status_id: i64,
    /// The PSA's field that says a playbook may act.
    pub automated: bool,
    /// The fingerprint of summary and details.
    pub content: Option<ContentHash>,
}

/// Whether the PSA knows of the decision in force. One worker at a time tells it, so that it is told once.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum Telling {
    /// Nothing to tell, or nobody took it on yet.
    #[default]
    Open,
    /// Somebody is at it.
    Taken {
        /// The event whose worker it is. That event's next try takes over once the last one's time is up.
        by: EventId,
        /// Since when; after [`Telling::LEASE`] anybody may take over.
        since: Timestamp,
    },
    /// The PSA knows.
    Done,
}

impl Telling {
    /// How long a worker may take before another one takes over.
    pub const LEASE: SignedDuration = SignedDuration::from_mins(2);

    /// Whether the worker of `event` may tell now.
    #[must_use]
    pub fn free_for(&self, event: &EventId, now: Timestamp) -> bool {
        match self {
            Self::Open => true,
            Self::Taken { by, since } => by == event || now.duration_since(*since) > Self::LEASE,
            Self::Done => false,
        }
    }
}

/// A ticket. Its row also carries the head of its audit chain, so a change and its record are one write.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Ticket {
    /// Our id.
    pub id: TicketId,
    /// Our counter in this tenant.
    pub number: u64,
    /// The name it came in with.
    pub name: TicketName,
    /// The door it came in by.
    pub origin: Origin,
    /// Where it stands.
    pub status: TicketStatus,
    /// Who asks.
    pub requester: Requester,
    /// What the PSA showed us last.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub snapshot: Option<Snapshot>,
    /// The content that the decision in force was made about.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub decided: Option<ContentHash>,
    /// The content that a run was started for, by whichever door. The PSA's field starts none for it again, until it was
    /// seen false in between.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub started: Option<ContentHash>,
    /// The content whose decision was to start a playbook, and did not because the version was locked meanwhile. The PSA's field
    /// that becomes true again for it was set by a person.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub withheld: Option<ContentHash>,
    /// Whether that decision has been written back to the PSA.
    #[serde(default)]
    pub telling: Telling,
    /// Its runs, oldest first.
    #[serde(default)]
    pub runs: Vec<ExecutionId>,
    /// The run that is under way for each playbook.
    #[serde(default)]
    pub live: BTreeMap<PlaybookName, ExecutionId>,
    /// When it came in.
    pub created_at: Timestamp,
    /// Counts writes; each is conditional on the one it saw.
    pub rev: u64,
    /// The head of its audit chain.
    pub chain: ChainHead,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_form_of_a_name_says_whose_it_is() {
        assert_eq!(TicketName::parse("HLP-7"), Ok(TicketName::Halo(7)));
        assert_eq!(TicketName::parse("7"), Ok(TicketName::Counter(7)));
        assert_eq!(TicketName::parse("T-7"), TicketName::parse("7"));
        assert_eq!(
            TicketName::parse("HLP-07"),
            Ok(TicketName::External("HLP-07".into()))
        );
        let id = TicketId::from_bits(9);
        assert_eq!(TicketName::parse(&id.as_uuid()), Ok(TicketName::Id(id)));
        assert_eq!(TicketName::parse(&id.to_string()), Ok(TicketName::Id(id)));
    }

    #[test]
    fn a_name_reads_back_as_itself() {
        for text in [
            "HLP-12345",
            "T-3",
            "INC-0007",
            "01900000-0000-7000-8000-000000000007",
        ] {
            assert_eq!(TicketName::parse(text).unwrap().to_string(), text);
        }
    }

    #[test]
    fn a_name_that_could_split_a_key_is_refused() {
        for bad in ["", "a/b", "a#b", "a\nb", &"x".repeat(129)] {
            assert!(TicketName::parse(bad).is_err(), "{bad:?}");
        }
    }
}
