//! Lists in contract E's form: a bare array, with the numbers about it in headers.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use kit::Problem;
use serde::Deserialize;
use utoipa::IntoParams;

/// How many may be skipped; behind them a cursor says where to go on.
const MOST_SKIPPED: usize = 10_000;
const PAGE: usize = 100;

/// Which part of a list.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct ListQuery {
    /// How many to pass over: 0 to 10,000.
    #[param(minimum = 0, maximum = 10000)]
    skip: Option<usize>,
    /// 1 to 100.
    #[param(minimum = 1, maximum = 100)]
    limit: Option<usize>,
    /// The `X-Next-Cursor` of the page before, in the place of `skip`.
    cursor: Option<String>,
}

/// A part of a list.
#[derive(Debug)]
pub(crate) struct Cut<T> {
    pub(crate) items: Vec<T>,
    pub(crate) headers: HeaderMap,
}

impl ListQuery {
    /// The part that is asked for of `all`, which stand by `number`, lowest first.
    ///
    /// # Errors
    /// 422 when it is no part that can be asked for, 400 when it is too deep to be counted off.
    pub(crate) fn cut<T>(
        &self,
        all: Vec<T>,
        number: impl Fn(&T) -> u64,
    ) -> Result<Cut<T>, Problem> {
        let limit = self.limit.unwrap_or(PAGE);
        if !(1..=PAGE).contains(&limit) {
            return Err(Problem::invalid("limit", "a page holds 1 to 100"));
        }
        let skip = match &self.cursor {
            Some(cursor) => {
                let last = place(cursor).ok_or_else(bad_cursor)?;
                all.partition_point(|item| number(item) <= last)
            }
            None => self.skip.unwrap_or(0),
        };
        if self.cursor.is_none() && skip > MOST_SKIPPED {
            return Err(Problem::new(
                StatusCode::BAD_REQUEST,
                "USE_CURSOR",
                "skip goes to 10000; go on behind that with cursor, the X-Next-Cursor of the page before",
            ));
        }
        let total = all.len();
        let items: Vec<T> = all.into_iter().skip(skip).take(limit).collect();
        let mut headers = HeaderMap::new();
        let page = skip / limit + 1;
        for (name, value) in [
            ("x-total-count", total),
            ("x-page", page),
            ("x-per-page", limit),
        ] {
            headers.insert(HeaderName::from_static(name), HeaderValue::from(value));
        }
        let more = skip + items.len() < total;
        let last = items.last().filter(|_| more).map(number);
        let cursor = last.map(|last| URL_SAFE_NO_PAD.encode(format!("n-{last}")));
        if let Some(Ok(cursor)) = cursor.map(HeaderValue::try_from) {
            headers.insert(HeaderName::from_static("x-next-cursor"), cursor);
        }
        Ok(Cut { items, headers })
    }
}

/// The number in a cursor.
fn place(cursor: &str) -> Option<u64> {
    let bytes = URL_SAFE_NO_PAD.decode(cursor).ok()?;
    std::str::from_utf8(&bytes)
        .ok()?
        .strip_prefix("n-")?
        .parse()
        .ok()
}

fn bad_cursor() -> Problem {
    Problem::invalid(
        "cursor",
        "not a cursor: give the X-Next-Cursor of the page before, unchanged",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cut(query: &ListQuery, total: u64) -> Cut<u64> {
        query.cut((1..=total).collect(), |n| *n).unwrap()
    }

    fn asked(skip: usize, limit: usize) -> ListQuery {
        ListQuery {
            skip: Some(skip),
            limit: Some(limit),
            cursor: None,
        }
    }

    #[test]
    fn the_headers_say_how_many_there_are_and_which_page_this_is() {
        let page = cut(&asked(20, 10), 25);
        assert_eq!(page.items, [21, 22, 23, 24, 25]);
        for (name, value) in [
            ("x-total-count", "25"),
            ("x-page", "3"),
            ("x-per-page", "10"),
        ] {
            assert_eq!(page.headers[name], value, "{name}");
        }
        assert!(!page.headers.contains_key("x-next-cursor"));
        assert!(cut(&asked(25, 10), 25).items.is_empty());
    }

    #[test]
    fn pages_follow_each_other_by_their_cursors() {
        let mut query = asked(0, 10);
        let mut seen = Vec::new();
        loop {
            let page = cut(&query, 25);
            seen.extend(page.items);
            let Some(cursor) = page.headers.get("x-next-cursor") else {
                break;
            };
            query.cursor = Some(cursor.to_str().unwrap().to_owned());
        }
        assert_eq!(seen, (1..=25).collect::<Vec<_>>());
    }

    #[test]
    fn what_cannot_be_asked_for_is_refused() {
        let strange = ListQuery {
            cursor: Some("%%%".to_owned()),
            ..ListQuery::default()
        };
        for (query, code) in [
            (asked(1_000_000_000, 10), "USE_CURSOR"),
            (asked(0, 0), "VALIDATION_ERROR"),
            (asked(0, 101), "VALIDATION_ERROR"),
            (strange, "VALIDATION_ERROR"),
        ] {
            let refused = query.cut(vec![1_u64], |n| *n).unwrap_err().to_string();
            assert!(refused.starts_with(code), "{refused}");
        }
    }
}
