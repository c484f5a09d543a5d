//! How long to wait before asking again.

use jiff::Timestamp;
use ports::{Ids, RandomIds};
use std::time::{Duration, UNIX_EPOCH};

/// A longer wait is the caller's: a function that sleeps is paid for.
pub(crate) const LONGEST_WAIT: Duration = Duration::from_secs(2);
/// Nobody is told to stay away for longer.
const LONGEST_RETRY_AFTER: Duration = Duration::from_hours(1);

/// Reads `Retry-After`: seconds, or an HTTP date.
pub(crate) fn retry_after(value: &str, now: Timestamp) -> Option<Duration> {
    let value = value.trim();
    let wait = if let Ok(seconds) = value.parse::<u64>() {
        Duration::from_secs(seconds)
    } else {
        let since_epoch = httpdate::parse_http_date(value)
            .ok()?
            .duration_since(UNIX_EPOCH)
            .ok()?;
        let now = Duration::from_millis(u64::try_from(now.as_millisecond()).ok()?);
        since_epoch.saturating_sub(now)
    };
    Some(wait.min(LONGEST_RETRY_AFTER))
}

/// Full jitter: anything between nothing and 200 ms, 400 ms, 800 ms …
pub(crate) fn back_off(tries: u32) -> Duration {
    let most = 100_u64 << tries.min(4);
    let chance = RandomIds
        .bytes(2)
        .into_iter()
        .fold(0, |sum, byte| (sum << 8) | u64::from(byte));
    Duration::from_millis(most * chance / 0xFFFF)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn retry_after_is_seconds_or_a_date_and_capped() {
        let now = "2026-11-02T10:00:00Z".parse().unwrap();
        let seconds = |text| retry_after(text, now).map(|wait| wait.as_secs());
        assert_eq!(seconds("7"), Some(7));
        assert_eq!(seconds("Mon, 02 Nov 2026 10:00:30 GMT"), Some(30));
        assert_eq!(seconds("Mon, 02 Nov 2026 09:00:00 GMT"), Some(0));
        assert_eq!(seconds("86400"), Some(3600));
        assert_eq!(seconds("soon"), None);
    }

    #[test]
    fn the_wait_grows_and_stays_bounded() {
        for _ in 0..100 {
            assert!(back_off(1) <= Duration::from_millis(200));
            assert!(back_off(9) <= Duration::from_millis(1600));
        }
    }
}
