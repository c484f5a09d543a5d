//! A run of a script on somebody's device.

use crate::{DeviceId, ExecutionId, Refusal, ScriptId, ScriptRunId, StepId, TicketId, UserId};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// What a script wrote, redacted.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScriptOutput {
    /// The text, at most 4 KB.
    pub text: String,
    /// Whether there was more.
    #[serde(default)]
    pub cut: bool,
}

/// Where a run stands: `Begun → Queued → Running → {Succeeded, Failed, Unknown}`; the last three are final, and each may come
/// at once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "status", rename_all = "snake_case")]
pub enum ScriptRunState {
    /// The intent stands; whether the vendor was asked, or what it said, is not recorded yet.
    Begun,
    /// The vendor has it. A device out of reach keeps it here.
    Queued,
    /// It runs on the device.
    Running,
    /// It ended, and the vendor calls it a success.
    Succeeded {
        /// When that was seen.
        at: Timestamp,
        /// What it wrote.
        output: ScriptOutput,
    },
    /// It ended otherwise, or was never begun.
    Failed {
        /// When that was seen.
        at: Timestamp,
        /// The vendor's word, or ours for a start that it refused.
        reason: String,
        /// The script's exit code, when the vendor says it.
        #[serde(skip_serializing_if = "Option::is_none", default)]
        exit_code: Option<i64>,
        /// What it wrote.
        output: ScriptOutput,
        /// Whether nothing was begun, and another try may do better.
        #[serde(default)]
        retryable: bool,
    },
    /// Nobody knows. The device may run it yet.
    Unknown {
        /// When that was settled.
        at: Timestamp,
        /// Why not.
        reason: String,
    },
}

impl ScriptRunState {
    /// The word in our API.
    #[must_use]
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Begun => "starting",
            Self::Queued => "queued",
            Self::Running => "running",
            Self::Succeeded { .. } => "succeeded",
            Self::Failed { .. } => "failed",
            Self::Unknown { .. } => "unknown",
        }
    }

    /// When it ended.
    #[must_use]
    pub fn ended_at(&self) -> Option<Timestamp> {
        match self {
            Self::Begun | Self::Queued | Self::Running => None,
            Self::Succeeded { at, .. } | Self::Failed { at, .. } | Self::Unknown { at, .. } => {
                Some(*at)
            }
        }
    }

    /// Why it did not succeed.
    #[must_use]
    pub fn reason(&self) -> Option<&str> {
        match self {
            Self::Begun | Self::Queued | Self::Running | Self::Succeeded { .. } => None,
            Self::Failed { reason, .. } | Self::Unknown { reason, .. } => Some(reason),
        }
    }
}

/// A run of a script on somebody's device.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScriptRun {
    /// Its id.
    pub id: ScriptRunId,
    /// The ticket it is for.
    pub ticket_id: TicketId,
    /// Whose device.
    pub user_id: UserId,
    /// Where.
    pub device_id: DeviceId,
    /// What.
    pub script_id: ScriptId,
    /// The hash of what it was given: the same call again has the same.
    pub asked: String,
    /// Whose spending the receipts are, and what names the call in our audit and in the vendor's journal.
    pub claim: String,
    /// The vendor's handle: from before the start, then from its answer. It finds the run again.
    pub handle: String,
    /// Where it stands.
    pub state: ScriptRunState,
    /// When the intent was written.
    pub begun_at: Timestamp,
    /// When nobody waits for its end any more.
    pub until: Timestamp,
    /// The run and step that wait for it, if any.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub waiting: Option<(ExecutionId, StepId)>,
    /// The step's task token, encrypted. It stays after the end, so that an end that did not reach Step Functions can be told
    /// again.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub sealed_token: Option<String>,
    /// Counts writes; each is conditional on the one it saw.
    pub rev: u64,
}

impl ScriptRun {
    /// This run, as it stands now.
    ///
    /// # Errors
    /// When it has ended: the first end stands.
    pub fn to(&self, state: ScriptRunState) -> Result<Self, Refusal> {
        if self.state.ended_at().is_some() {
            return Err(Refusal {
                asked: "go on with",
                current: self.state.as_str(),
                allowed: &["starting", "queued", "running"],
            });
        }
        Ok(Self {
            state,
            ..self.clone()
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn run() -> ScriptRun {
        ScriptRun {
            id: ScriptRunId::of(TicketId::from_bits(1), 1),
            ticket_id: TicketId::from_bits(1),
            user_id: UserId::parse("abc-123").unwrap(),
            device_id: DeviceId::parse("101").unwrap(),
            script_id: ScriptId::parse("42").unwrap(),
            asked: "0a".into(),
            claim: "c-1".into(),
            handle: "ninjaone:{}".into(),
            state: ScriptRunState::Begun,
            begun_at: Timestamp::UNIX_EPOCH,
            until: Timestamp::UNIX_EPOCH,
            waiting: None,
            sealed_token: None,
            rev: 1,
        }
    }

    #[test]
    fn the_first_end_stands() {
        let at = Timestamp::UNIX_EPOCH;
        let unknown = ScriptRunState::Unknown {
            at,
            reason: "lost".into(),
        };
        let running = run().to(ScriptRunState::Running).unwrap();
        let ended = running.to(unknown).unwrap();
        assert_eq!(ended.state.ended_at(), Some(at));
        let late = ScriptRunState::Succeeded {
            at,
            output: ScriptOutput::default(),
        };
        assert_eq!(ended.to(late).unwrap_err().current, "unknown");
    }

    #[test]
    fn a_run_reads_back_from_its_row() {
        let failed = ScriptRunState::Failed {
            at: Timestamp::UNIX_EPOCH,
            reason: "FAILURE".into(),
            exit_code: Some(3),
            output: ScriptOutput::default(),
            retryable: false,
        };
        for run in [run(), run().to(failed).unwrap()] {
            let row = json!(run);
            assert_eq!(serde_json::from_value::<ScriptRun>(row).unwrap(), run);
        }
    }
}
