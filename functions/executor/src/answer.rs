//! What a caller of an action is answered with.

use http::{HeaderMap, HeaderName, HeaderValue};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

pub(crate) const REPLAYED: HeaderName = HeaderName::from_static("idempotent-replayed");

/// What a call is answered with.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Answer {
    pub(crate) result: Map<String, Value>,
    /// Whether an earlier call did it.
    pub(crate) replayed: bool,
}

impl Answer {
    /// Says in a header when an earlier call did it.
    pub(crate) fn headers(&self) -> HeaderMap {
        let mut headers = HeaderMap::new();
        if self.replayed {
            headers.insert(REPLAYED, HeaderValue::from_static("true"));
        }
        headers
    }

    /// A member of the result.
    pub(crate) fn read<T: DeserializeOwned>(&self, name: &str) -> Option<T> {
        serde_json::from_value(self.result.get(name)?.clone()).ok()
    }

    /// Whether the directory was changed.
    pub(crate) fn changed(&self) -> bool {
        self.read("changed").unwrap_or(false)
    }
}
