//! Ids a test can foretell.

use jiff::Timestamp;
use ports::Ids;
use std::sync::atomic::{AtomicU64, Ordering};

/// Counts from 1 instead of asking for chance.
#[derive(Debug, Default)]
pub struct CountingIds(AtomicU64);

impl CountingIds {
    fn next(&self) -> u64 {
        self.0.fetch_add(1, Ordering::SeqCst) + 1
    }
}

impl Ids for CountingIds {
    fn ulid(&self, now: Timestamp) -> u128 {
        let millis = u128::try_from(now.as_millisecond()).unwrap_or(0);
        (millis << 80) | u128::from(self.next())
    }

    fn bytes(&self, bytes: usize) -> Vec<u8> {
        self.next()
            .to_be_bytes()
            .into_iter()
            .rev()
            .chain(std::iter::repeat(0))
            .take(bytes)
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_count_up_and_sort_by_time() {
        let ids = CountingIds::default();
        let early = ids.ulid(Timestamp::UNIX_EPOCH);
        let late = ids.ulid(Timestamp::from_second(1).unwrap());
        assert_eq!(early, 1);
        assert!(late > early);
        assert_eq!(ids.bytes(3), [3, 0, 0]);
    }
}
