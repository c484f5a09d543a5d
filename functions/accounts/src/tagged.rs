//! Documents of an organization that are saved whole: their `ETag`, and `If-Match` against a lost update.

use axum::response::{IntoResponse, Response};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use kit::Problem;

/// The tag of a document: whose it is, and its version, when it has one.
pub(crate) fn tag(source: &str, version: Option<u64>) -> String {
    format!("\"{source}-{}\"", version.unwrap_or_default())
}

/// An answer with its `ETag`.
pub(crate) fn answer(body: impl IntoResponse, tag: &str) -> Response {
    let mut answer = (StatusCode::OK, body).into_response();
    if let Ok(tag) = HeaderValue::from_str(tag) {
        answer.headers_mut().insert(header::ETAG, tag);
    }
    answer
}

/// Holds `tag` against `If-Match`, so that nobody passes over unread what somebody else saved. Who does not send one follows on
/// anything. `what` begins a sentence: `this policy was`.
pub(crate) fn follows(headers: &HeaderMap, tag: &str, what: &str) -> Result<(), Problem> {
    let wanted = headers.get_all(header::IF_MATCH);
    let mut wanted = wanted
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|text| text.split(','))
        .map(str::trim);
    if !headers.contains_key(header::IF_MATCH)
        || wanted.any(|wanted| wanted == "*" || wanted == tag)
    {
        return Ok(());
    }
    let message = format!("{what} changed since you read; read again and save what you want then");
    let status = StatusCode::PRECONDITION_FAILED;
    Err(Problem::new(status, "PRECONDITION_FAILED", message).with("current", tag))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lost_update_is_noticed() {
        let follows = |headers: &HeaderMap| follows(headers, "\"own-2\"", "this policy was");
        let with = |tag| HeaderMap::from_iter([(header::IF_MATCH, HeaderValue::from_static(tag))]);
        assert!(follows(&HeaderMap::new()).is_ok());
        for tag in ["\"own-2\"", "*", "\"own-1\", \"own-2\""] {
            assert!(follows(&with(tag)).is_ok(), "{tag}");
        }
        for tag in ["\"own-1\"", "\"inherited-2\"", "\"usual-0\""] {
            assert!(follows(&with(tag)).is_err(), "{tag}");
        }
    }
}
