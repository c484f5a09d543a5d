//! Walking the chains of a ticket and its runs while others may append to them.

use crate::chain::{Walked, chain};
use crate::head::run_head;
use audit::{Record, Subject};
use domain::{ExecutionId, Tenant, Ticket};
use store::{Store, StoreError};

/// Walks the ticket's chain and those of its runs, the ticket's first.
///
/// # Errors
/// When the tables cannot be asked.
pub(crate) async fn walk(
    store: &Store,
    tenant: &Tenant,
    ticket: &Ticket,
) -> Result<Vec<Walked>, StoreError> {
    let subject = Subject::Ticket(ticket.id);
    let records = store.records(tenant, &subject).await?;
    let runs = runs(ticket, &records);
    let head = Some(ticket.chain.clone());
    let mut walked = vec![chain(store, tenant, subject, records, head).await?];
    for run in runs {
        let head = match run_head(store, tenant, &run).await? {
            Some((of, head)) if of == ticket.id => Some(head),
            Some(_) => continue,
            None => None,
        };
        let subject = Subject::Execution(run);
        let records = store.records(tenant, &subject).await?;
        walked.push(chain(store, tenant, subject, records, head).await?);
    }
    Ok(walked)
}

/// The runs the ticket's row names, and those its records name: a run that was taken out of the row is missed.
fn runs(ticket: &Ticket, records: &[Record]) -> Vec<ExecutionId> {
    let mut runs = ticket.runs.clone();
    let facts = records
        .iter()
        .flat_map(|record| record.entry.facts.values());
    for id in facts.filter_map(|fact| fact.as_str()).filter_map(run_id) {
        if !runs.contains(&id) {
            runs.push(id);
        }
    }
    runs
}

/// `x-` and 32 hexadecimal digits.
fn run_id(text: &str) -> Option<ExecutionId> {
    let digits = text.strip_prefix("x-")?;
    let shaped = digits.len() == 32 && digits.bytes().all(|b| b.is_ascii_hexdigit());
    if shaped {
        ExecutionId::parse(text).ok()
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use audit::{Actor, Entry, append};
    use domain::{
        ChainHead, Origin, Requester, Telling, TicketId, TicketName, TicketStatus, Voucher,
    };
    use jiff::Timestamp;
    use std::collections::BTreeMap;

    const RUN: &str = "x-0123456789abcdef0123456789abcdef";

    #[expect(
        clippy::disallowed_methods,
        reason = "a test vouches for its own tenant"
    )]
    #[test]
    fn a_run_taken_out_of_the_tickets_row_is_still_walked() {
        let tenant = Tenant::vouched("acme", Voucher::Operator).unwrap();
        let by = Actor::System("test".into());
        let entry = Entry::new(Timestamp::UNIX_EPOCH, by, "run.started").fact("execution", RUN);
        let subject = Subject::Ticket(TicketId::from_bits(1));
        let (record, head) = append(&tenant, &subject, &ChainHead::default(), entry);
        let ticket = Ticket {
            id: TicketId::from_bits(1),
            number: 1,
            name: TicketName::Halo(7),
            origin: Origin::Halopsa,
            status: TicketStatus::Running,
            requester: Requester::default(),
            snapshot: None,
            decided: None,
            started: None,
            withheld: None,
            telling: Telling::Open,
            runs: Vec::new(),
            live: BTreeMap::new(),
            created_at: Timestamp::UNIX_EPOCH,
            rev: 1,
            chain: head,
        };
        assert_eq!(runs(&ticket, &[record]), [ExecutionId::parse(RUN).unwrap()]);
        assert_eq!(run_id("x-1"), None);
        assert_eq!(run_id("evt_0123456789abcdef0123456789abcdef"), None);
    }
}
