//! What is needed to ask later how a person answered.

use ports::PromptHandle;
use serde::{Deserialize, Serialize};

#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Handle {
    pub(crate) session_id: String,
    pub(crate) context_id: String,
    /// Where the connector keeps the session; asked as it is.
    pub(crate) affinity_url: String,
}

impl Handle {
    pub(crate) fn to_port(&self) -> Option<PromptHandle> {
        serde_json::to_string(self).ok().map(PromptHandle)
    }

    pub(crate) fn of_port(handle: &PromptHandle) -> Option<Self> {
        serde_json::from_str(&handle.0).ok()
    }
}
