//! Walking a chain.

use crate::record::{Record, Subject, hash};
use domain::{ChainHead, Tenant};
use serde::{Deserialize, Serialize};

/// What is wrong at the first place where something is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Break {
    /// The record's contents are not what was recorded.
    Altered,
    /// A record is missing before this number.
    Missing,
    /// A record stands here that the chain does not know.
    Inserted,
    /// The chain ends before, or elsewhere than, the subject's own row says.
    Head,
}

/// What walking a chain came to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Verdict {
    /// Whether every record is as it was recorded and none is missing.
    pub valid: bool,
    /// Records walked.
    pub records: u64,
    /// The number of the first record that is not.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub first_broken_seq: Option<u64>,
    /// What is wrong there.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub problem: Option<Break>,
}

/// Walks a chain, its records in the order of their keys, against the head that the subject's row holds.
#[must_use]
pub fn verify(tenant: &Tenant, subject: &Subject, records: &[Record], head: &ChainHead) -> Verdict {
    let mut last = ChainHead::default();
    let count = records.len() as u64;
    let broken = |seq, problem| Verdict {
        valid: false,
        records: count,
        first_broken_seq: Some(seq),
        problem: Some(problem),
    };
    for record in records {
        let expected = last.seq + 1;
        if record.seq > expected {
            return broken(expected, Break::Missing);
        }
        if record.seq < expected {
            return broken(record.seq, Break::Inserted);
        }
        let computed = hash(
            tenant.as_str(),
            subject,
            record.seq,
            &record.entry,
            &record.prev_hash,
        );
        if computed != record.hash {
            return broken(record.seq, Break::Altered);
        }
        if record.prev_hash != last.hash {
            return broken(record.seq, Break::Inserted);
        }
        last = ChainHead {
            seq: record.seq,
            hash: record.hash.clone(),
        };
    }
    if last == *head {
        Verdict {
            valid: true,
            records: count,
            first_broken_seq: None,
            problem: None,
        }
    } else {
        let problem = if last.seq < head.seq {
            Break::Missing
        } else {
            Break::Head
        };
        broken(
            last.seq.min(head.seq) + u64::from(last.seq != head.seq),
            problem,
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Actor, Entry, append};
    use domain::{TicketId, Voucher};
    use jiff::Timestamp;
    use proptest::prelude::*;

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

    fn chain(length: u64) -> (Vec<Record>, ChainHead) {
        let mut head = ChainHead::default();
        let mut records = Vec::new();
        for n in 0..length {
            let entry = Entry::new(
                Timestamp::UNIX_EPOCH,
                Actor::System("test".into()),
                "step.succeeded",
            )
            .fact("n", n);
            let (record, next) = append(&tenant(), &subject(), &head, entry);
            records.push(record);
            head = next;
        }
        (records, head)
    }

    fn first_break(records: &[Record], head: &ChainHead) -> Option<u64> {
        verify(&tenant(), &subject(), records, head).first_broken_seq
    }

    proptest! {
        #[test]
        fn an_untouched_chain_is_valid(length in 0_u64..20) {
            let (records, head) = chain(length);
            prop_assert!(verify(&tenant(), &subject(), &records, &head).valid);
        }

        #[test]
        fn an_edited_record_is_named(length in 1_u64..20, at in any::<prop::sample::Index>()) {
            let (mut records, head) = chain(length);
            let at = at.index(records.len());
            records[at].entry.facts.insert("n".into(), serde_json::json!("edited"));
            prop_assert_eq!(first_break(&records, &head), Some(at as u64 + 1));
        }

        #[test]
        fn a_removed_record_is_named(length in 1_u64..20, at in any::<prop::sample::Index>()) {
            let (mut records, head) = chain(length);
            let at = at.index(records.len());
            records.remove(at);
            prop_assert_eq!(first_break(&records, &head), Some(at as u64 + 1));
        }

        #[test]
        fn a_doubled_record_is_named(length in 1_u64..20, at in any::<prop::sample::Index>()) {
            let (mut records, head) = chain(length);
            let at = at.index(records.len());
            records.insert(at, records[at].clone());
            prop_assert_eq!(first_break(&records, &head), Some(at as u64 + 1));
        }

        #[test]
        fn an_edit_with_its_own_hash_made_right_breaks_the_next_or_the_head(length in 1_u64..20, at in any::<prop::sample::Index>()) {
            let (mut records, head) = chain(length);
            let at = at.index(records.len());
            records[at].entry.action = "step.denied".into();
            let seq = records[at].seq;
            records[at].hash = hash("acme", &subject(), seq, &records[at].entry, &records[at].prev_hash);
            prop_assert!(!verify(&tenant(), &subject(), &records, &head).valid);
        }
    }
}
