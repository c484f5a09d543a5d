//! What the functions logged, read back from their log groups.

use serde_json::{Value, json};

use crate::{aws::Aws, error::Result};

/// The local AWS gives at most this many events in one answer and no token for more.
const PAGE: usize = 10_000;

/// One line a function wrote.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogLine {
    /// Whose log group it stands in.
    pub service: String,
    /// When its invocation ended, in milliseconds since 1970.
    pub at_ms: i64,
    /// The line.
    pub message: String,
}

impl LogLine {
    /// The line as the JSON object our functions write, if it is one.
    #[must_use]
    pub fn json(&self) -> Option<Value> {
        serde_json::from_str(&self.message)
            .ok()
            .filter(Value::is_object)
    }
}

/// Every line of every service of `stack` written at or after `since_ms`, oldest first.
///
/// # Errors
/// When the log groups cannot be read.
pub(crate) async fn read(aws: &Aws, stack: &str, since_ms: i64) -> Result<Vec<LogLine>> {
    let prefix = format!("/deskhand/{stack}/");
    let ask = json!({"logGroupNamePrefix": prefix, "limit": 50});
    let groups = aws
        .json("logs", "Logs_20140328.DescribeLogGroups", &ask)
        .await?;
    let mut lines = Vec::new();
    for group in groups["logGroups"].as_array().into_iter().flatten() {
        let name = group["logGroupName"].as_str().unwrap_or_default();
        let service = name.strip_prefix(&prefix).unwrap_or(name);
        lines.extend(read_group(aws, name, service, since_ms).await?);
    }
    lines.sort_by_key(|line| line.at_ms);
    Ok(lines)
}

async fn read_group(aws: &Aws, group: &str, service: &str, since_ms: i64) -> Result<Vec<LogLine>> {
    let mut lines: Vec<LogLine> = Vec::new();
    let mut since = since_ms;
    loop {
        let ask = json!({"logGroupName": group, "startTime": since, "limit": PAGE});
        let page = aws
            .json("logs", "Logs_20140328.FilterLogEvents", &ask)
            .await?;
        let events = page["events"]
            .as_array()
            .map(Vec::as_slice)
            .unwrap_or_default();
        let last = events.last().and_then(|event| event["timestamp"].as_i64());
        // A full page may end inside a millisecond: that one is asked for again, whole.
        let full = events.len() >= PAGE && last.is_some_and(|last| last > since);
        lines.extend(events.iter().filter_map(|event| {
            let at_ms = event["timestamp"].as_i64()?;
            let kept = !full || Some(at_ms) != last;
            kept.then(|| LogLine {
                service: service.to_owned(),
                at_ms,
                message: event["message"].as_str().unwrap_or_default().to_owned(),
            })
        }));
        match last {
            Some(last) if full => since = last,
            _ => return Ok(lines),
        }
    }
}
