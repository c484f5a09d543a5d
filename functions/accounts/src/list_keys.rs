//! `GET /api/v1/keys`: the organization's API keys, masked.

use crate::key_view::{KeyView, organization, shown};
use auth::KeysRead;
use axum::Json;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use kit::{App, Caller, Params, Problem, Problems};
use serde::Deserialize;
use utoipa::IntoParams;

/// How many keys may be skipped; behind them a cursor says where to go on.
const MOST_SKIPPED: u64 = 10_000;
const PAGE: u64 = 100;

/// Which keys.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct KeysQuery {
    /// How many to pass over: 0 to 10,000.
    #[param(minimum = 0, maximum = 10000)]
    skip: Option<u64>,
    /// 1 to 100.
    #[param(minimum = 1, maximum = 100)]
    limit: Option<u64>,
    /// `id` or `created_at`, which is the same order.
    sort: Option<String>,
    /// `asc`, oldest first, or `desc`.
    order: Option<String>,
    /// The `X-Next-Cursor` of the page before, in the place of `skip`.
    cursor: Option<String>,
}

/// Numbers of keys, one after the other. They begin at 1 and none is left out: a revoked key stays in the list.
#[derive(Debug, PartialEq, Eq)]
struct Range {
    low: u64,
    high: u64,
    newest_first: bool,
    /// The page's number.
    page: u64,
    limit: u64,
    /// Where the next page begins.
    next: Option<u64>,
}

/// The organization's API keys, masked, oldest first; revoked and expired ones included.
#[utoipa::path(get, path = "/api/v1/keys", operation_id = "list_keys", params(KeysQuery),
    responses((status = 200, body = Vec<KeyView>, headers(
        ("X-Total-Count" = u64, description = "How many keys there are"),
        ("X-Page" = u64, description = "This page's number, from 1"),
        ("X-Per-Page" = u64, description = "How many keys a page holds"),
        ("X-Next-Cursor" = String, description = "Where the next page begins, when there is one"))), Problems),
    security(("api_key" = []), ("bearer" = [])))]
pub(crate) async fn list_keys(
    app: App,
    caller: Caller<KeysRead>,
    Params(query): Params<KeysQuery>,
) -> Result<(HeaderMap, Json<Vec<KeyView>>), Problem> {
    let tenant = caller.tenant();
    let store = app.store();
    let count = async { Ok::<_, Problem>(store.count(tenant, "key").await?) };
    let (count, organization_id) = tokio::try_join!(count, organization(&app, tenant))?;
    let range = range(&query, count.last)?;
    let mut keys = store.keys_between(tenant, range.low, range.high).await?;
    if range.newest_first {
        keys.reverse();
    }
    let views = shown(&app, organization_id, keys).await?;
    Ok((headers(&range, count.last), Json(views)))
}

/// The numbers that are asked for, of `total`.
fn range(query: &KeysQuery, total: u64) -> Result<Range, Problem> {
    let limit = query.limit.unwrap_or(PAGE);
    if !(1..=PAGE).contains(&limit) {
        return Err(Problem::invalid("limit", "a page holds 1 to 100 keys"));
    }
    if !matches!(query.sort.as_deref(), None | Some("id" | "created_at")) {
        return Err(Problem::invalid("sort", "keys sort by id or created_at"));
    }
    let newest_first = match query.order.as_deref() {
        None | Some("asc") => false,
        Some("desc") => true,
        Some(_) => return Err(Problem::invalid("order", "the order is asc or desc")),
    };
    let skip = query.skip.unwrap_or(0);
    if skip > MOST_SKIPPED {
        return Err(Problem::new(
            StatusCode::BAD_REQUEST,
            "USE_CURSOR",
            "skip goes to 10000; go on behind that with cursor, the X-Next-Cursor of the page before",
        ));
    }
    let first = match &query.cursor {
        Some(text) => place(text).ok_or_else(|| {
            Problem::invalid(
                "cursor",
                "not a cursor: give the X-Next-Cursor of the page before, unchanged",
            )
        })?,
        None if newest_first => total.saturating_sub(skip),
        None => skip + 1,
    };
    let (low, high, next) = if newest_first {
        let high = first.min(total);
        let low = (high + 1).saturating_sub(limit).max(1);
        (low, high, (low > 1).then(|| low - 1))
    } else {
        let high = first.saturating_add(limit - 1).min(total);
        (first, high, (high < total).then(|| high + 1))
    };
    let before = if newest_first {
        total.saturating_sub(high)
    } else {
        first - 1
    };
    Ok(Range {
        low,
        high,
        newest_first,
        page: before / limit + 1,
        limit,
        next: next.filter(|_| low <= high),
    })
}

/// The number in a cursor.
fn place(cursor: &str) -> Option<u64> {
    let bytes = URL_SAFE_NO_PAD.decode(cursor).ok()?;
    let number = std::str::from_utf8(&bytes).ok()?.strip_prefix("key-")?;
    number.parse().ok().filter(|number| *number > 0)
}

fn headers(range: &Range, total: u64) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for (name, value) in [
        ("x-total-count", total),
        ("x-page", range.page),
        ("x-per-page", range.limit),
    ] {
        headers.insert(HeaderName::from_static(name), HeaderValue::from(value));
    }
    let cursor = range
        .next
        .map(|next| URL_SAFE_NO_PAD.encode(format!("key-{next}")));
    if let Some(Ok(cursor)) = cursor.map(HeaderValue::try_from) {
        headers.insert(HeaderName::from_static("x-next-cursor"), cursor);
    }
    headers
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(skip: u64, limit: u64, order: &str) -> KeysQuery {
        KeysQuery {
            skip: Some(skip),
            limit: Some(limit),
            order: Some(order.to_owned()),
            ..KeysQuery::default()
        }
    }

    fn numbers(query: &KeysQuery, total: u64) -> (u64, u64, u64) {
        let range = range(query, total).unwrap();
        (range.low, range.high, range.page)
    }

    #[test]
    fn a_page_is_a_range_of_numbers() {
        assert_eq!(numbers(&KeysQuery::default(), 250), (1, 100, 1));
        assert_eq!(numbers(&asked(100, 100, "asc"), 250), (101, 200, 2));
        assert_eq!(numbers(&asked(200, 100, "asc"), 250), (201, 250, 3));
        assert_eq!(numbers(&asked(0, 100, "desc"), 250), (151, 250, 1));
        assert_eq!(numbers(&asked(200, 100, "desc"), 250), (1, 50, 3));
    }

    #[test]
    fn behind_the_last_key_there_is_nothing_and_no_next_page() {
        for query in [
            asked(250, 10, "asc"),
            asked(250, 10, "desc"),
            asked(0, 10, "desc"),
        ] {
            let total = if query.skip == Some(0) { 0 } else { 250 };
            let range = range(&query, total).unwrap();
            assert!(range.low > range.high, "{range:?}");
            assert_eq!(range.next, None);
        }
    }

    #[test]
    fn pages_follow_each_other_by_their_cursors() {
        for (order, expected) in [
            ("asc", vec![(1, 100), (101, 200), (201, 250)]),
            ("desc", vec![(151, 250), (51, 150), (1, 50)]),
        ] {
            let mut query = asked(0, 100, order);
            let mut pages = Vec::new();
            loop {
                let page = range(&query, 250).unwrap();
                pages.push((page.low, page.high));
                let headers = headers(&page, 250);
                let Some(cursor) = headers.get("x-next-cursor") else {
                    break;
                };
                query.cursor = Some(cursor.to_str().unwrap().to_owned());
            }
            assert_eq!(pages, expected, "{order}");
        }
    }

    #[test]
    fn what_cannot_be_asked_for_is_refused() {
        let sort = KeysQuery {
            sort: Some("password".to_owned()),
            ..KeysQuery::default()
        };
        let cursor = KeysQuery {
            cursor: Some("a2V5LTA".to_owned()),
            ..KeysQuery::default()
        };
        for (query, code) in [
            (asked(1_000_000_000, 10, "asc"), "USE_CURSOR"),
            (asked(0, 0, "asc"), "VALIDATION_ERROR"),
            (asked(0, 101, "asc"), "VALIDATION_ERROR"),
            (asked(0, 10, "up"), "VALIDATION_ERROR"),
            (sort, "VALIDATION_ERROR"),
            (cursor, "VALIDATION_ERROR"),
        ] {
            let refused = range(&query, 5).unwrap_err().to_string();
            assert!(refused.starts_with(code), "{refused}");
        }
    }
}
