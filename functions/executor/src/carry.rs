//! Doing it, and reading back whether it was done: success is what the directory shows.

use crate::action::Action;
use crate::look::{act, shown};
use crate::vendors::{Vendors, insist};
use domain::{Grant, UserId};
use ports::CallError;
use serde_json::{Map, Value, json};
use std::time::Duration;

/// Pauses before each look at what was done, in milliseconds: what the directory took may show seconds later.
pub(crate) const LOOKS_MS: [u64; 6] = [0, 500, 1_000, 2_000, 3_000, 4_000];

/// An action whose intent stands.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Begun {
    pub(crate) action: Action,
    /// The person, by the directory's own id.
    pub(crate) user: UserId,
    /// What was so before.
    pub(crate) before: Map<String, Value>,
    /// Names the call to the vendor, in our audit and in theirs.
    pub(crate) call_id: String,
    /// Whose spending the receipts are.
    pub(crate) claim: String,
    /// What is being given.
    pub(crate) grant: Option<Grant>,
}

impl Begun {
    /// As a row holds it.
    pub(crate) fn to_row(&self) -> Map<String, Value> {
        Map::from_iter([
            ("asked".to_owned(), self.action.to_value()),
            ("user".to_owned(), json!(self.user)),
            ("before".to_owned(), Value::Object(self.before.clone())),
            ("call_id".to_owned(), json!(self.call_id)),
            ("claim".to_owned(), json!(self.claim)),
            (
                "grant_id".to_owned(),
                json!(self.grant.as_ref().map(|grant| &grant.id)),
            ),
        ])
    }

    /// What a row holds, but its grant, which has a row of its own.
    pub(crate) fn of_row(row: &Map<String, Value>) -> Option<Self> {
        let text = |name: &str| row.get(name).and_then(Value::as_str);
        Some(Self {
            action: Action::of_row(row)?,
            user: UserId::parse(text("user")?).ok()?,
            before: row.get("before")?.as_object()?.clone(),
            call_id: text("call_id")?.to_owned(),
            claim: text("claim")?.to_owned(),
            grant: None,
        })
    }

    /// `entry` with what the intent says.
    pub(crate) fn facts(&self, entry: audit::Entry) -> audit::Entry {
        let grant = self.grant.as_ref().map(|grant| grant.id.to_string());
        self.action
            .facts(entry)
            .fact("client_request_id", self.call_id.clone())
            .fact("grant_id", grant)
    }
}

/// What became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// The directory shows it.
    Seen {
        /// What it shows.
        shown: Map<String, Value>,
        /// What the directory answered: `accepted`; or `lost`, and reading back told.
        answer: &'static str,
    },
    /// It was not done. `retryable` when another try may do it.
    Nothing { reason: String, retryable: bool },
    /// Nobody knows.
    Unknown { reason: String },
}

/// Asks the directory once, and then looks until it shows what was asked for.
pub(crate) async fn carry_out(vendors: &Vendors, begun: &Begun, looks_ms: &[u64]) -> Outcome {
    let asked = insist(|| act(vendors, &begun.action, &begun.user, &begun.call_id)).await;
    let (answer, otherwise) = match asked {
        Ok(()) => (
            "accepted",
            "the directory said yes and does not show it".to_owned(),
        ),
        Err(CallError::Unknown { .. }) => (
            "lost",
            "the directory's answer was lost, and it does not show it".to_owned(),
        ),
        Err(error) => {
            return Outcome::Nothing {
                reason: error.to_string(),
                retryable: error.is_retryable(),
            };
        }
    };
    match watch(vendors, begun, looks_ms).await {
        Some(shown) => Outcome::Seen { shown, answer },
        None => Outcome::Unknown { reason: otherwise },
    }
}

/// Ends what an earlier call began and left: what the directory shows was done; what it does not show is done now where a
/// second time does no harm.
pub(crate) async fn settle(vendors: &Vendors, begun: &Begun, looks_ms: &[u64]) -> Outcome {
    if let Some(shown) = watch(vendors, begun, looks_ms).await {
        return Outcome::Seen {
            shown,
            answer: "lost",
        };
    }
    if begun.action.is_harmless_again() {
        return carry_out(vendors, begun, looks_ms).await;
    }
    Outcome::Unknown {
        reason: "it was begun and never ended, and the directory does not show it".to_owned(),
    }
}

/// Looks until the directory shows it, or the looks are used up. A look that fails shows nothing.
pub(crate) async fn watch(
    vendors: &Vendors,
    begun: &Begun,
    looks_ms: &[u64],
) -> Option<Map<String, Value>> {
    for pause_ms in looks_ms {
        tokio::time::sleep(Duration::from_millis(*pause_ms)).await;
        match shown(vendors, &begun.action, &begun.user, &begun.before).await {
            Ok(Some(shown)) => return Some(shown),
            Ok(None) => {}
            Err(error) => tracing::warn!(%error, "the directory could not be read back"),
        }
    }
    None
}
