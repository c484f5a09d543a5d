//! The state machines of versions that tenants wrote: which are needed, and which may go.
//!
//! A machine belongs to one version of one tenant. Its row is written before it is made and changes in the transaction that
//! moves the playbook's pointer, so a machine that is pointed at is never taken for one that may go.

use crate::capacity::Purpose;
use crate::item::{Item, encode, sortable, text};
use crate::key::{Key, machine_of};
use crate::table::Table;
use crate::transaction::{Guard, Transaction};
use crate::{Store, StoreError};
use domain::{PlaybookName, Tenant, Voucher};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// The index's one partition. Few machines idle at a time.
const IDLE: &str = "idle";

/// A version's state machine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MachineRow {
    /// Its ARN.
    pub arn: String,
    /// The playbook.
    pub playbook: PlaybookName,
    /// The playbook's version.
    pub version: String,
    /// Whether it is needed.
    pub state: MachineState,
    /// Since when it stands so; for an idle one also when it was last found at work.
    pub since: Timestamp,
    /// Counts writes.
    pub rev: u64,
}

/// Whether a state machine is needed: `Idle ⇄ InUse`, `Idle → Removing → Removed → Idle`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MachineState {
    /// About to be made, or no more pointed at. Runs may still be at work in it.
    Idle,
    /// Its version is the playbook's active one, and the playbook is enabled.
    InUse,
    /// Being removed.
    Removing,
    /// There is no such machine any more.
    Removed,
}

impl MachineRow {
    /// The row in another state.
    #[must_use]
    pub fn in_state(&self, state: MachineState, since: Timestamp) -> Self {
        Self {
            state,
            since,
            ..self.clone()
        }
    }
}

impl Store {
    /// The state machine of a tenant's version.
    ///
    /// # Errors
    /// When `DynamoDB` does not answer, or the row cannot be read.
    pub async fn machine(
        &self,
        tenant: &Tenant,
        playbook: &PlaybookName,
        version: &str,
    ) -> Result<Option<MachineRow>, StoreError> {
        let key = Key::machine(tenant, playbook, version);
        self.get("machine", Table::Playbooks, &key).await
    }

    /// Notes a state machine, new or as `seen`, and returns its row as it stands now.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when it changed since.
    pub async fn put_machine(
        &self,
        tenant: &Tenant,
        seen: Option<&MachineRow>,
        next: &MachineRow,
    ) -> Result<MachineRow, StoreError> {
        let mut rows = Transaction::new(self, Purpose::new("put_machine"));
        let written = add(&mut rows, tenant, seen, next);
        rows.commit().await?;
        Ok(written)
    }

    /// State machines of all tenants that nothing has pointed at since `before`, longest first.
    ///
    /// # Errors
    /// When `DynamoDB` does not answer, or a row cannot be read.
    pub async fn idle_machines(
        &self,
        before: Timestamp,
        limit: usize,
    ) -> Result<Vec<(Tenant, MachineRow)>, StoreError> {
        let answer = Box::pin(
            self.client()
                .query()
                .table_name(self.name(Table::Playbooks))
                .index_name("idle")
                .key_condition_expression("idle_pk = :idle AND idle_at <= :before")
                .expression_attribute_values(":idle", text(IDLE))
                .expression_attribute_values(":before", text(sortable(before)))
                .limit(i32::try_from(limit.clamp(1, 1000)).unwrap_or(1000))
                .send(),
        )
        .await
        .map_err(|error| StoreError::unavailable("list idle machines", error))?;
        let mut found = Vec::new();
        for item in answer.items() {
            let (tenant, key) = named(item)?;
            // The index lags behind: what counts is the row.
            let row: Option<MachineRow> = self.get("machine", Table::Playbooks, &key).await?;
            let idle = row.filter(|row| {
                matches!(row.state, MachineState::Idle | MachineState::Removing)
                    && row.since <= before
            });
            found.extend(idle.map(|row| (tenant, row)));
        }
        Ok(found)
    }
}

/// Adds a machine's row. While it is idle it stands in the index.
pub(crate) fn add(
    rows: &mut Transaction<'_>,
    tenant: &Tenant,
    seen: Option<&MachineRow>,
    next: &MachineRow,
) -> MachineRow {
    let row = MachineRow {
        rev: seen.map_or(0, |row| row.rev) + 1,
        ..next.clone()
    };
    let key = Key::machine(tenant, &row.playbook, &row.version);
    let item = encode("machine", &key, &row).map(|mut item| {
        if matches!(row.state, MachineState::Idle | MachineState::Removing) {
            item.insert("idle_pk".into(), text(IDLE));
            item.insert("idle_at".into(), text(sortable(row.since)));
        }
        item
    });
    let guard = Guard::seen(seen.map(|row| row.rev));
    rows.put_item("machine", Table::Playbooks, item, guard);
    row
}

/// Whose row it is, read off its key.
fn named(item: &Item) -> Result<(Tenant, Key), StoreError> {
    let member = |name: &str| item.get(name).and_then(|value| value.as_s().ok());
    let parts = member("pk").zip(member("sk"));
    let (tenant, name, version) = parts
        .and_then(|(pk, sk)| machine_of(pk, sk))
        .ok_or_else(|| StoreError::corrupt("machine", "its key names no version"))?;
    #[expect(
        clippy::disallowed_methods,
        reason = "the key of a row that was written for a caller of this tenant"
    )]
    let tenant = Tenant::vouched(tenant, Voucher::Credential)
        .map_err(|error| StoreError::corrupt("machine", error))?;
    let name = PlaybookName::parse(name).map_err(|error| StoreError::corrupt("machine", error))?;
    let key = Key::machine(&tenant, &name, version);
    Ok((tenant, key))
}
