//! Walking the chains of a ticket and its runs while others may append to them.

use crate::account;
use audit::{Break, Record, Subject, Verdict, verify};
use domain::{ChainHead, ExecutionId, Tenant, Ticket, TicketId};
use store::{Store, StoreError};

/// What walking one chain came to.
pub(crate) struct Walked {
    pub(crate) subject: Subject,
    pub(crate) verdict: Verdict,
}

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

pub(crate) async fn chain(
    store: &Store,
    tenant: &Tenant,
    subject: Subject,
    records: Vec<Record>,
    head: Option<ChainHead>,
) -> Result<Walked, StoreError> {
    let Some(head) = head else {
        let verdict = headless(tenant, &subject, &records);
        return Ok(Walked { subject, verdict });
    };
    let grown = records.last().is_some_and(|last| last.seq > head.seq);
    let later = if grown {
        later_head(store, tenant, &subject)
            .await?
            .unwrap_or_default()
    } else {
        head.clone()
    };
    let records = before(records, &head, &later);
    let verdict = verify(tenant, &subject, &records, &head);
    Ok(Walked { subject, verdict })
}

/// The subject's head as it is now; none when its row is gone or cannot be read.
async fn later_head(
    store: &Store,
    tenant: &Tenant,
    subject: &Subject,
) -> Result<Option<ChainHead>, StoreError> {
    match subject {
        Subject::Ticket(id) => {
            Ok(readable(store.ticket(tenant, *id).await)?.map(|ticket| ticket.chain))
        }
        Subject::Execution(id) => Ok(run_head(store, tenant, id).await?.map(|(_, head)| head)),
        Subject::Account(name) => account::head(store, tenant, name).await,
    }
}

async fn run_head(
    store: &Store,
    tenant: &Tenant,
    id: &ExecutionId,
) -> Result<Option<(TicketId, ChainHead)>, StoreError> {
    Ok(readable(store.execution(tenant, id).await)?.map(|run| (run.ticket_id, run.chain)))
}

/// A row that cannot be read is as good as none.
pub(crate) fn readable<T>(row: Result<Option<T>, StoreError>) -> Result<Option<T>, StoreError> {
    match row {
        Err(StoreError::Corrupt { what, .. }) => {
            tracing::warn!(what, "a row that carries a chain's head cannot be read");
            Ok(None)
        }
        other => other,
    }
}

/// The records as they were when `head` was read: without those appended since, which `later` vouches for.
fn before(mut records: Vec<Record>, head: &ChainHead, later: &ChainHead) -> Vec<Record> {
    records.retain(|record| record.seq <= head.seq || record.seq > later.seq);
    records
}

/// A chain whose subject has no row says nothing about where it ends: the first record that is not right, else its end.
fn headless(tenant: &Tenant, subject: &Subject, records: &[Record]) -> Verdict {
    let end = records
        .last()
        .map_or_else(ChainHead::default, |last| ChainHead {
            seq: last.seq,
            hash: last.hash.clone(),
        });
    let verdict = verify(tenant, subject, records, &end);
    if !verdict.valid {
        return verdict;
    }
    Verdict {
        valid: false,
        first_broken_seq: Some(end.seq.max(1)),
        problem: Some(Break::Head),
        ..verdict
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use audit::{Actor, Entry, append};
    use domain::{Origin, Requester, Telling, TicketName, TicketStatus, Voucher};
    use jiff::Timestamp;
    use std::collections::BTreeMap;

    const RUN: &str = "x-0123456789abcdef0123456789abcdef";

    #[expect(
        clippy::disallowed_methods,
        reason = "a test vouches for its own tenant"
    )]
    fn tenant() -> Tenant {
        Tenant::vouched("acme", Voucher::Operator).unwrap()
    }

    fn subject() -> Subject {
        Subject::Ticket(TicketId::from_bits(1))
    }

    /// A chain of this length, and the head after each record.
    fn chain_of(length: usize) -> (Vec<Record>, Vec<ChainHead>) {
        let mut heads = vec![ChainHead::default()];
        let records = (0..length).map(|n| {
            let entry = Entry::new(
                Timestamp::UNIX_EPOCH,
                Actor::System("test".into()),
                "run.started",
            );
            let (record, next) = append(
                &tenant(),
                &subject(),
                &heads[n],
                entry.fact("execution", RUN),
            );
            heads.push(next);
            record
        });
        (records.collect(), heads)
    }

    fn is_valid(records: Vec<Record>, head: &ChainHead, later: &ChainHead) -> bool {
        verify(&tenant(), &subject(), &before(records, head, later), head).valid
    }

    #[test]
    fn a_record_appended_during_the_walk_breaks_nothing() {
        let (records, heads) = chain_of(5);
        assert!(is_valid(records.clone(), &heads[3], &heads[5]));
        assert!(is_valid(records[..4].to_vec(), &heads[3], &heads[5]));
    }

    #[test]
    fn a_record_that_no_head_vouches_for_is_found() {
        let (records, heads) = chain_of(5);
        assert!(!is_valid(records.clone(), &heads[3], &heads[3]));
        assert!(!is_valid(records, &heads[3], &heads[4]));
    }

    #[test]
    fn a_chain_without_a_row_is_broken_where_it_ends_or_before() {
        let (mut records, _) = chain_of(3);
        let end = headless(&tenant(), &subject(), &records);
        assert_eq!(
            (end.valid, end.first_broken_seq, end.problem),
            (false, Some(3), Some(Break::Head))
        );
        records[1].entry.action = "run.denied".into();
        let inside = headless(&tenant(), &subject(), &records);
        assert_eq!(
            (inside.first_broken_seq, inside.problem),
            (Some(2), Some(Break::Altered))
        );
        assert!(!headless(&tenant(), &subject(), &[]).valid);
    }

    #[test]
    fn a_run_taken_out_of_the_tickets_row_is_still_walked() {
        let (records, heads) = chain_of(1);
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
            telling: Telling::Open,
            runs: Vec::new(),
            live: BTreeMap::new(),
            created_at: Timestamp::UNIX_EPOCH,
            rev: 1,
            chain: heads[1].clone(),
        };
        assert_eq!(runs(&ticket, &records), [ExecutionId::parse(RUN).unwrap()]);
        assert_eq!(run_id("x-1"), None);
        assert_eq!(run_id("evt_0123456789abcdef0123456789abcdef"), None);
    }
}
