//! Walking one chain while others may append to it.

use crate::head;
use audit::{Break, Record, Subject, Verdict, verify};
use domain::{ChainHead, Tenant};
use store::{Store, StoreError};

/// What walking one chain came to.
pub(crate) struct Walked {
    pub(crate) subject: Subject,
    pub(crate) verdict: Verdict,
}

/// Walks one chain from its records and the head that was read with them, while others may append to it.
///
/// # Errors
/// When the tables cannot be asked.
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
        head::head(store, tenant, &subject)
            .await?
            .unwrap_or_default()
    } else {
        head.clone()
    };
    let records = before(records, &head, &later);
    let verdict = verify(tenant, &subject, &records, &head);
    Ok(Walked { subject, verdict })
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
    use domain::{TicketId, Voucher};
    use jiff::Timestamp;

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
            let (record, next) = append(&tenant(), &subject(), &heads[n], entry);
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
}
