//! Tickets, their names and their counter.

use crate::key::Key;
use crate::table::Table;
use crate::{Store, StoreError};
use domain::{Tenant, Ticket, TicketId, TicketName};
use serde::{Deserialize, Serialize};

/// A name's row: whose name it is.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct NameRow {
    pub(crate) ticket_id: TicketId,
}

impl Store {
    /// A ticket.
    ///
    /// # Errors
    /// When `DynamoDB` does not answer, or the row cannot be read.
    pub async fn ticket(
        &self,
        tenant: &Tenant,
        id: TicketId,
    ) -> Result<Option<Ticket>, StoreError> {
        self.get("ticket", Table::Tickets, &Key::ticket(tenant, id))
            .await
    }

    /// The ticket with this name. Our own id costs one read, any other name two.
    ///
    /// # Errors
    /// When `DynamoDB` does not answer, or a row cannot be read.
    pub async fn ticket_named(
        &self,
        tenant: &Tenant,
        name: &TicketName,
    ) -> Result<Option<Ticket>, StoreError> {
        if let TicketName::Id(id) = name {
            return self.ticket(tenant, *id).await;
        }
        let key = Key::ticket_name(tenant, name);
        let row: Option<NameRow> = self.get("ticket name", Table::Tickets, &key).await?;
        match row {
            Some(row) => self.ticket(tenant, row.ticket_id).await,
            None => Ok(None),
        }
    }

    /// The tenant's next ticket number, from 1. A number may be left out, but none comes twice.
    ///
    /// # Errors
    /// When `DynamoDB` does not answer.
    pub async fn next_number(&self, tenant: &Tenant) -> Result<u64, StoreError> {
        let key = Key::ticket_counter(tenant);
        self.number("next_number", Table::Tickets, &key).await
    }
}

#[cfg(test)]
#[expect(
    clippy::disallowed_methods,
    reason = "a test vouches for its own tenant"
)]
mod tests {
    use super::*;
    use crate::capacity::size;
    use crate::item::{decode, encode};
    use domain::{
        ChainHead, ExecutionId, Intake, Origin, PlaybookName, Requester, Snapshot, Telling,
        TicketStatus, UserId, Voucher,
    };

    #[test]
    fn a_ticket_with_a_run_is_one_kilobyte_at_most_and_comes_back_from_its_row() {
        let tenant = Tenant::vouched("acme-support", Voucher::Operator).unwrap();
        let id = TicketId::from_bits(0x0190_0000_0000_7000_8000_0000_0000_0007);
        let playbook = PlaybookName::parse("password_reset").unwrap();
        let run = ExecutionId::of(&tenant, &id, &playbook, 1);
        let content = Intake {
            subject: "Password reset".into(),
            body: "I forgot my password".into(),
        }
        .hash();
        let ticket = Ticket {
            id,
            number: 12_345,
            name: TicketName::Halo(1_234_567),
            origin: Origin::Halopsa,
            status: TicketStatus::Running,
            requester: Requester {
                email: "john.doe@company.com".into(),
                user_id: Some(UserId::parse("6e7b768e-07e2-4810-8459-485f84f8f204").unwrap()),
            },
            snapshot: Some(Snapshot {
                status_id: 12,
                automated: true,
                content: Some(content.clone()),
            }),
            started: Some(content.clone()),
            decided: Some(content),
            withheld: None,
            telling: Telling::Done,
            runs: vec![run.clone()],
            live: [(playbook, run)].into(),
            created_at: "2026-11-21T08:15:30.123456789Z".parse().unwrap(),
            rev: 12,
            chain: ChainHead {
                seq: 12,
                hash: "0123456789abcdef".repeat(4),
            },
        };
        let item = encode("ticket", &Key::ticket(&tenant, id), &ticket).unwrap();
        let bytes = size(&item);
        assert!(bytes <= 1024, "{bytes} bytes");
        assert_eq!(decode::<Ticket>("ticket", item).unwrap(), ticket);
    }
}
