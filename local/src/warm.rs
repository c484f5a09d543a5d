//! How long a warm function takes, and how much of that it waits for AWS, by what it logs of itself.

use std::{path::PathBuf, time::Duration};

use runtime_api::{Answer, Invocation};
use serde::Deserialize;
use serde_json::Value;

use crate::{
    aws::Aws,
    error::{Doing, Error, Result},
    function,
};

const PATIENCE: Duration = Duration::from_secs(30);
/// The first invocations open connections and fill what a process keeps; they are not counted.
const FIRST: usize = 20;

/// Medians over the last invocations of one warm process.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Warm {
    /// Milliseconds from the event's way out of the Runtime API to the answer's way back.
    pub seen: f64,
    /// Milliseconds of the function's own work, from request to answer.
    pub ms: f64,
    /// Of that, while at least one call of AWS was under way.
    pub aws_ms: f64,
    /// The rest.
    pub beyond_ms: f64,
    /// Calls of AWS that one invocation makes.
    pub aws_calls: u32,
}

/// What the line of one request says.
#[derive(Debug, Clone, Copy, Deserialize)]
struct Line {
    ms: f64,
    aws_ms: f64,
    aws_calls: u32,
}

/// Invokes `operation` with `event` as often as `times` says, in one process of `program` that is warm by then.
///
/// # Errors
/// When the function is not deployed, does not answer, or answers with another status than 200.
pub async fn warm(
    aws: &Aws,
    stack: &str,
    operation: &str,
    program: PathBuf,
    event: &Value,
    times: usize,
) -> Result<Warm> {
    let doing = format!("invoking a warm {operation}");
    let function = function::deployed(aws, stack, operation, program).await?;
    let warmed = runtime_api::warm(&function, event, FIRST + times, PATIENCE)
        .await
        .doing(doing.clone())?;
    for invocation in &warmed.invocations {
        let good = match &invocation.answer {
            Answer::Good(answer) => answer["statusCode"] == 200,
            Answer::Bad(_) => false,
        };
        if !good {
            return Err(Error::failed(doing, format!("{:?}", invocation.answer)));
        }
    }
    let mut lines = lines(&warmed.log);
    lines.drain(..lines.len().saturating_sub(times));
    medians(&warmed.invocations[FIRST..], &lines)
        .ok_or_else(|| Error::failed(doing, "it logged no request"))
}

/// How often AWS was called for the last request that `log` tells of.
pub(crate) fn aws_calls(log: &str) -> Option<u32> {
    lines(log).last().map(|line| line.aws_calls)
}

fn lines(log: &str) -> Vec<Line> {
    log.lines()
        .filter_map(|line| serde_json::from_str(line).ok())
        .collect()
}

fn medians(invoked: &[Invocation], lines: &[Line]) -> Option<Warm> {
    let of = |figure: fn(&Line) -> f64| median(lines.iter().map(figure).collect());
    let mut calls: Vec<u32> = lines.iter().map(|line| line.aws_calls).collect();
    calls.sort_unstable();
    let seen = |one: &Invocation| (one.answered - one.handed).as_secs_f64() * 1000.0;
    Some(Warm {
        seen: median(invoked.iter().map(seen).collect())?,
        ms: of(|line| line.ms)?,
        aws_ms: of(|line| line.aws_ms)?,
        beyond_ms: of(|line| line.ms - line.aws_ms)?,
        aws_calls: *calls.get(calls.len() / 2)?,
    })
}

fn median(mut figures: Vec<f64>) -> Option<f64> {
    figures.sort_unstable_by(f64::total_cmp);
    figures.get(figures.len() / 2).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_log_is_read_for_its_requests_and_nothing_else() {
        let log = "began\n\
            {\"message\":\"request\",\"ms\":3.5,\"aws_ms\":3.0,\"aws_calls\":2}\n\
            {\"message\":\"task\",\"outcome\":\"ok\"}\n\
            {\"message\":\"request\",\"ms\":5.5,\"aws_ms\":4.0,\"aws_calls\":2}\n\
            {\"message\":\"request\",\"ms\":4.5,\"aws_ms\":4.25,\"aws_calls\":3}\n";
        let lines = lines(log);
        assert_eq!(lines.len(), 3);
        assert_eq!(
            median(lines.iter().map(|line| line.ms - line.aws_ms).collect()),
            Some(0.5)
        );
        assert_eq!(medians(&[], &lines), None);
    }
}
