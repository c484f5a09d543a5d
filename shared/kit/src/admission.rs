//! What the door learns of a caller while a request is answered, and tells in the answer's headers.

use axum::response::Response;
use http::{HeaderName, HeaderValue};
use std::sync::{Arc, Mutex, PoisonError};
use store::Count;

/// Shared between the edge and the extractors of one request.
#[derive(Debug, Clone, Default)]
pub(crate) struct Admission(Arc<Mutex<Option<Count>>>);

impl Admission {
    /// Notes where the caller's window stands.
    pub(crate) fn note(&self, count: Count) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(count);
    }

    /// Says in the headers where the window stands, when one was counted.
    pub(crate) fn tell(&self, response: &mut Response) {
        let noted = *self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(count) = noted else { return };
        let remaining = count.limit.saturating_sub(count.used);
        let fields = [
            ("x-ratelimit-limit", count.limit),
            ("x-ratelimit-remaining", remaining),
            ("x-ratelimit-reset", count.resets_at),
        ];
        for (name, value) in fields {
            let name = HeaderName::from_static(name);
            response
                .headers_mut()
                .insert(name, HeaderValue::from(value));
        }
    }
}
