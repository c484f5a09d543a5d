//! What rows weigh and writes cost.

use crate::Store;
use crate::item::Item;
use crate::table::Table;
use aws_sdk_dynamodb::types::{AttributeValue, ConsumedCapacity};
use domain::TicketId;
use std::collections::BTreeMap;

/// A row's size in bytes, as `DynamoDB` counts it: names and values, numbers two digits a byte, 3 bytes for a list or map
/// and 1 for each of its members.
pub(crate) fn size(item: &Item) -> usize {
    item.iter()
        .map(|(name, value)| name.len() + value_size(value))
        .sum()
}

fn value_size(value: &AttributeValue) -> usize {
    match value {
        AttributeValue::S(text) => text.len(),
        AttributeValue::N(number) => number_size(number),
        AttributeValue::B(bytes) => bytes.as_ref().len(),
        AttributeValue::Ss(texts) => texts.iter().map(String::len).sum(),
        AttributeValue::Ns(numbers) => numbers.iter().map(|n| number_size(n)).sum(),
        AttributeValue::Bs(many) => many.iter().map(|bytes| bytes.as_ref().len()).sum(),
        AttributeValue::L(values) => 3 + values.iter().map(|v| 1 + value_size(v)).sum::<usize>(),
        AttributeValue::M(map) => 3 + map.len() + size(map),
        // A boolean, a null; the SDK's enum has room for kinds that do not exist yet.
        _ => 1,
    }
}

fn number_size(number: &str) -> usize {
    let digits = number.bytes().filter(u8::is_ascii_digit).count();
    digits.div_ceil(2) + 1 + usize::from(number.starts_with('-'))
}

/// The units that writing a row of this size costs outside a transaction, indexes aside.
pub(crate) fn units(bytes: usize) -> u32 {
    u32::try_from(bytes.div_ceil(1024).max(1)).unwrap_or(u32::MAX)
}

/// What a write was for.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Purpose {
    pub(crate) name: &'static str,
    pub(crate) ticket_id: Option<TicketId>,
}

impl Purpose {
    pub(crate) fn new(name: &'static str) -> Self {
        Self {
            name,
            ticket_id: None,
        }
    }

    pub(crate) fn of(name: &'static str, ticket_id: TicketId) -> Self {
        Self {
            name,
            ticket_id: Some(ticket_id),
        }
    }

    /// Logs what a write that took place cost in one table.
    pub(crate) fn spent(self, table: Table, answer: Option<&ConsumedCapacity>) {
        self.log(table, answer.and_then(written).unwrap_or(0.0), false);
    }

    /// Logs what a transaction that took place cost, table by table. One whose first answer was lost answers with what
    /// the repetition read; what it wrote is then `computed`.
    pub(crate) fn spent_each(
        self,
        store: &Store,
        answers: &[ConsumedCapacity],
        computed: &BTreeMap<Table, u32>,
    ) {
        for (table, units) in computed {
            let told = answers
                .iter()
                .find(|answer| answer.table_name() == Some(store.name(*table)));
            let units = told.and_then(written).unwrap_or(f64::from(*units));
            self.log(*table, units, false);
        }
    }

    /// Logs what a refused write costs: it is billed like one that took place, but not told.
    pub(crate) fn refused(self, table: Table, units: u32) {
        self.log(table, f64::from(units), true);
    }

    fn log(self, table: Table, write_units: f64, refused: bool) {
        tracing::info!(
            table = table.as_str(),
            purpose = self.name,
            write_units,
            ticket_id = self.ticket_id.map(tracing::field::display),
            refused,
            "write"
        );
    }
}

/// The write units of an answer; none in that of a transaction that had been committed before.
fn written(answer: &ConsumedCapacity) -> Option<f64> {
    match (answer.write_capacity_units(), answer.read_capacity_units()) {
        (Some(units), _) => Some(units),
        (None, Some(_)) => None,
        (None, None) => answer.capacity_units(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::item::text;

    #[test]
    fn a_row_weighs_its_names_and_values() {
        let nested = Item::from([("k".into(), text("vv"))]);
        let item = Item::from([
            ("pk".into(), text("ü")),                                     // 2 + 2
            ("n".into(), AttributeValue::N("-1234".into())),              // 1 + 4
            ("b".into(), AttributeValue::Bool(true)),                     // 1 + 1
            ("m".into(), AttributeValue::M(nested)),                      // 1 + 3 + 1 + 3
            ("l".into(), AttributeValue::L(vec![text("a"), text("bc")])), // 1 + 3 + 2 + 3
        ]);
        assert_eq!(size(&item), 4 + 5 + 2 + 8 + 9);
    }

    #[test]
    fn a_unit_is_a_begun_kilobyte() {
        assert_eq!([0, 1, 1024, 1025, 2500].map(units), [1, 1, 1, 2, 3]);
    }

    #[test]
    fn the_answer_to_a_repeated_transaction_does_not_tell_what_it_wrote() {
        let first = ConsumedCapacity::builder()
            .capacity_units(10.0)
            .write_capacity_units(10.0);
        let replay = ConsumedCapacity::builder()
            .capacity_units(6.0)
            .read_capacity_units(6.0);
        let single = ConsumedCapacity::builder().capacity_units(3.0);
        let all = [first, replay, single].map(|answer| written(&answer.build()));
        assert_eq!(all, [Some(10.0), None, Some(3.0)]);
    }
}
