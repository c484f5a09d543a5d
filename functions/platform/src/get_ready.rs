//! `GET /ready`: whether we can work.

use axum::Json;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use kit::App;
use serde::Serialize;
use std::collections::BTreeMap;
use std::time::{Duration, Instant};
use store::StoreError;
use tokio::sync::Mutex;
use utoipa::ToSchema;

/// How long an answer is given again without asking anew.
const KEPT_FOR: Duration = Duration::from_secs(5);

/// How long one check may take.
const PATIENCE: Duration = Duration::from_secs(1);

/// The last answer, and when it was found out.
static LAST: Mutex<Option<(Instant, Ready)>> = Mutex::const_new(None);

/// Whether we can work, and what that was found out from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct Ready {
    /// Whether every check is `ok`.
    ready: bool,
    /// Each check: `ok`, `unavailable` or `timed out`.
    #[schema(value_type = BTreeMap<String, String>, example = json!({"store": "ok"}))]
    checks: BTreeMap<&'static str, &'static str>,
}

impl Ready {
    fn of(checks: impl IntoIterator<Item = (&'static str, &'static str)>) -> Self {
        let checks: BTreeMap<_, _> = checks.into_iter().collect();
        Self {
            ready: checks.values().all(|state| *state == OK),
            checks,
        }
    }
}

const OK: &str = "ok";

/// Whether we can work: the tables answer. Asked anew every 5 seconds at most.
#[utoipa::path(get, path = "/ready", operation_id = "get_ready", responses(
    (status = 200, description = "We can work.", body = Ready),
    (status = 503, description = "Something we need does not answer.", body = Ready)))]
pub(crate) async fn get_ready(app: App) -> Response {
    let ready = kept(&LAST, Instant::now(), async || {
        Ready::of([("store", check(app.store().ping()).await)])
    })
    .await;
    let status = if ready.ready {
        StatusCode::OK
    } else {
        StatusCode::SERVICE_UNAVAILABLE
    };
    (status, Json(ready)).into_response()
}

/// What a check came to.
async fn check(asked: impl Future<Output = Result<(), StoreError>>) -> &'static str {
    match tokio::time::timeout(PATIENCE, asked).await {
        Ok(Ok(())) => OK,
        Ok(Err(_)) => "unavailable",
        Err(_) => "timed out",
    }
}

/// The last answer while it is fresh, else a new one. Callers at the same time share one check.
async fn kept(
    last: &Mutex<Option<(Instant, Ready)>>,
    now: Instant,
    find_out: impl AsyncFnOnce() -> Ready,
) -> Ready {
    let mut last = last.lock().await;
    if let Some((at, ready)) = &*last
        && now.saturating_duration_since(*at) < KEPT_FOR
    {
        return ready.clone();
    }
    let ready = find_out().await;
    *last = Some((now, ready.clone()));
    ready
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_failed_check_is_not_ready() {
        assert!(Ready::of([("store", OK), ("queue", OK)]).ready);
        assert!(!Ready::of([("store", OK), ("queue", "timed out")]).ready);
    }

    #[tokio::test]
    async fn an_answer_is_given_again_for_five_seconds() {
        let last = Mutex::const_new(None);
        let begin = Instant::now();
        let good = || Ready::of([("store", OK)]);
        let bad = || Ready::of([("store", "unavailable")]);
        assert_eq!(kept(&last, begin, async || good()).await, good());
        assert_eq!(
            kept(&last, begin + Duration::from_millis(4_999), async || bad()).await,
            good()
        );
        assert_eq!(kept(&last, begin + KEPT_FOR, async || bad()).await, bad());
    }

    #[tokio::test]
    async fn a_check_that_does_not_end_is_given_up() {
        assert_eq!(check(std::future::pending()).await, "timed out");
        assert_eq!(check(async { Ok(()) }).await, OK);
    }
}
