//! How a problem is written. Each contract documents its own error body; what is sent is all of them together, so that
//! every client finds what it looks for. Two things differ: contract C's schema errors are an array, and whoever accepts
//! `application/problem+json` gets RFC 9457.

use crate::problem::{Problem, ProblemBody};
use axum::body::Body;
use axum::response::Response;
use http::{HeaderMap, HeaderValue, StatusCode, header};
use jiff::{RoundMode, Timestamp, TimestampRound, Unit};
use serde_json::{Value, json};

/// The form of a problem's body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Dialect {
    /// The superset of the contracts' bodies.
    Common,
    /// The superset, with contract C's array of schema errors as its `detail`.
    SchemaArray,
    /// RFC 9457.
    ProblemJson,
}

/// Contract C's doors that read a body.
const CONTRACT_C: [&str; 3] = ["/api/register", "/api/login", "/api/me"];

impl Dialect {
    /// What this request wants.
    pub(crate) fn of(path: &str, headers: &HeaderMap) -> Self {
        let accepts = headers
            .get(header::ACCEPT)
            .and_then(|value| value.to_str().ok());
        let path = path.strip_suffix('/').unwrap_or(path);
        if accepts.is_some_and(|accepts| accepts.contains("application/problem+json")) {
            Self::ProblemJson
        } else if CONTRACT_C.contains(&path) {
            Self::SchemaArray
        } else {
            Self::Common
        }
    }

    /// The problem as an answer.
    pub(crate) fn render(self, now: Timestamp, problem: &Problem, id: &str) -> Response {
        let now_s = u64::try_from(now.as_second()).unwrap_or(0);
        let wait = problem
            .until
            .map(|until| until.saturating_sub(now_s).max(1));
        let retry_after = problem.retry_after.or(wait);
        let body = match self {
            Self::ProblemJson => rfc_9457(problem, id, retry_after),
            Self::Common | Self::SchemaArray => self.common(now, problem, id, retry_after),
        };
        let mut response = Response::new(Body::from(body.to_string()));
        *response.status_mut() = problem.status;
        let headers = response.headers_mut();
        let kind = match self {
            Self::ProblemJson => "application/problem+json",
            Self::Common | Self::SchemaArray => "application/json",
        };
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
        if let Some(seconds) = retry_after {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        if problem.status == StatusCode::UNAUTHORIZED {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response
    }

    fn common(
        self,
        now: Timestamp,
        problem: &Problem,
        id: &str,
        retry_after: Option<u64>,
    ) -> Value {
        let to_seconds = TimestampRound::new()
            .smallest(Unit::Second)
            .mode(RoundMode::Trunc);
        let at = now.round(to_seconds).unwrap_or(now);
        let body = ProblemBody {
            error: problem.message.clone(),
            detail: problem.message.clone(),
            details: problem.more.clone(),
            code: problem.code.to_owned(),
            status_code: problem.status.as_u16(),
            timestamp: at.to_string(),
            request_id: id.to_owned(),
            retry_after,
        };
        let mut body = serde_json::to_value(&body).unwrap_or_default();
        if let Some(members) = body.as_object_mut() {
            for (name, value) in &problem.more {
                members.entry(name.clone()).or_insert_with(|| value.clone());
            }
        }
        if self == Self::SchemaArray && problem.code == "VALIDATION_ERROR" {
            let path = problem
                .more
                .get("path")
                .and_then(Value::as_str)
                .unwrap_or_default();
            body["detail"] = json!([{
                "loc": ["body", path],
                "msg": problem.message,
                "type": "value_error",
            }]);
        }
        body
    }
}

/// The members that RFC 9457 names, and ours beside them.
fn rfc_9457(problem: &Problem, id: &str, retry_after: Option<u64>) -> Value {
    let mut body = json!({
        "type": "about:blank",
        "title": problem.status.canonical_reason().unwrap_or("Error"),
        "status": problem.status.as_u16(),
        "detail": problem.message,
        "instance": format!("urn:request:{id}"),
        "code": problem.code,
        "details": problem.more,
    });
    if let Some(seconds) = retry_after {
        body["retry_after"] = seconds.into();
    }
    body
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn rendered(dialect: Dialect, problem: &Problem) -> (Response<()>, Value) {
        let now = Timestamp::from_second(1_000).unwrap();
        let (parts, body) = dialect.render(now, problem, "r-1").into_parts();
        let bytes = axum::body::to_bytes(body, 1 << 16).await.unwrap();
        (
            Response::from_parts(parts, ()),
            serde_json::from_slice(&bytes).unwrap(),
        )
    }

    #[tokio::test]
    async fn a_full_window_says_when_to_come_back() {
        let count = store::Count {
            limit: 100,
            used: 100,
            resets_at: 1_030,
        };
        let (answer, body) = rendered(Dialect::Common, &Problem::too_many(count)).await;
        assert_eq!(answer.headers()[header::RETRY_AFTER], "30");
        assert_eq!(body["error"], "Rate limit exceeded");
        assert_eq!(
            (&body["retry_after"], &body["code"]),
            (&json!(30), &json!("RATE_LIMIT_EXCEEDED"))
        );
    }

    #[tokio::test]
    async fn contract_c_has_schema_errors_as_an_array_and_rules_as_a_text() {
        let (_, body) = rendered(Dialect::SchemaArray, &Problem::invalid("email", "missing")).await;
        assert_eq!(body["detail"][0]["loc"], json!(["body", "email"]));
        let rule = Problem::new(StatusCode::BAD_REQUEST, "DOMAIN", "not here");
        let (_, body) = rendered(Dialect::SchemaArray, &rule).await;
        assert_eq!(body["detail"], "not here");
    }

    #[tokio::test]
    async fn who_accepts_rfc_9457_gets_it() {
        let mut headers = HeaderMap::new();
        headers.insert(
            header::ACCEPT,
            HeaderValue::from_static("application/problem+json, */*"),
        );
        let dialect = Dialect::of("/api/v1/users/", &headers);
        let (answer, body) = rendered(dialect, &Problem::not_found("user")).await;
        assert_eq!(
            answer.headers()[header::CONTENT_TYPE],
            "application/problem+json"
        );
        assert_eq!(
            (&body["status"], &body["title"]),
            (&json!(404), &json!("Not Found"))
        );
    }
}
