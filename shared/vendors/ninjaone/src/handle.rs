//! What finds a run again: NinjaOne need not say an id for it.

use crate::door::Door;
use jiff::Timestamp;
use ports::{CallError, RunHandle};
use serde::{Deserialize, Serialize};

const PREFIX: &str = "ninjaone:";

/// A run, before and after its start.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Handle {
    pub(crate) device: u32,
    pub(crate) script: u64,
    /// The script's name: activities and jobs say no number.
    pub(crate) name: String,
    /// The device's newest activity before the start.
    pub(crate) after: i64,
    pub(crate) at: Timestamp,
    /// Whether NinjaOne took the start. Otherwise its answer was lost, or it was never sent.
    #[serde(default)]
    pub(crate) taken: bool,
    /// The run's series of activities, where the answer said it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) series: Option<String>,
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
            .ok_or_else(|| {
                Door::no(
                    "foreign_handle",
                    "this handle is not one of NinjaOne's runs",
                )
            })
    }
}
