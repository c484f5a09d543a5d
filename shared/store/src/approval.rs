//! Requests for somebody's consent, and the links by which they answer. The token in a link is not kept, only its hash.

use crate::gate::seconds;
use crate::item::decode;
use crate::key::{APPROVALS, Key};
use crate::table::Table;
use crate::{Store, StoreError};
use domain::{Approval, RequestId, Tenant, TicketId, Voucher};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

/// Requests of one ticket that a list holds.
const MAX_APPROVALS: usize = 1000;
/// How long a link outlives its request.
const AFTERWARDS: SignedDuration = SignedDuration::from_hours(7 * 24);

/// What a link is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ApprovalLink {
    /// The tenant of the request.
    tenant: String,
    /// The request.
    pub request_id: RequestId,
    /// From when on the link leads nowhere, seconds since 1970.
    ttl: u64,
}

impl ApprovalLink {
    pub(crate) fn new(tenant: &Tenant, of: &Approval) -> Self {
        Self {
            tenant: tenant.as_str().to_owned(),
            request_id: of.id.clone(),
            ttl: seconds(of.expires_at + AFTERWARDS),
        }
    }

    /// The tenant of the request.
    ///
    /// # Errors
    /// When the row holds no tenant's id.
    pub fn tenant(&self) -> Result<Tenant, StoreError> {
        #[expect(
            clippy::disallowed_methods,
            reason = "the row of a link whose token was shown"
        )]
        let tenant = Tenant::vouched(&self.tenant, Voucher::Credential);
        tenant.map_err(|error| StoreError::corrupt("approval link", error))
    }
}

impl Store {
    /// A request for consent.
    ///
    /// # Errors
    /// When `DynamoDB` does not answer, or the row cannot be read.
    pub async fn approval(
        &self,
        tenant: &Tenant,
        id: &RequestId,
    ) -> Result<Option<Approval>, StoreError> {
        let Some(key) = Key::approval(tenant, id) else {
            return Ok(None);
        };
        let approval: Option<Approval> = self.get("approval", Table::Executions, &key).await?;
        Ok(approval.filter(|approval| approval.id == *id))
    }

    /// Every request for consent of the ticket, newest last.
    ///
    /// # Errors
    /// When `DynamoDB` does not answer, or a row cannot be read.
    pub async fn approvals(
        &self,
        tenant: &Tenant,
        ticket: TicketId,
    ) -> Result<Vec<Approval>, StoreError> {
        let key = Key::ticket(tenant, ticket);
        let items = self
            .partition(Table::Executions, &key, APPROVALS, MAX_APPROVALS)
            .await?;
        items
            .into_iter()
            .map(|item| decode("approval", item))
            .collect()
    }

    /// What the link with this token hash is about, while it lasts.
    ///
    /// # Errors
    /// When `DynamoDB` does not answer, or the row cannot be read.
    pub async fn approval_link(
        &self,
        hash: &str,
        now: Timestamp,
    ) -> Result<Option<ApprovalLink>, StoreError> {
        let link: Option<ApprovalLink> = self
            .get("approval link", Table::Ephemeral, &Key::approval_link(hash))
            .await?;
        Ok(link.filter(|link| seconds(now) < link.ttl))
    }
}
