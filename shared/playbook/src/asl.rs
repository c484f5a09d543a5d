//! Amazon States Language, as much of it as a playbook needs; fields in the order they are printed.

use serde::{Serialize, Serializer};
use serde_json::Value;

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Machine {
    pub(crate) comment: String,
    pub(crate) start_at: String,
    #[serde(serialize_with = "in_order")]
    pub(crate) states: Vec<(String, State)>,
}

#[derive(Debug, Serialize)]
#[serde(tag = "Type")]
pub(crate) enum State {
    Task(Task),
    Parallel(Parallel),
    Succeed(Succeed),
    Fail(Fail),
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Task {
    pub(crate) comment: String,
    pub(crate) resource: &'static str,
    pub(crate) parameters: Parameters,
    pub(crate) timeout_seconds: u32,
    /// Always null: what a function answers stays in the ledger, state carries ids only.
    pub(crate) result_path: Option<&'static str>,
    pub(crate) retry: Vec<Retrier>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) catch: Vec<Catcher>,
    #[serde(flatten)]
    pub(crate) then: Then,
}

/// Branches that run beside one another; the first that fails stops the others.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Parallel {
    pub(crate) comment: String,
    pub(crate) branches: Vec<Branch>,
    /// Always null: the next state gets the input that this one got.
    pub(crate) result_path: Option<&'static str>,
    pub(crate) catch: Vec<Catcher>,
    pub(crate) next: String,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Branch {
    pub(crate) start_at: String,
    #[serde(serialize_with = "in_order")]
    pub(crate) states: Vec<(String, State)>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Succeed {
    pub(crate) comment: &'static str,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Fail {
    pub(crate) comment: &'static str,
    pub(crate) error: &'static str,
}

#[derive(Debug, Clone, Serialize)]
pub(crate) enum Then {
    Next(String),
    End(bool),
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Parameters {
    pub(crate) function_name: String,
    #[serde(serialize_with = "in_order")]
    pub(crate) payload: Vec<(&'static str, Value)>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Retrier {
    pub(crate) error_equals: Vec<&'static str>,
    pub(crate) interval_seconds: u32,
    pub(crate) max_attempts: u32,
    pub(crate) backoff_rate: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) max_delay_seconds: Option<u32>,
}

/// What Step Functions takes where a retrier does not say: three tries more, after 1, 2 and 4 seconds.
impl Default for Retrier {
    fn default() -> Self {
        Self {
            error_equals: Vec::new(),
            interval_seconds: 1,
            max_attempts: 3,
            backoff_rate: 2.0,
            max_delay_seconds: None,
        }
    }
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Catcher {
    pub(crate) error_equals: Vec<&'static str>,
    pub(crate) result_path: Option<&'static str>,
    pub(crate) next: String,
}

fn in_order<K: Serialize, V: Serialize, S: Serializer>(
    entries: &[(K, V)],
    serializer: S,
) -> Result<S::Ok, S::Error> {
    serializer.collect_map(entries.iter().map(|(key, value)| (key, value)))
}
