//! `GET /api/v1/keys/{key_id}/usage`: what an API key was used for.

use crate::key_view::found;
use crate::number::Number;
use auth::KeysRead;
use axum::Json;
use jiff::{SignedDuration, Timestamp};
use kit::{App, Caller, Id, Problem, Problems};
use serde::Serialize;
use std::collections::BTreeMap;
use store::{KeyRow, KeyUsage, USAGE_DAYS};
use utoipa::ToSchema;

/// What an API key was used for in the last 30 days.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = KeyUsage)]
pub(crate) struct UsageReply {
    /// Requests that were answered.
    #[schema(example = 1000)]
    total_requests: u64,
    /// Those answered with a status under 400.
    #[schema(example = 950)]
    success_requests: u64,
    /// The others. A request that was not let in, for a limit or because the key does not work, is in neither.
    #[schema(example = 50)]
    failed_requests: u64,
    /// From the function's first look at the request to its answer; 0 without requests.
    #[schema(example = 123.45)]
    avg_response_time_ms: f64,
    /// How many went to each path, as it is documented.
    #[schema(example = json!({"/api/v1/users/": 500, "/api/v1/workflows/{job_id}": 500}))]
    requests_by_endpoint: BTreeMap<String, u64>,
    /// Requests it was let in for, ever: exact at any time.
    usage_count: u64,
    #[schema(value_type = Option<String>)]
    last_used_at: Option<Timestamp>,
    /// What is counted here begins then, UTC: 30 days, or as old as the key is.
    #[schema(value_type = String)]
    since: Timestamp,
}

/// What an API key was used for in the last 30 days.
///
/// `usage_count` and `last_used_at` are exact: the update that lets a request in counts it. The rest is counted by each function in
/// memory and written every 10 seconds, or 50 requests. So a key that is used now and then is counted at once, a busy one costs no write for
/// each request, and what it did last may be missing here until it is used again.
#[utoipa::path(get, path = "/api/v1/keys/{key_id}/usage", operation_id = "get_key_usage",
    params(("key_id" = u64, Path, description = "The key's number")),
    responses((status = 200, body = UsageReply), Problems), security(("api_key" = []), ("bearer" = [])))]
pub(crate) async fn get_key_usage(
    app: App,
    caller: Caller<KeysRead>,
    Id(Number(id)): Id<Number>,
) -> Result<Json<UsageReply>, Problem> {
    let (tenant, store) = (caller.tenant(), app.store());
    let key = found(&app, tenant, id).await?;
    let now = app.clock().now();
    let hashes = [key.hash.as_str()];
    let (usage, rows) = tokio::try_join!(
        store.key_usage(tenant, key.id, now),
        store.key_rows(&hashes)
    )?;
    Ok(Json(reply(usage, rows.first(), key.created_at, now)))
}

fn reply(
    usage: KeyUsage,
    row: Option<&KeyRow>,
    created_at: Timestamp,
    now: Timestamp,
) -> UsageReply {
    UsageReply {
        total_requests: usage.total(),
        success_requests: usage.success,
        failed_requests: usage.failed,
        avg_response_time_ms: average_ms(&usage),
        requests_by_endpoint: usage.paths,
        usage_count: row.map_or(0, |row| row.used),
        last_used_at: row.and_then(|row| row.last_used_at),
        since: first_day(now).max(created_at),
    }
}

/// The mean time, in milliseconds with two decimals.
fn average_ms(usage: &KeyUsage) -> f64 {
    let hundredths = (usage.micros / 10).checked_div(usage.total());
    let hundredths = u32::try_from(hundredths.unwrap_or(0)).unwrap_or(u32::MAX);
    f64::from(hundredths) / 100.0
}

/// When the first of the days begins that are kept.
fn first_day(now: Timestamp) -> Timestamp {
    let today = now.as_second().rem_euclid(86_400);
    let days = i64::try_from(USAGE_DAYS).unwrap_or(0) - 1;
    let midnight = Timestamp::from_second(now.as_second() - today).unwrap_or(now);
    midnight - SignedDuration::from_hours(24 * days)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn usage_has_every_documented_member_with_its_type() {
        let now: Timestamp = "2026-11-22T08:00:00Z".parse().unwrap();
        let paths = [
            ("/api/v1/users/".to_owned(), 500),
            ("/api/v1/keys".to_owned(), 500),
        ];
        let usage = KeyUsage {
            success: 950,
            failed: 50,
            micros: 123_456_789,
            paths: paths.into(),
        };
        let old = "2026-01-01T00:00:00Z".parse().unwrap();
        let shown = serde_json::to_value(reply(usage, None, old, now)).unwrap();
        let documented = json!({
            "total_requests": 1000, "success_requests": 950, "failed_requests": 50,
            "avg_response_time_ms": 123.45,
            "requests_by_endpoint": {"/api/v1/users/": 500, "/api/v1/keys": 500},
        });
        for (name, value) in documented.as_object().unwrap() {
            assert_eq!(shown[name], *value, "{name}");
        }
        assert_eq!(shown["since"], "2026-10-24T00:00:00Z");
    }

    #[test]
    fn a_key_that_was_never_used_has_zeros_since_it_was_made() {
        let now: Timestamp = "2026-11-22T08:00:00Z".parse().unwrap();
        let shown = reply(KeyUsage::default(), None, now, now);
        assert_eq!((shown.total_requests, shown.since), (0, now));
        assert!(shown.avg_response_time_ms.abs() < f64::EPSILON);
    }
}
