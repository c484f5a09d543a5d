//! What simulating a playbook's texts came to, with its record.

use crate::chain::extend;
use crate::key::Key;
use crate::table::Table;
use crate::transaction::Guard;
use crate::write::{Write, rev_after};
use crate::{Store, StoreError};
use audit::{Entry, Subject};
use domain::{ChainHead, PlaybookName, Tenant};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// What simulating one text of a playbook in one tenant came to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SimulationRow {
    /// The playbook.
    pub playbook: PlaybookName,
    /// The version it was simulated under last.
    pub version: String,
    /// SHA-256 of the text, in hexadecimal.
    pub checksum: String,
    /// When it was simulated last.
    pub at: Timestamp,
    /// Cases of the last simulation.
    pub cases: u64,
    /// Branches that its cases took.
    pub covered: u64,
    /// Branches of the machine.
    pub branches: u64,
    /// Flaws that it found.
    pub flaws: u64,
    /// When it was green last; a later simulation that is not takes nothing from it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub green_at: Option<Timestamp>,
    /// Counts writes.
    pub rev: u64,
    /// Where its audit chain ends.
    #[serde(default)]
    pub chain: ChainHead,
}

/// The chain of a text's simulations. They are no change of the playbook, so they stand beside its chain; and a tenant
/// simulates what it has from the one above before it has a row of its own.
#[must_use]
pub fn simulation_subject(name: &PlaybookName, checksum: &str) -> Subject {
    Subject::Account(format!("simulation-{name}-{checksum}"))
}

impl Store {
    /// What simulating this text came to in this tenant.
    ///
    /// # Errors
    /// When `DynamoDB` does not answer, or the row cannot be read.
    pub async fn simulation(
        &self,
        tenant: &Tenant,
        name: &PlaybookName,
        checksum: &str,
    ) -> Result<Option<SimulationRow>, StoreError> {
        let key = Key::simulation(tenant, name, checksum);
        self.get("simulation", Table::Playbooks, &key).await
    }
}

impl Write<'_> {
    /// What a simulation came to, new or as `seen`, with its record: one entry at least.
    pub fn simulation(
        mut self,
        seen: Option<&SimulationRow>,
        next: &SimulationRow,
        entries: Vec<Entry>,
    ) -> Self {
        let subject = simulation_subject(&next.playbook, &next.checksum);
        let head = seen.map(|row| row.chain.clone()).unwrap_or_default();
        self.audited("simulation", &entries);
        let (records, chain) = extend(self.tenant, &subject, head, entries);
        let row = SimulationRow {
            rev: rev_after(seen.map(|row| row.rev)),
            chain,
            ..next.clone()
        };
        let guard = Guard::seen(seen.map(|row| row.rev));
        let key = Key::simulation(self.tenant, &row.playbook, &row.checksum);
        self.rows
            .put("simulation", Table::Playbooks, &key, &row, guard);
        self.records(&subject, &records);
        self
    }
}
