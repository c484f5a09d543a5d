//! Counts that an action adds to within the transaction of its intent: it takes place with all of them or not at all.
//!
//! A tenant's counts of an hour stand in one row, so that an action costs one more member; those of one person in a day in
//! another, which only playbooks that ask for it write.

use crate::item::{Item, number};
use crate::key::Key;
use crate::table::Table;
use crate::transaction::Change;
use crate::write::Write;
use crate::{Store, StoreError};
use domain::{Cap, CapReached, Counted, Counting, Tenant};
use jiff::Timestamp;

/// The member of a write that had no room, in [`StoreError::Conflict`].
pub const CAP: &str = "cap";

/// How long a row stays after its window, in seconds.
const STAYS: i64 = 3_600;

/// The row that a count stands in.
fn key(tenant: &Tenant, cap: &Cap, at: Timestamp) -> Key {
    let begun = cap.frees_at(at).as_second() - cap.window_seconds();
    match cap {
        Cap::Organization | Cap::Caller(_) | Cap::Playbook(_) => Key::hourly_counts(tenant, begun),
        Cap::Subject(_, user) => Key::daily_counts(tenant, begun, user),
    }
}

/// The attribute that a count stands in.
fn attribute(cap: &Cap) -> String {
    match cap {
        Cap::Organization => "n".to_owned(),
        Cap::Caller(caller) => format!("c:{caller}"),
        Cap::Playbook(playbook) | Cap::Subject(playbook, _) => format!("p:{playbook}"),
    }
}

/// The counts by their rows, in order.
fn by_row(tenant: &Tenant, counting: &Counting) -> Vec<(Key, Vec<Counted>)> {
    let mut rows: Vec<(Key, Vec<Counted>)> = Vec::new();
    for counted in &counting.counts {
        let key = key(tenant, &counted.cap, counting.at);
        match rows.iter_mut().find(|(known, _)| *known == key) {
            Some((_, counts)) => counts.push(counted.clone()),
            None => rows.push((key, vec![counted.clone()])),
        }
    }
    rows
}

/// Adds one to each, on the condition that each has room.
fn change(counts: &[Counted], at: Timestamp) -> Change {
    const LIMITS: [&str; 3] = [":l0", ":l1", ":l2"];
    let mut names = vec![("#ttl".to_owned(), "ttl".to_owned())];
    let goes = counts.first().map_or(at, |first| first.cap.frees_at(at));
    let goes = u64::try_from(goes.as_second() + STAYS).unwrap_or_default();
    let mut values = vec![
        (":ttl", number(goes)),
        (":one", number(1)),
        (":zero", number(0)),
    ];
    let (mut sets, mut conditions) = (vec!["#ttl = :ttl".to_owned()], Vec::new());
    for ((at, counted), limit) in counts.iter().enumerate().zip(LIMITS) {
        let name = format!("#n{at}");
        sets.push(format!("{name} = if_not_exists({name}, :zero) + :one"));
        conditions.push(format!(
            "(attribute_not_exists({name}) OR {name} < {limit})"
        ));
        names.push((name, attribute(&counted.cap)));
        values.push((limit, number(counted.limit.into())));
    }
    Change {
        set: format!("SET {}", sets.join(", ")),
        when: conditions.join(" AND "),
        names,
        values,
    }
}

impl Write<'_> {
    /// Adds one to each count. A [`StoreError::Conflict`] about [`CAP`] says that one of them has no room; the members before
    /// it are told of first, so it is to be the last.
    pub fn capped(mut self, counting: &Counting) -> Self {
        for (key, counts) in by_row(self.tenant, counting) {
            let change = change(&counts, counting.at);
            self.rows.update(CAP, Table::Ephemeral, &key, change);
        }
        self
    }
}

impl Store {
    /// The first of these counts that has no room; none when each has.
    ///
    /// # Errors
    /// When `DynamoDB` does not answer.
    pub async fn cap_reached(
        &self,
        tenant: &Tenant,
        counting: &Counting,
    ) -> Result<Option<CapReached>, StoreError> {
        for (key, counts) in by_row(tenant, counting) {
            let Some(item) = self.get_item(Table::Ephemeral, &key).await? else {
                continue;
            };
            let full = |counted: &&Counted| used(&item, &counted.cap) >= u64::from(counted.limit);
            if let Some(counted) = counts.iter().find(full) {
                return Ok(Some(CapReached::new(counted, counting.at)));
            }
        }
        Ok(None)
    }
}

fn used(item: &Item, cap: &Cap) -> u64 {
    let count = item
        .get(&attribute(cap))
        .and_then(|value| value.as_n().ok());
    count.and_then(|count| count.parse().ok()).unwrap_or(0)
}

#[cfg(test)]
#[expect(
    clippy::disallowed_methods,
    reason = "a test vouches for its own tenant"
)]
mod tests {
    use super::*;
    use domain::{PlaybookName, UserId, Voucher};

    fn counting(at: &str) -> Counting {
        let playbook = PlaybookName::parse("password_reset").unwrap();
        let user = UserId::parse("abc-123").unwrap();
        let caps = [
            Cap::Organization,
            Cap::Caller("key-3".to_owned()),
            Cap::Playbook(playbook.clone()),
            Cap::Subject(playbook, user),
        ];
        Counting {
            at: at.parse().unwrap(),
            counts: caps
                .into_iter()
                .map(|cap| Counted { cap, limit: 5 })
                .collect(),
        }
    }

    #[test]
    fn an_hours_counts_are_one_row_and_a_persons_of_a_day_another() {
        let tenant = Tenant::vouched("acme", Voucher::Operator).unwrap();
        let rows = by_row(&tenant, &counting("2026-11-22T08:59:59Z"));
        let shape: Vec<_> = rows.iter().map(|(_, counts)| counts.len()).collect();
        assert_eq!(shape, [3, 1]);
        let later = by_row(&tenant, &counting("2026-11-22T09:00:00Z"));
        assert_ne!(rows[0].0, later[0].0, "another hour is another row");
        assert_eq!(rows[1].0, later[1].0, "the same day is the same row");
    }

    #[test]
    fn each_count_goes_up_where_each_has_room() {
        let counting = counting("2026-11-22T08:00:00Z");
        let change = change(&counting.counts[..2], counting.at);
        assert_eq!(
            change.when,
            "(attribute_not_exists(#n0) OR #n0 < :l0) AND (attribute_not_exists(#n1) OR #n1 < :l1)"
        );
        assert_eq!(change.set.matches("+ :one").count(), 2);
        let ttl = change.values.iter().find(|(name, _)| *name == ":ttl");
        let goes: Timestamp = "2026-11-22T10:00:00Z".parse().unwrap();
        let goes = u64::try_from(goes.as_second()).unwrap();
        assert_eq!(ttl.unwrap().1, number(goes));
    }

    #[test]
    fn a_count_that_is_not_there_is_none() {
        let item = Item::from([("c:key-3".to_owned(), number(5))]);
        assert_eq!(used(&item, &Cap::Caller("key-3".to_owned())), 5);
        assert_eq!(used(&item, &Cap::Organization), 0);
    }
}
