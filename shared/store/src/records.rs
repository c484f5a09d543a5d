//! Audit records.

use crate::item::{Item, decode};
use crate::key::Key;
use crate::table::Table;
use crate::{Store, StoreError};
use audit::{Actor, Entry, Record, Subject};
use domain::Tenant;
use jiff::Timestamp;
use serde_dynamo::aws_sdk_dynamodb_1::to_item;

/// Records of one chain that are read at most.
const MAX_RECORDS: usize = 10_000;

impl Store {
    /// The records of a chain in the order of their keys, 10,000 at most.
    ///
    /// A row that was tampered with so that it is no record any more comes back as a record that no hash fits, so that
    /// walking the chain names its place.
    ///
    /// # Errors
    /// When `DynamoDB` does not answer.
    pub async fn records(
        &self,
        tenant: &Tenant,
        subject: &Subject,
    ) -> Result<Vec<Record>, StoreError> {
        let key = Key::record(tenant, subject, 0);
        let items = self.partition(Table::Audit, &key, "", MAX_RECORDS).await?;
        Ok(items.into_iter().map(record).collect())
    }
}

fn record(item: Item) -> Record {
    let seq = item
        .get("sk")
        .and_then(|sk| sk.as_s().ok())
        .and_then(|sk| sk.parse().ok())
        .unwrap_or(0);
    let names = item.len();
    let read: Option<Record> = decode("audit record", item).ok();
    // Its own attributes and the key's two: one more, and somebody added it.
    let own = |record: &Record| to_item::<_>(record).map(|own| own.len() + 2);
    match read {
        Some(record) if own(&record).is_ok_and(|own| own == names) => record,
        _ => Record {
            seq,
            entry: Entry::new(
                Timestamp::UNIX_EPOCH,
                Actor::System("store".into()),
                "record.unreadable",
            ),
            prev_hash: String::new(),
            hash: String::new(),
        },
    }
}

#[cfg(test)]
#[expect(
    clippy::disallowed_methods,
    reason = "a test vouches for its own tenant"
)]
mod tests {
    use super::*;
    use crate::chain::extend;
    use crate::item::{encode, text};
    use audit::verify;
    use domain::{ChainHead, TicketId, Voucher};

    fn chain() -> (Tenant, Subject, Vec<Item>, ChainHead) {
        let tenant = Tenant::vouched("acme", Voucher::Operator).unwrap();
        let subject = Subject::Ticket(TicketId::from_bits(7));
        let entries = (0..3).map(|n| {
            Entry::new(
                Timestamp::UNIX_EPOCH,
                Actor::System("test".into()),
                "step.succeeded",
            )
            .fact("confidence", 1.0)
            .fact("n", n)
        });
        let (records, head) = extend(&tenant, &subject, ChainHead::default(), entries.collect());
        let items = records
            .iter()
            .map(|record| {
                let key = Key::record(&tenant, &subject, record.seq);
                encode("audit record", &key, record).unwrap()
            })
            .collect();
        (tenant, subject, items, head)
    }

    fn first_break(change: impl FnOnce(&mut Vec<Item>)) -> Option<u64> {
        let (tenant, subject, mut items, head) = chain();
        change(&mut items);
        let records: Vec<Record> = items.into_iter().map(record).collect();
        verify(&tenant, &subject, &records, &head).first_broken_seq
    }

    #[test]
    fn a_stored_chain_verifies() {
        assert_eq!(first_break(|_| {}), None);
    }

    #[test]
    fn a_row_without_an_attribute_or_with_one_more_is_named() {
        let lost = first_break(|items| {
            items[1].remove("hash");
        });
        let added = first_break(|items| {
            items[1].insert("note".into(), text("by hand"));
        });
        assert_eq!((lost, added), (Some(2), Some(2)));
    }

    #[test]
    fn a_row_put_in_by_hand_is_named() {
        let put_in = first_break(|items| {
            let mut row = items[1].clone();
            row.insert("sk".into(), text("000000000002x"));
            items.insert(2, row);
        });
        assert_eq!(put_in, Some(2));
    }
}
