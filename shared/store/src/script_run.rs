//! Runs of scripts on people's devices.

use crate::item::decode;
use crate::key::{Key, SCRIPT_RUNS};
use crate::table::Table;
use crate::transaction::Guard;
use crate::write::{Write, rev_after};
use crate::{Store, StoreError};
use domain::{ScriptRun, ScriptRunId, Tenant, TicketId};

/// Runs of one ticket that a list holds.
const MAX_RUNS: usize = 1000;

impl Store {
    /// A run of a script.
    ///
    /// # Errors
    /// When `DynamoDB` does not answer, or the row cannot be read.
    pub async fn script_run(
        &self,
        tenant: &Tenant,
        id: &ScriptRunId,
    ) -> Result<Option<ScriptRun>, StoreError> {
        let Some(key) = Key::script_run(tenant, id) else {
            return Ok(None);
        };
        let run: Option<ScriptRun> = self.get("script run", Table::Executions, &key).await?;
        Ok(run.filter(|run| run.id == *id))
    }

    /// Every run of a script for the ticket, newest last.
    ///
    /// # Errors
    /// When `DynamoDB` does not answer, or a row cannot be read.
    pub async fn script_runs(
        &self,
        tenant: &Tenant,
        ticket: TicketId,
    ) -> Result<Vec<ScriptRun>, StoreError> {
        let key = Key::ticket(tenant, ticket);
        let items = self
            .partition(Table::Executions, &key, SCRIPT_RUNS, MAX_RUNS)
            .await?;
        let runs = items.into_iter().map(|item| decode("script run", item));
        runs.collect()
    }
}

impl Write<'_> {
    /// A run of a script, new or as `seen`.
    pub fn script_run(mut self, seen: Option<&ScriptRun>, next: &ScriptRun) -> Self {
        let Some(key) = Key::script_run(self.tenant, &next.id) else {
            let flaw = "its id is not of the form run_<ticket>_<n>";
            self.rows.fail(StoreError::corrupt("script run", flaw));
            return self;
        };
        let row = ScriptRun {
            rev: rev_after(seen.map(|run| run.rev)),
            ..next.clone()
        };
        let guard = Guard::seen(seen.map(|run| run.rev));
        self.rows
            .put("script run", Table::Executions, &key, &row, guard);
        self.about(row.ticket_id);
        self.written.script_run = Some(Box::new(row));
        self
    }
}
