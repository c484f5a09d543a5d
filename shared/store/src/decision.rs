//! Decisions about tickets' contents.

use crate::item::decode;
use crate::key::{DECISIONS, Key};
use crate::table::Table;
use crate::{Store, StoreError};
use domain::{Candidate, ContentHash, Decision, Tenant, TicketId};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// Contents of one ticket that a story tells of.
const MAX_DECISIONS: usize = 1000;

/// What was decided about one content of a ticket. The content itself is not kept.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StoredDecision {
    /// The content's fingerprint.
    pub content: ContentHash,
    /// The decision.
    pub decision: Decision,
    /// What the directory said about the requester then.
    #[serde(default)]
    pub context: Map<String, Value>,
    /// The version it was decided for. Where the decision is not automated, the version was in shadow, and is a suggestion.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub proposed: Option<Candidate>,
}

impl Store {
    /// The decision about this content of the ticket.
    ///
    /// # Errors
    /// When `DynamoDB` does not answer, or the row cannot be read.
    pub async fn decision(
        &self,
        tenant: &Tenant,
        ticket: TicketId,
        content: &ContentHash,
    ) -> Result<Option<StoredDecision>, StoreError> {
        let key = Key::decision(tenant, ticket, content);
        self.get("decision", Table::Tickets, &key).await
    }

    /// Every decision about the ticket, oldest first.
    ///
    /// # Errors
    /// When `DynamoDB` does not answer, or a row cannot be read.
    pub async fn decisions(
        &self,
        tenant: &Tenant,
        ticket: TicketId,
    ) -> Result<Vec<StoredDecision>, StoreError> {
        let key = Key::ticket(tenant, ticket);
        let items = self
            .partition(Table::Tickets, &key, DECISIONS, MAX_DECISIONS)
            .await?;
        let mut decisions = items
            .into_iter()
            .map(|item| decode("decision", item))
            .collect::<Result<Vec<StoredDecision>, _>>()?;
        decisions.sort_by_key(|row| row.decision.decided_at);
        Ok(decisions)
    }
}
