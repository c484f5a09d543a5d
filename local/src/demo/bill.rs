//! What the run cost: Step Functions transitions and DynamoDB write units, each with its purpose.

use std::{collections::BTreeMap, fmt::Display, time::Duration};

use serde_json::Value;
use tokio::time;

use super::Demo;
use crate::{
    deployment::STACK,
    error::Result,
    logs::{self, LogLine},
};

const MOST_TRANSITIONS: usize = 6;
/// Ninety, and the twentieth of them that later work may add.
const MOST_WRITE_UNITS: f64 = 94.5;
/// The closing note's own webhook comes after the end, and a function's lines are read back once its invocation has ended.
const LAST_LINES: Duration = Duration::from_secs(2);
const PLAYBOOK: &str = "password_reset";
/// What is written for a ticket before, or without, knowing which: its webhooks, its number, the push to its user.
const OF_NO_TICKET: [&str; 3] = ["receive", "next_number", "count_push"];

/// What the run left in history and logs, read before the demo itself asks the audit, which writes too.
pub(super) struct Traces {
    entered: Vec<String>,
    lines: Vec<LogLine>,
}

/// What one purpose wrote.
#[derive(Debug, Default, PartialEq)]
struct Writes {
    count: u32,
    units: f64,
}

impl Demo<'_> {
    /// Reads what run `execution` left.
    pub(super) async fn traces(&self, execution: &str) -> Result<Traces> {
        time::sleep(LAST_LINES).await;
        let machine = format!("{STACK}-{PLAYBOOK}");
        let history = self.aws.sfn_history(&machine, execution).await?;
        Ok(Traces {
            entered: states_entered(&history),
            lines: logs::read(&self.aws, STACK, self.begun_at_ms).await?,
        })
    }
}

impl Traces {
    /// Prints the bill of the ticket whose own id is `ticket`, and how it stands to its budget.
    pub(super) fn print_bill(&self, ticket: &str) {
        let transitions = self.entered.len();
        println!("\nStep Functions transitions: {}", self.entered.join(", "));
        let writes = writes_by_purpose(self.lines.iter().filter_map(LogLine::json), ticket);
        println!("DynamoDB write units:");
        for ((table, purpose), Writes { count, units }) in &writes {
            println!("  {units:5}  {table:<12} {purpose} ({count} ×)");
        }
        let units = writes.values().fold(0.0, |sum, writes| sum + writes.units);
        println!();
        compare(
            "transitions",
            transitions,
            MOST_TRANSITIONS,
            transitions <= MOST_TRANSITIONS,
        );
        compare(
            "write units",
            units,
            MOST_WRITE_UNITS,
            units <= MOST_WRITE_UNITS,
        );
    }
}

fn compare(what: &str, used: impl Display, most: impl Display, kept: bool) {
    let verdict = if kept { "kept" } else { "EXCEEDED" };
    println!("{what}: {used} (budget ≤ {most}: {verdict})");
}

fn states_entered(history: &[Value]) -> Vec<String> {
    let entered = |event: &&Value| {
        event["type"]
            .as_str()
            .is_some_and(|kind| kind.ends_with("StateEntered"))
    };
    history
        .iter()
        .filter(entered)
        .filter_map(|event| event["stateEnteredEventDetails"]["name"].as_str())
        .map(str::to_owned)
        .collect()
}

fn writes_by_purpose(
    lines: impl Iterator<Item = Value>,
    ticket: &str,
) -> BTreeMap<(String, String), Writes> {
    let mut writes: BTreeMap<_, Writes> = BTreeMap::new();
    for line in lines.filter(|line| is_of(line, ticket)) {
        let text = |name: &str| line[name].as_str().unwrap_or_default().to_owned();
        let entry = writes.entry((text("table"), text("purpose"))).or_default();
        entry.count += 1;
        entry.units += line["write_units"].as_f64().unwrap_or_default();
    }
    writes
}

fn is_of(line: &Value, ticket: &str) -> bool {
    let is_the_tickets = line["ticket_id"] == ticket;
    let of_none = line["ticket_id"].is_null()
        && OF_NO_TICKET
            .iter()
            .any(|purpose| line["purpose"] == *purpose);
    line["message"] == "write" && (is_the_tickets || of_none)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn write(ticket: Option<&str>, purpose: &str, units: f64) -> Value {
        json!({"message": "write", "table": "t", "purpose": purpose, "write_units": units, "ticket_id": ticket})
    }

    #[test]
    fn transitions_are_the_states_entered() {
        let history = [
            json!({"type": "ExecutionStarted"}),
            json!({"type": "TaskStateEntered", "stateEnteredEventDetails": {"name": "verify"}}),
            json!({"type": "TaskStateExited", "stateExitedEventDetails": {"name": "verify"}}),
        ];
        assert_eq!(states_entered(&history), ["verify"]);
    }

    #[test]
    fn writes_of_one_purpose_are_summed_and_other_tickets_left_out() {
        let lines = [
            write(Some("A"), "step", 4.0),
            write(Some("A"), "step", 2.0),
            write(Some("B"), "step", 8.0),
            json!({"message": "other", "ticket_id": "A"}),
        ];
        let writes = writes_by_purpose(lines.into_iter(), "A");
        let expected = Writes {
            count: 2,
            units: 6.0,
        };
        assert_eq!(
            writes,
            BTreeMap::from([(("t".to_owned(), "step".to_owned()), expected)])
        );
    }

    #[test]
    fn a_stored_webhook_counts_although_its_ticket_is_not_known_yet() {
        let lines = [write(None, "receive", 2.0), write(None, "count_call", 1.0)];
        let writes = writes_by_purpose(lines.into_iter(), "A");
        let purposes: Vec<&str> = writes.keys().map(|(_, purpose)| purpose.as_str()).collect();
        assert_eq!(purposes, ["receive"]);
    }
}
