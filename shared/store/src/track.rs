//! How decisions agreed with people: each labelled decision, the record of each playbook version, and two plain counts.

use crate::capacity::Purpose;
use crate::key::{EXAMPLES, Key};
use crate::shelf::Shelf;
use crate::table::Table;
use crate::transaction::Guard;
use crate::write::{Write, rev_after};
use crate::{Cursor, Paged, Store, StoreError};
use aws_sdk_dynamodb::types::{AttributeValue, ReturnConsumedCapacity};
use domain::{Candidate, ContentHash, Example, Tenant, TicketId, TrackRecord};
use serde::Deserialize;

/// Counts that nothing is decided by. They are made beside a change, not in it: one may be missing or come twice where an
/// answer is lost.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
pub struct Tally {
    /// Decisions for the version.
    #[serde(default)]
    pub decided: i64,
    /// Decisions for another or none, where people say that this would have been right.
    #[serde(default)]
    pub missed: i64,
}

impl Store {
    /// The record of a version; a new one where nobody has labelled a decision for it.
    ///
    /// # Errors
    /// When `DynamoDB` does not answer, or the row cannot be read.
    pub async fn track(&self, tenant: &Tenant, of: &Candidate) -> Result<TrackRecord, StoreError> {
        let key = Key::track(tenant, of);
        let row = self.get("track record", Table::Tickets, &key).await?;
        Ok(row.unwrap_or_else(|| TrackRecord::new(of.clone())))
    }

    /// The counts of a version.
    ///
    /// # Errors
    /// When `DynamoDB` does not answer, or the row cannot be read.
    pub async fn tally(&self, tenant: &Tenant, of: &Candidate) -> Result<Tally, StoreError> {
        let key = Key::tally(tenant, of);
        let row = self.get("tally", Table::Tickets, &key).await?;
        Ok(row.unwrap_or_default())
    }

    /// Adds to the counts of a version.
    ///
    /// # Errors
    /// When `DynamoDB` does not answer; then it may be counted.
    pub async fn count_decisions(
        &self,
        tenant: &Tenant,
        of: &Candidate,
        more: Tally,
    ) -> Result<(), StoreError> {
        let signed = |n: i64| AttributeValue::N(n.to_string());
        let answer = Box::pin(
            self.client()
                .update_item()
                .table_name(self.name(Table::Tickets))
                .set_key(Some(Key::tally(tenant, of).attributes()))
                .update_expression("ADD decided :decided, missed :missed")
                .expression_attribute_values(":decided", signed(more.decided))
                .expression_attribute_values(":missed", signed(more.missed))
                .return_consumed_capacity(ReturnConsumedCapacity::Total)
                .send(),
        )
        .await
        .map_err(|error| StoreError::unavailable("count a decision", error))?;
        Purpose::new("count_decisions").spent(Table::Tickets, answer.consumed_capacity());
        Ok(())
    }

    /// What people said of the decision about this content of the ticket.
    ///
    /// # Errors
    /// When `DynamoDB` does not answer, or the row cannot be read.
    pub async fn example(
        &self,
        tenant: &Tenant,
        ticket: TicketId,
        content: &ContentHash,
    ) -> Result<Option<Example>, StoreError> {
        let key = Key::example(tenant, ticket, content);
        self.get("example", Table::Tickets, &key).await
    }

    /// Labelled decisions in the order their tickets came in, `limit` (1 to 100) at a time.
    ///
    /// # Errors
    /// When `DynamoDB` does not answer, or a row cannot be read.
    pub async fn examples(
        &self,
        tenant: &Tenant,
        limit: usize,
        cursor: Option<&Cursor>,
    ) -> Result<Paged<Example>, StoreError> {
        let first = Key::examples(tenant, "");
        let shelf = Shelf {
            doing: "list examples",
            row: "example",
            table: Table::Tickets,
            pk: first.pk(),
            prefix: EXAMPLES,
            backwards: false,
        };
        self.page_of(shelf, limit, cursor, place).await
    }
}

/// An example's place in the list.
fn place(row: &Example) -> String {
    format!("{}#{}", row.ticket_id, row.content.as_str())
}

impl Write<'_> {
    /// A version's record, as it was read.
    pub fn track(mut self, seen: &TrackRecord, next: &TrackRecord) -> Self {
        let row = TrackRecord {
            rev: seen.rev + 1,
            ..next.clone()
        };
        let key = Key::track(self.tenant, &row.of);
        let guard = Guard::seen((seen.rev > 0).then_some(seen.rev));
        self.rows
            .put("track record", Table::Tickets, &key, &row, guard);
        self
    }

    /// A labelled decision, new or as `seen`.
    pub fn example(mut self, seen: Option<&Example>, next: &Example) -> Self {
        let row = Example {
            rev: rev_after(seen.map(|example| example.rev)),
            ..next.clone()
        };
        let key = Key::example(self.tenant, row.ticket_id, &row.content);
        let guard = Guard::seen(seen.map(|example| example.rev));
        self.rows.put("example", Table::Tickets, &key, &row, guard);
        self.about(row.ticket_id);
        self
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
    use domain::{Intake, LabelSource, PlaybookName, Voucher, WINDOW};
    use jiff::Timestamp;

    fn example(ticket: u128) -> Example {
        let content = Intake {
            subject: "Password".into(),
            body: "forgot it".into(),
        };
        let candidate = Candidate {
            playbook: PlaybookName::parse("password_reset").unwrap(),
            version: "1.2".into(),
        };
        Example {
            ticket_id: TicketId::from_bits(ticket),
            content: content.hash(),
            decision_id: "dec_1".into(),
            classifier_version: "linear-1-5d2f09c1".into(),
            confidence: 0.9,
            decided: Some(candidate.clone()),
            label: Some(candidate),
            source: LabelSource::Correction,
            note: None,
            text: None,
            labelled_by: "key-3".into(),
            labelled_at: Timestamp::UNIX_EPOCH,
            rev: 0,
        }
    }

    #[test]
    fn a_full_record_stays_under_two_kilobytes_and_comes_back_from_its_row() {
        let tenant = Tenant::vouched("acme-support", Voucher::Operator).unwrap();
        let of = example(1).decided.unwrap();
        let full = (0..u128::from(WINDOW) + 10)
            .fold(TrackRecord::new(of.clone()), |record, ticket| {
                record.with(&example(ticket))
            });
        let item = encode("track record", &Key::track(&tenant, &of), &full).unwrap();
        let bytes = size(&item);
        assert!(bytes <= 2048, "{bytes} bytes");
        assert_eq!(decode::<TrackRecord>("track record", item).unwrap(), full);
    }

    #[test]
    fn examples_stand_in_the_order_their_tickets_came_in() {
        let tenant = Tenant::vouched("acme", Voucher::Operator).unwrap();
        let (early, late) = (example(7), example(8));
        let key = |row: &Example| Key::example(&tenant, row.ticket_id, &row.content);
        assert!(key(&early).sk() < key(&late).sk());
        assert_eq!(key(&late), Key::examples(&tenant, &place(&late)));
        let item = encode("example", &key(&early), &early).unwrap();
        assert_eq!(decode::<Example>("example", item).unwrap(), early);
    }
}
