//! What the door learns of a caller while a request is answered: where their window stands, which the answer's headers tell,
//! and the API keys that were shown, whose use is counted.

use axum::response::Response;
use domain::Tenant;
use http::{HeaderName, HeaderValue};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use store::Count;

/// Shared between the edge and the extractors of one request.
#[derive(Debug, Clone, Default)]
pub(crate) struct Admission(Arc<Mutex<Learned>>);

#[derive(Debug, Default)]
struct Learned {
    count: Option<Count>,
    keys: Vec<(Tenant, u64)>,
}

impl Admission {
    fn learned(&self) -> MutexGuard<'_, Learned> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes where the caller's window stands.
    pub(crate) fn note(&self, count: Count) {
        self.learned().count = Some(count);
    }

    /// Notes a key that was let in.
    pub(crate) fn note_key(&self, tenant: &Tenant, id: u64) {
        self.learned().keys.push((tenant.clone(), id));
    }

    /// The keys that were let in: one, or two if a caller shows two.
    pub(crate) fn keys(&self) -> Vec<(Tenant, u64)> {
        self.learned().keys.clone()
    }

    /// Says in the headers where the window stands, when one was counted.
    pub(crate) fn tell(&self, response: &mut Response) {
        let Some(count) = self.learned().count else {
            return;
        };
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
