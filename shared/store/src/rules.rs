//! Tenants' rules for classifications, as the text they were saved in.

use crate::gate::GateRow;
use crate::item::number;
use crate::key::Key;
use crate::table::Table;
use crate::transaction::Guard;
use crate::window::Gate;
use crate::write::{Write, rev_after};
use crate::{Pass, Store, StoreError, seconds};
use domain::Tenant;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// The window that second opinions are counted in, in seconds.
const DAY: u64 = 86_400;

/// One version of a tenant's rules.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RulesRow {
    /// What they say, as JSON.
    pub document: String,
    /// When they were saved.
    pub changed_at: Timestamp,
    /// Who saved them: `key-3`, `user-12`, or from above `acme/key-1`.
    pub changed_by: String,
    /// Their number, from 1; counts writes, and each is conditional on the one it saw.
    pub rev: u64,
}

/// The rules that hold in a tenant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeldRules {
    /// The rules.
    pub row: RulesRow,
    /// The tenant above, when they are that one's.
    pub above: Option<Tenant>,
}

impl Store {
    /// One version of a tenant's own rules.
    ///
    /// # Errors
    /// When `DynamoDB` does not answer, or the row cannot be read.
    pub async fn rules_version(
        &self,
        tenant: &Tenant,
        version: u64,
    ) -> Result<Option<RulesRow>, StoreError> {
        let key = Key::rules_version(tenant, version);
        self.get("version of the rules", Table::Playbooks, &key)
            .await
    }

    /// The rules that hold in a tenant: its own, else those of the tenant above; none where neither has any. One request
    /// once it is known who is above.
    ///
    /// # Errors
    /// When `DynamoDB` does not answer, or a row cannot be read.
    pub async fn rules_of(&self, tenant: &Tenant) -> Result<Option<HeldRules>, StoreError> {
        let held = self.held("rules", tenant, Key::rules, |_| true).await?;
        Ok(held.map(|(row, above)| HeldRules { row, above }))
    }

    /// Counts a second opinion of the tenant's, unless `limit` were counted in this day of the clock in UTC: then false, and
    /// nothing is counted.
    ///
    /// # Errors
    /// When `DynamoDB` does not answer, or the row cannot be read.
    pub async fn count_opinion(
        &self,
        tenant: &Tenant,
        now: Timestamp,
        limit: u32,
    ) -> Result<bool, StoreError> {
        let key = Key::opinions(tenant);
        let limit = u64::from(limit);
        let gate = Gate {
            purpose: "count_opinion",
            table: Table::Ephemeral,
            key: &key,
            window: DAY,
            stands: "attribute_not_exists(suspended)",
            under: "n < :limit",
            also: ", #ttl = :ttl",
            names: vec![("#ttl", "ttl".into())],
            values: vec![
                (":limit", number(limit)),
                (":ttl", number(seconds(now) + 2 * DAY)),
            ],
            makes: true,
        };
        let passed = self
            .pass(gate, now, |_: &GateRow| limit, |_| true, |row| row.n)
            .await?;
        Ok(matches!(passed, Pass::In(..)))
    }
}

impl Write<'_> {
    /// A tenant's rules, new or as `seen`, and the version that they are from now on. The tenant's own row is written with
    /// them: its chain says what happened.
    pub fn rules(mut self, seen: Option<&RulesRow>, next: &RulesRow) -> Self {
        let row = RulesRow {
            rev: rev_after(seen.map(|row| row.rev)),
            ..next.clone()
        };
        let guard = Guard::seen(seen.map(|row| row.rev));
        let key = Key::rules(self.tenant);
        self.rows.put("rules", Table::Playbooks, &key, &row, guard);
        let key = Key::rules_version(self.tenant, row.rev);
        self.rows.put(
            "version of the rules",
            Table::Playbooks,
            &key,
            &row,
            Guard::Absent,
        );
        self
    }
}
