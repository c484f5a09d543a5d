//! What finds a run again: the job's uid, which only the answer to its start says.

use crate::door::Door;
use ports::{CallError, RunHandle};
use serde::{Deserialize, Serialize};

const PREFIX: &str = "datto:";

/// A run, before and after its start.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Handle {
    pub(crate) device: String,
    pub(crate) component: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) job: Option<String>,
}

impl Handle {
    pub(crate) fn write(&self) -> Result<RunHandle, CallError> {
        let text = serde_json::to_string(self)
            .map_err(|_| Door::no("foreign_handle", "a run's handle cannot be written"))?;
        Ok(RunHandle(format!("{PREFIX}{text}")))
    }

    pub(crate) fn read(handle: &RunHandle) -> Result<Self, CallError> {
        let text = handle.0.strip_prefix(PREFIX);
        text.and_then(|text| serde_json::from_str(text).ok())
            .ok_or_else(|| Door::no("foreign_handle", "this handle is not one of Datto's runs"))
    }
}
