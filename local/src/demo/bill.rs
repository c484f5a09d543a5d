//! What the run cost: Step Functions transitions and DynamoDB write units, each with its purpose.

use std::{collections::BTreeMap, time::Duration};

use serde_json::Value;
use tokio::time;

use super::Demo;
use crate::{deployment::STACK, error::Result, logs};

const MOST_TRANSITIONS: usize = 6;
const MOST_WRITE_UNITS: f64 = 90.0;
/// A function's lines are read back once its invocation has ended.
const LAST_LINES: Duration = Duration::from_millis(700);
const PLAYBOOK: &str = "password_reset";

/// What one purpose wrote.
#[derive(Debug, Default, PartialEq)]
struct Writes {
    count: u32,
    units: f64,
}

impl Demo<'_> {
    /// Prints the bill of `ticket`'s run and how it stands to its budget.
    pub(super) async fn print_the_bill(&self, ticket: &str, execution: &str) -> Result<()> {
        time::sleep(LAST_LINES).await;
        let machine = format!("{STACK}-{PLAYBOOK}");
        let entered = states_entered(&self.aws.sfn_history(&machine, execution).await?);
        println!("\nStep Functions transitions: {}", entered.len());
        for state in &entered {
            println!("  {state}");
        }
        let lines = logs::read(&self.aws, STACK, 0).await?;
        let writes = writes_by_purpose(lines.iter().filter_map(logs::LogLine::json), ticket);
        println!("\nDynamoDB write units, by table and purpose:");
        for ((table, purpose), Writes { count, units }) in &writes {
            println!("  {units:6.1}  {table:<12} {purpose} ({count} ×)");
        }
        let units: f64 = writes.values().map(|writes| writes.units).sum();
        println!();
        compare(
            "transitions",
            entered.len(),
            MOST_TRANSITIONS,
            entered.len() <= MOST_TRANSITIONS,
        );
        compare(
            "write units",
            units,
            MOST_WRITE_UNITS,
            units <= MOST_WRITE_UNITS,
        );
        Ok(())
    }
}

fn compare(what: &str, used: impl std::fmt::Display, most: impl std::fmt::Display, kept: bool) {
    let verdict = if kept { "kept" } else { "EXCEEDED" };
    println!("{what}: {used} (budget ≤ {most}: {verdict})");
}

fn states_entered(history: &[Value]) -> Vec<String> {
    history
        .iter()
        .filter(|event| {
            event["type"]
                .as_str()
                .is_some_and(|kind| kind.ends_with("StateEntered"))
        })
        .filter_map(|event| event["stateEnteredEventDetails"]["name"].as_str())
        .map(str::to_owned)
        .collect()
}

fn writes_by_purpose(
    lines: impl Iterator<Item = Value>,
    ticket: &str,
) -> BTreeMap<(String, String), Writes> {
    let mut writes: BTreeMap<_, Writes> = BTreeMap::new();
    for line in lines {
        if line["message"] != "write" || line["ticket_id"] != ticket {
            continue;
        }
        let text = |name: &str| line[name].as_str().unwrap_or_default().to_owned();
        let entry = writes.entry((text("table"), text("purpose"))).or_default();
        entry.count += 1;
        entry.units += line["write_units"].as_f64().unwrap_or_default();
    }
    writes
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

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
        let write = |ticket: &str, units: f64| json!({"message": "write", "table": "audit", "purpose": "step", "write_units": units, "ticket_id": ticket});
        let lines = [
            write("HLP-1", 4.0),
            write("HLP-1", 2.0),
            write("HLP-2", 8.0),
            json!({"message": "other"}),
        ];
        let writes = writes_by_purpose(lines.into_iter(), "HLP-1");
        let expected = Writes {
            count: 2,
            units: 6.0,
        };
        assert_eq!(
            writes,
            BTreeMap::from([(("audit".to_owned(), "step".to_owned()), expected)])
        );
    }
}
