//! How often an invocation asks AWS and how long it waits for the answers: its log line says so.

use aws_sdk_dynamodb::config::interceptors::{
    BeforeDeserializationInterceptorContextRef, BeforeTransmitInterceptorContextRef,
    FinalizerInterceptorContextRef,
};
use aws_sdk_dynamodb::config::{ConfigBag, Intercept, RuntimeComponents, SharedInterceptor};
use aws_sdk_dynamodb::error::BoxError;
use aws_smithy_types::config_bag::{Storable, StoreReplace};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

tokio::task_local! {
    static OWN: Waiting;
}

/// What one invocation asked so far. Tasks it spawns are not counted.
#[derive(Debug, Clone, Default)]
pub(crate) struct Waiting(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    asked: u32,
    under_way: u32,
    since: Option<Instant>,
    total: Duration,
}

/// How often AWS was asked, a repeated attempt counting again, and for how long at least one answer was outstanding.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Waited {
    pub(crate) calls: u32,
    pub(crate) time: Duration,
}

impl Waited {
    pub(crate) fn milliseconds(self) -> f64 {
        milliseconds(self.time)
    }
}

/// With three decimals.
pub(crate) fn milliseconds(time: Duration) -> f64 {
    let micros = u32::try_from(time.as_micros()).unwrap_or(u32::MAX);
    f64::from(micros) / 1000.0
}

impl Waiting {
    /// Counts for `work` what it asks.
    pub(crate) async fn during<T>(&self, work: impl Future<Output = T>) -> T {
        OWN.scope(self.clone(), work).await
    }

    pub(crate) fn so_far(&self) -> Waited {
        let state = self.state();
        Waited {
            calls: state.asked,
            time: state.total,
        }
    }

    fn begin(&self, now: Instant) {
        let mut state = self.state();
        state.asked += 1;
        state.under_way += 1;
        state.since.get_or_insert(now);
    }

    fn end(&self, now: Instant) {
        let mut state = self.state();
        state.under_way = state.under_way.saturating_sub(1);
        if state.under_way == 0
            && let Some(since) = state.since.take()
        {
            state.total += now.saturating_duration_since(since);
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Counts a client's calls for the invocation that makes them.
pub(crate) fn counted() -> SharedInterceptor {
    SharedInterceptor::new(Counted)
}

#[derive(Debug)]
struct Counted;

/// An attempt whose answer is outstanding.
#[derive(Debug, Clone)]
struct Outstanding(Waiting);

impl Storable for Outstanding {
    type Storer = StoreReplace<Self>;
}

impl Counted {
    fn answered(config: &mut ConfigBag) {
        if let Some(Outstanding(waiting)) = config.load::<Outstanding>().cloned() {
            waiting.end(Instant::now());
            config
                .interceptor_state()
                .store_or_unset::<Outstanding>(None);
        }
    }
}

impl Intercept for Counted {
    fn name(&self) -> &'static str {
        "Counted"
    }

    fn read_before_transmit(
        &self,
        _: &BeforeTransmitInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        if let Ok(waiting) = OWN.try_with(Clone::clone) {
            waiting.begin(Instant::now());
            config.interceptor_state().store_put(Outstanding(waiting));
        }
        Ok(())
    }

    fn read_after_transmit(
        &self,
        _: &BeforeDeserializationInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        Self::answered(config);
        Ok(())
    }

    /// An attempt that got no answer ends here.
    fn read_after_attempt(
        &self,
        _: &FinalizerInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        Self::answered(config);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_at_once_are_waited_for_once() {
        let (waiting, zero) = (Waiting::default(), Instant::now());
        let at = |ms: u64| zero + Duration::from_millis(ms);
        waiting.begin(at(1));
        waiting.begin(at(2));
        waiting.end(at(3));
        waiting.end(at(6));
        waiting.begin(at(8));
        waiting.end(at(9));
        let (calls, time) = (3, Duration::from_millis(5 + 1));
        assert_eq!(waiting.so_far(), Waited { calls, time });
    }

    #[tokio::test]
    async fn an_invocation_counts_its_own_calls_only() {
        let [one, other] = [Waiting::default(), Waiting::default()];
        let call = || async {
            let own = OWN.with(Clone::clone);
            own.begin(Instant::now());
            tokio::task::yield_now().await;
            own.end(Instant::now());
        };
        let both = async {
            call().await;
            call().await;
        };
        tokio::join!(one.during(both), other.during(call()));
        assert_eq!((one.so_far().calls, other.so_far().calls), (2, 1));
        assert!(OWN.try_with(|_| ()).is_err());
    }
}
