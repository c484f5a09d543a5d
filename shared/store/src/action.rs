//! Actions that a caller asked for outside a run: intent before, result after.

use crate::key::Key;
use crate::table::Table;
use crate::{Store, StoreError};
use domain::{Tenant, TicketId};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// Where an action stands: `Begun → Done | Unknown | Failed`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ActionState {
    /// The intent stands; the side effect may be under way.
    Begun,
    /// It took place.
    Done,
    /// The answer was lost: it may have taken place.
    Unknown,
    /// It did not take place.
    Failed,
}

/// An action's row.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ActionRow {
    /// Its id within the ticket.
    pub id: String,
    /// The ticket it was asked for.
    pub ticket_id: TicketId,
    /// Where it stands.
    pub state: ActionState,
    /// Its result: ids and times, never a secret.
    #[serde(skip_serializing_if = "Map::is_empty", default)]
    pub output: Map<String, Value>,
    /// When it came to stand there.
    pub at: Timestamp,
    /// Counts writes; each is conditional on the one it saw.
    pub rev: u64,
}

impl Store {
    /// An action of a ticket.
    ///
    /// # Errors
    /// When `DynamoDB` does not answer, or the row cannot be read.
    pub async fn action(
        &self,
        tenant: &Tenant,
        ticket: TicketId,
        id: &str,
    ) -> Result<Option<ActionRow>, StoreError> {
        let key = Key::action(tenant, ticket, id);
        self.get("action", Table::Executions, &key).await
    }
}
