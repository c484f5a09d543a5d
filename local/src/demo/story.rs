//! The audit's story of the ticket, and whether its chains hold.

use serde_json::Value;

use super::Demo;
use crate::error::{Error, Result};

impl Demo<'_> {
    /// Prints what the audit says happened to the ticket and in its runs, in order of time.
    pub(super) async fn tell_the_story(&self, ticket: &str) -> Result<()> {
        let path = format!("/api/v1/audit/executions/{ticket}");
        let Some(story) = self.api(&path).await? else {
            let why = "the audit does not know this ticket";
            return Err(Error::failed(format!("GET {path}"), why));
        };
        println!("\nThe audit's story of {ticket}:");
        for record in records(&story) {
            println!("  {}", told(record));
        }
        Ok(())
    }

    /// Asks the audit to walk its chains, prints the verdict and answers with the ticket's own id.
    pub(super) async fn check_the_audit(&self, ticket: &str) -> Result<String> {
        let path = format!("/api/v1/audit/verify?ticket_id={ticket}");
        let verdict = self.api(&path).await?.unwrap_or_default();
        let chains = verdict["chains"]
            .as_array()
            .map(Vec::as_slice)
            .unwrap_or_default();
        let rows: u64 = chains
            .iter()
            .filter_map(|chain| chain["records"].as_u64())
            .sum();
        let valid = verdict["valid"] == true;
        let word = if valid { "valid" } else { "BROKEN" };
        println!(
            "\naudit of {ticket}: {word} ({rows} rows in {} chains)",
            chains.len()
        );
        if !valid {
            return Err(Error::failed("verifying the audit", verdict.to_string()));
        }
        chains
            .iter()
            .find_map(|chain| chain["subject"].as_str()?.strip_prefix("t#"))
            .map(str::to_owned)
            .ok_or_else(|| Error::failed("verifying the audit", "no chain is the ticket's own"))
    }
}

/// The ticket's records and those of its runs, oldest first.
fn records(story: &Value) -> Vec<&Value> {
    let runs = story["executions"].as_array().into_iter().flatten();
    let of_runs = runs.filter_map(|run| run["records"].as_array());
    let mut records: Vec<&Value> = story["records"]
        .as_array()
        .into_iter()
        .chain(of_runs)
        .flatten()
        .collect();
    records.sort_by_key(|record| record["at"].as_str().unwrap_or_default());
    records
}

fn told(record: &Value) -> String {
    let text = |pointer: &str| {
        record
            .pointer(pointer)
            .and_then(Value::as_str)
            .unwrap_or_default()
    };
    let step = match text("/facts/step") {
        "" => String::new(),
        step => format!("  [{step}]"),
    };
    format!(
        "{:<27} {:<26} by {} {}{step}",
        text("/at"),
        text("/action"),
        text("/actor/kind"),
        text("/actor/id"),
    )
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_ticket_and_its_runs_are_told_in_one_order() {
        let record = |at: &str| json!({"at": at, "action": "a"});
        let story = json!({
            "records": [record("1"), record("4")],
            "executions": [{"records": [record("2"), record("3")]}],
        });
        let order: Vec<&str> = records(&story)
            .iter()
            .filter_map(|record| record["at"].as_str())
            .collect();
        assert_eq!(order, ["1", "2", "3", "4"]);
    }

    #[test]
    fn a_record_says_when_what_who_and_which_step() {
        let record = json!({
            "at": "2026-01-01T00:00:00Z", "action": "step.begun",
            "actor": {"kind": "system", "id": "reset_password_task"}, "facts": {"step": "reset_password"},
        });
        let line = told(&record);
        for part in [
            "2026-01-01T00:00:00Z",
            "step.begun",
            "by system reset_password_task",
            "[reset_password]",
        ] {
            assert!(line.contains(part), "{line}");
        }
    }
}
