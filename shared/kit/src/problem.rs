//! What went wrong, as a caller sees it. One place makes it HTTP: [`crate::edge`] adds time and request id.

use axum::response::{IntoResponse, Response};
use domain::Refusal;
use http::StatusCode;
use ports::CallError;
use serde::Serialize;
use serde_json::{Map, Value, json};
use store::StoreError;
use utoipa::ToSchema;

/// A refusal, an absence or a fault, with what the caller can do about it.
#[derive(Debug, Clone)]
pub struct Problem {
    pub(crate) status: StatusCode,
    pub(crate) code: &'static str,
    pub(crate) message: String,
    pub(crate) more: Map<String, Value>,
    pub(crate) retry_after: Option<u64>,
    /// When to try again, in seconds since 1970; the edge makes `retry_after` of it.
    pub(crate) until: Option<u64>,
}

/// The error body of every route: what each of the five contracts documents, together.
#[derive(Debug, Serialize, ToSchema)]
pub struct ProblemBody {
    /// A sentence for people.
    pub error: String,
    /// The same sentence, where another contract looks for it.
    pub detail: String,
    /// What the code needs to say more: `path`, `current`, `allowed`, `missing`.
    pub details: Map<String, Value>,
    /// A word for programs.
    pub code: String,
    /// The HTTP status.
    pub status_code: u16,
    /// When, UTC.
    pub timestamp: String,
    /// The request's id; the log has the rest.
    pub request_id: String,
    /// Seconds after which to try again, where waiting helps.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retry_after: Option<u64>,
}

/// The problems every route may answer with.
#[derive(utoipa::IntoResponses)]
pub enum Problems {
    /// The body is not JSON.
    #[response(status = 400)]
    Malformed(#[to_schema] ProblemBody),
    /// The credential is missing, unknown, revoked or expired.
    #[response(status = 401)]
    Unauthenticated(#[to_schema] ProblemBody),
    /// The credential lacks a permission, or a proof is missing.
    #[response(status = 403)]
    Forbidden(#[to_schema] ProblemBody),
    /// There is no such thing in this tenant.
    #[response(status = 404)]
    NotFound(#[to_schema] ProblemBody),
    /// The state does not allow it; `details` say which state and what would.
    #[response(status = 409)]
    Conflict(#[to_schema] ProblemBody),
    /// The body is over 64 KB.
    #[response(status = 413)]
    TooLarge(#[to_schema] ProblemBody),
    /// The limit of requests is reached; `Retry-After` says for how long.
    #[response(status = 429)]
    TooMany(#[to_schema] ProblemBody),
    /// A field has the wrong shape; `details.path` says which.
    #[response(status = 422)]
    Invalid(#[to_schema] ProblemBody),
    /// Something outside could not be asked; trying again is safe.
    #[response(status = 503)]
    Unavailable(#[to_schema] ProblemBody),
}

impl Problem {
    /// A problem.
    #[must_use]
    pub fn new(status: StatusCode, code: &'static str, message: impl Into<String>) -> Self {
        Self {
            status,
            code,
            message: message.into(),
            more: Map::new(),
            retry_after: None,
            until: None,
        }
    }

    /// There is no such thing in this tenant.
    #[must_use]
    pub fn not_found(what: &str) -> Self {
        Self::new(
            StatusCode::NOT_FOUND,
            "RESOURCE_NOT_FOUND",
            format!("there is no such {what}"),
        )
    }

    /// A field has the wrong shape.
    #[must_use]
    pub fn invalid(path: &str, message: impl Into<String>) -> Self {
        let message = message.into();
        let said = message.clone();
        Self::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            "VALIDATION_ERROR",
            message,
        )
        .with("path", path)
        .with("field", path)
        .with("message", said)
    }

    /// The state does not allow it.
    #[must_use]
    pub fn conflict(code: &'static str, message: impl Into<String>) -> Self {
        Self::new(StatusCode::CONFLICT, code, message)
    }

    /// A proof or a permission is missing.
    #[must_use]
    pub fn forbidden(code: &'static str, message: impl Into<String>, missing: &[&str]) -> Self {
        Self::new(StatusCode::FORBIDDEN, code, message).with("missing", json!(missing))
    }

    /// Who calls is not known.
    #[must_use]
    pub fn unauthenticated() -> Self {
        Self::new(
            StatusCode::UNAUTHORIZED,
            "AUTH_FAILED",
            "send a valid API key as X-API-Key, or a key or token as Authorization: Bearer",
        )
    }

    /// A window is full.
    #[must_use]
    pub fn too_many(count: store::Count) -> Self {
        let mut problem = Self::new(
            StatusCode::TOO_MANY_REQUESTS,
            "RATE_LIMIT_EXCEEDED",
            "Rate limit exceeded",
        );
        problem.until = Some(count.resets_at);
        problem.with("limit", count.limit)
    }

    /// Something we need could not be asked; trying again is safe.
    #[must_use]
    pub fn unavailable(message: impl Into<String>) -> Self {
        let mut problem = Self::new(StatusCode::SERVICE_UNAVAILABLE, "UNAVAILABLE", message);
        problem.retry_after = Some(2);
        problem
    }

    /// A fault of ours. The cause goes to the log with the request id, not to the caller.
    #[must_use]
    pub fn internal(cause: &(dyn std::error::Error + 'static)) -> Self {
        tracing::error!(cause = %chain(cause), "internal fault");
        Self::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "INTERNAL",
            "this is our fault; quote the request id",
        )
    }

    /// The HTTP status it is answered with.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        self.status
    }

    /// Its word for programs.
    #[must_use]
    pub fn code(&self) -> &'static str {
        self.code
    }

    /// Whether the same request may succeed later: something could not be asked, or somebody else was faster.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        self.status == StatusCode::SERVICE_UNAVAILABLE
            || self.code == "CONFLICT"
            || self.retryable()
    }

    fn retryable(&self) -> bool {
        self.more.get("retryable").and_then(Value::as_bool) == Some(true)
    }

    /// This problem with one more detail.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.more.insert(name.to_owned(), value.into());
        self
    }

    /// Seconds after which to try again, where waiting helps.
    #[must_use]
    pub fn wait(&self) -> Option<u64> {
        self.retry_after
    }

    /// This problem with the time after which to try again, in seconds.
    #[must_use]
    pub fn retry_after(mut self, seconds: u64) -> Self {
        self.retry_after = Some(seconds);
        self
    }
}

/// An error and its causes in one line. Our errors do not print their sources themselves.
pub(crate) fn chain(error: &(dyn std::error::Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        next = cause.source();
    }
    text
}

impl std::fmt::Display for Problem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.code, self.message)
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut response = self.status.into_response();
        response.extensions_mut().insert(self);
        response
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Conflict { what } => Self::conflict(
                "CONFLICT",
                "somebody else changed this at the same moment; read it and try again",
            )
            .with("what", what),
            StoreError::Unavailable { .. } => {
                tracing::warn!(cause = %chain(&error), "store unavailable");
                Self::unavailable("the store could not be asked; try again")
            }
            StoreError::TooBig { .. } => Self::invalid("", "this is too big to keep"),
            StoreError::Corrupt { .. } | StoreError::Unaudited { .. } => Self::internal(&error),
        }
    }
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        Self::conflict("WRONG_STATE", refusal.to_string())
            .with("current", refusal.current)
            .with("allowed", json!(refusal.allowed))
    }
}

impl From<CallError> for Problem {
    fn from(error: CallError) -> Self {
        tracing::warn!(cause = %error, "vendor call failed");
        let retryable = error.is_retryable();
        match error {
            CallError::NotFound { what, .. } => Self::not_found(what),
            other => Self::new(StatusCode::BAD_GATEWAY, "VENDOR_FAILED", other.to_string())
                .with("retryable", retryable),
        }
    }
}

impl From<crate::SealError> for Problem {
    fn from(error: crate::SealError) -> Self {
        tracing::warn!(cause = %chain(&error), "seal");
        Self::unavailable("the key service could not be asked; try again")
    }
}

impl From<crate::SignError> for Problem {
    fn from(error: crate::SignError) -> Self {
        tracing::error!(cause = %chain(&error), "sign");
        Self::unavailable("the key service could not be asked; try again")
    }
}

impl From<crate::Error> for Problem {
    fn from(error: crate::Error) -> Self {
        Self::internal(&error)
    }
}

impl From<crate::machines::MachineError> for Problem {
    fn from(error: crate::machines::MachineError) -> Self {
        tracing::warn!(cause = %chain(&error), "state machine");
        Self::unavailable("the state machine could not be reached; try again")
    }
}

impl From<crate::queues::SendError> for Problem {
    fn from(error: crate::queues::SendError) -> Self {
        tracing::warn!(cause = %chain(&error), "queue");
        Self::unavailable("the queue could not be reached; try again")
    }
}

impl From<auth::AuthError> for Problem {
    fn from(error: auth::AuthError) -> Self {
        match error {
            auth::AuthError::Unauthenticated => Self::unauthenticated(),
            auth::AuthError::Expired => Self::new(
                StatusCode::UNAUTHORIZED,
                "TOKEN_EXPIRED",
                "this token has expired; get another with POST /token/refresh/ or sign in again",
            ),
            auth::AuthError::Full(count) => Self::too_many(count),
            auth::AuthError::Suspended => Self::new(
                StatusCode::FORBIDDEN,
                "ORGANIZATION_SUSPENDED",
                "this organization is suspended; ask whoever administers it",
            ),
            auth::AuthError::TwoTenants => Self::new(
                StatusCode::UNAUTHORIZED,
                "AUTH_FAILED",
                "the two credentials of this request name two tenants; send one",
            ),
            auth::AuthError::Lacks(scope) => Self::forbidden(
                "PERMISSION_DENIED",
                format!("this credential lacks the permission {scope}"),
                &[scope],
            ),
            auth::AuthError::Store(error) => error.into(),
        }
    }
}
