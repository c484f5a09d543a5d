//! What API keys are used for. Counting it must not cost a write for each request: a function counts in memory and writes
//! when it last did so for that key 10 seconds ago, or 50 requests wait. A quiet key's count is exact at once; a busy one's
//! lags, and what waits in a function that is never called again is lost. How often a key was used at all is exact: the update that lets a request in
//! counts it.

use crate::App;
use domain::Tenant;
use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use store::KeyUsage;

/// How long counts wait for the next request, after a write.
const PAUSE: Duration = Duration::from_secs(10);
/// Requests of one key that wait at most.
const MOST_WAITING: u64 = 50;
/// Keys that one function counts for; the use of further ones is not broken down.
const MOST_KEYS: usize = 1_000;
/// Keys that one request writes for at most.
const MOST_WRITES: usize = 3;
/// How long an answer waits for one write.
const PATIENCE: Duration = Duration::from_secs(1);

/// A key of a tenant.
type KeyOf = (Tenant, u64);

/// What one function has counted and not written.
#[derive(Debug, Default)]
pub(crate) struct Usage(Mutex<HashMap<KeyOf, Waiting>>);

#[derive(Debug, Default)]
struct Waiting {
    counts: KeyUsage,
    written: Option<Instant>,
}

impl Waiting {
    fn is_due(&self, now: Instant) -> bool {
        let waits = self.counts.total();
        let paused = |at: Instant| now.saturating_duration_since(at) > PAUSE;
        waits >= MOST_WAITING || (waits > 0 && self.written.is_none_or(paused))
    }

    fn is_idle(&self, now: Instant) -> bool {
        let paused = |at: Instant| now.saturating_duration_since(at) > PAUSE;
        self.counts.total() == 0 && self.written.is_none_or(paused)
    }
}

impl Usage {
    fn waiting(&self) -> MutexGuard<'_, HashMap<KeyOf, Waiting>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Counts a request of a key to a documented path.
    pub(crate) fn count(&self, key: KeyOf, path: &str, is_success: bool, took: Duration) {
        let mut waiting = self.waiting();
        if waiting.len() >= MOST_KEYS && !waiting.contains_key(&key) {
            let now = Instant::now();
            waiting.retain(|_, of_key| !of_key.is_idle(now));
            if waiting.len() >= MOST_KEYS {
                tracing::warn!("more keys are in use than are counted for");
                return;
            }
        }
        waiting.entry(key).or_default().counts.add(&KeyUsage {
            success: u64::from(is_success),
            failed: u64::from(!is_success),
            micros: u64::try_from(took.as_micros()).unwrap_or(u64::MAX),
            paths: [(path.to_owned(), 1)].into(),
        });
    }

    /// Takes what is to be written now.
    fn due(&self, now: Instant) -> Vec<(KeyOf, KeyUsage)> {
        let mut waiting = self.waiting();
        let due = waiting.iter_mut().filter(|(_, of_key)| of_key.is_due(now));
        due.take(MOST_WRITES)
            .map(|(key, of_key)| {
                of_key.written = Some(now);
                (key.clone(), std::mem::take(&mut of_key.counts))
            })
            .collect()
    }

    /// Puts back what could not be written; the next request tries again.
    fn put_back(&self, key: KeyOf, counts: &KeyUsage) {
        let mut waiting = self.waiting();
        let of_key = waiting.entry(key).or_default();
        of_key.counts.add(counts);
        of_key.written = None;
    }

    /// Writes what is due. A request is not refused because this fails.
    pub(crate) async fn write(&self, app: &App) {
        for (key, counts) in self.due(Instant::now()) {
            let (tenant, id) = &key;
            let now = app.clock().now();
            let written = app.store().add_key_usage(tenant, *id, &counts, now);
            let cause = match tokio::time::timeout(PATIENCE, written).await {
                Ok(Ok(())) => continue,
                Ok(Err(error)) => crate::problem::chain(&error),
                Err(_) => "no answer in time".to_owned(),
            };
            tracing::warn!(
                cause,
                key_id = id,
                "what a key was used for is not written yet"
            );
            self.put_back(key, &counts);
        }
    }
}

#[cfg(test)]
#[expect(
    clippy::disallowed_methods,
    reason = "a test vouches for its own tenant"
)]
mod tests {
    use super::*;
    use domain::Voucher;

    const PATH: &str = "/api/v1/keys/{key_id}";

    fn key(id: u64) -> KeyOf {
        (Tenant::vouched("acme", Voucher::Operator).unwrap(), id)
    }

    fn count(usage: &Usage, times: u64) {
        for _ in 0..times {
            usage.count(key(1), PATH, true, Duration::from_millis(2));
        }
    }

    #[test]
    fn the_first_request_of_a_key_is_written_at_once_and_the_next_ones_wait() {
        let (usage, now) = (Usage::default(), Instant::now());
        count(&usage, 1);
        usage.count(key(2), PATH, false, Duration::from_millis(1));
        let mut due = usage.due(now);
        due.sort_by_key(|((_, id), _)| *id);
        let told = due
            .iter()
            .map(|(_, counts)| (counts.success, counts.failed));
        assert_eq!(told.collect::<Vec<_>>(), [(1, 0), (0, 1)]);

        count(&usage, 3);
        assert_eq!(usage.due(now + PAUSE), []);
        let due = usage.due(now + PAUSE + Duration::from_secs(1));
        let (_, counts) = &due[0];
        assert_eq!((counts.total(), counts.micros), (3, 6_000));
        assert_eq!(counts.paths, [(PATH.to_owned(), 3)].into());
        assert_eq!(usage.due(now + 3 * PAUSE), [], "nothing waits");
    }

    #[test]
    fn fifty_that_wait_are_written_without_a_pause() {
        let (usage, now) = (Usage::default(), Instant::now());
        count(&usage, 1);
        usage.due(now);
        count(&usage, MOST_WAITING - 1);
        assert_eq!(usage.due(now), []);
        count(&usage, 1);
        assert_eq!(usage.due(now)[0].1.total(), MOST_WAITING);
    }

    #[test]
    fn what_could_not_be_written_is_due_again_with_what_came_since() {
        let (usage, now) = (Usage::default(), Instant::now());
        count(&usage, 1);
        let (of, counts) = usage.due(now).remove(0);
        count(&usage, 1);
        usage.put_back(of, &counts);
        assert_eq!(usage.due(now)[0].1.total(), 2);
    }

    #[test]
    fn more_keys_than_are_counted_for_make_room_when_they_are_idle() {
        let usage = Usage::default();
        for id in 0..=MOST_KEYS as u64 {
            usage.count(key(id), PATH, true, Duration::ZERO);
        }
        assert_eq!(usage.waiting().len(), MOST_KEYS, "one too many is left out");
        for waiting in usage.waiting().values_mut() {
            *waiting = Waiting::default();
        }
        usage.count(key(5_000), PATH, true, Duration::ZERO);
        assert_eq!(usage.waiting().len(), 1);
    }
}
