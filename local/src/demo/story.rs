//! The audit's story of the ticket, and whether its chain holds.

use serde_json::Value;

use super::Demo;
use crate::error::{Error, Result};

impl Demo<'_> {
    /// Prints what the audit says happened, in its order.
    pub(super) async fn tell_the_story(&self, ticket: &str) -> Result<()> {
        let path = format!("/api/v1/audit/executions/{ticket}");
        let Some(story) = self.api(&path).await? else {
            return Err(Error::failed(
                format!("GET {path}"),
                "the audit does not know this ticket",
            ));
        };
        println!("\nThe audit's story of {ticket}:");
        for record in records(&story) {
            println!("  {}", told(record));
        }
        Ok(())
    }

    /// Asks the audit to walk its chains and prints the verdict.
    pub(super) async fn check_the_audit(&self, ticket: &str) -> Result<()> {
        let path = format!("/api/v1/audit/verify?ticket_id={ticket}");
        let verdict = self.api(&path).await?.unwrap_or_default();
        let valid = verdict["valid"] == true;
        println!(
            "\naudit chain of {ticket}: {}",
            if valid { "valid" } else { "BROKEN" }
        );
        if valid {
            return Ok(());
        }
        Err(Error::failed("verifying the audit", verdict.to_string()))
    }
}

fn records(story: &Value) -> impl Iterator<Item = &Value> {
    ["items", "records", "history"]
        .iter()
        .find_map(|name| story[name].as_array())
        .into_iter()
        .flatten()
}

fn told(record: &Value) -> String {
    let text = |name: &str| record[name].as_str().unwrap_or_default();
    format!(
        "{:<30}  {:<28}  {}",
        text("at"),
        text("action"),
        text("actor")
    )
}
