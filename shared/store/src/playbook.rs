//! Playbooks and their versions.

use crate::capacity::Purpose;
use crate::item::{decode, text};
use crate::key::{Key, PLAYBOOKS};
use crate::read::BATCH;
use crate::table::Table;
use crate::transaction::{Guard, Transaction};
use crate::{Cursor, Paged, Store, StoreError};
use domain::{PlaybookName, Tenant};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// A playbook: which of its versions runs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlaybookRow {
    /// Its name.
    pub name: PlaybookName,
    /// Whether it may be started.
    pub enabled: bool,
    /// The version that runs.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub active_version: Option<String>,
    /// The newest version.
    pub latest_version: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// Counts writes; 0 for a playbook that is not there yet.
    pub rev: u64,
}

/// One immutable text of a playbook.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct VersionRow {
    /// The playbook's name.
    pub name: PlaybookName,
    /// The version: `1.2`.
    pub version: String,
    /// SHA-256 of the definition, in hexadecimal.
    pub checksum: String,
    /// The definition as canonical JSON.
    pub definition: String,
    /// The state machine it was compiled to.
    pub machine_arn: String,
    /// When it was saved.
    pub created_at: Timestamp,
    /// Who saved it.
    pub author: String,
}

impl Store {
    /// A playbook.
    ///
    /// # Errors
    /// When `DynamoDB` does not answer, or the row cannot be read.
    pub async fn playbook(
        &self,
        tenant: &Tenant,
        name: &PlaybookName,
    ) -> Result<Option<PlaybookRow>, StoreError> {
        let key = Key::playbook(tenant, name.as_str());
        self.get("playbook", Table::Playbooks, &key).await
    }

    /// One version of a playbook.
    ///
    /// # Errors
    /// When `DynamoDB` does not answer, or the row cannot be read.
    pub async fn playbook_version(
        &self,
        tenant: &Tenant,
        name: &PlaybookName,
        version: &str,
    ) -> Result<Option<VersionRow>, StoreError> {
        let key = Key::playbook_version(tenant, name, version);
        self.get("playbook version", Table::Playbooks, &key).await
    }

    /// The tenant's playbooks by name, `limit` (1 to 100) at a time.
    ///
    /// # Errors
    /// When `DynamoDB` does not answer, or a row cannot be read.
    pub async fn playbooks(
        &self,
        tenant: &Tenant,
        limit: usize,
        cursor: Option<&Cursor>,
    ) -> Result<Paged<PlaybookRow>, StoreError> {
        let limit = limit.clamp(1, BATCH);
        // The prefix alone stands before every name, and '~' behind every character of one.
        let after = Key::playbook(tenant, cursor.map_or("", Cursor::place));
        let behind = format!("{PLAYBOOKS}~");
        let answer = Box::pin(
            self.client()
                .query()
                .table_name(self.name(Table::Playbooks))
                .consistent_read(true)
                .key_condition_expression("pk = :pk AND sk BETWEEN :after AND :behind")
                .expression_attribute_values(":pk", text(after.pk()))
                .expression_attribute_values(":after", text(after.sk().min(&behind)))
                .expression_attribute_values(":behind", text(behind.as_str()))
                .limit(i32::try_from(limit + 2).unwrap_or(i32::MAX))
                .send(),
        )
        .await
        .map_err(|error| StoreError::unavailable("list playbooks", error))?;
        let mut items = answer
            .items
            .unwrap_or_default()
            .into_iter()
            .map(|item| decode("playbook", item))
            .collect::<Result<Vec<PlaybookRow>, _>>()?;
        items.retain(|row| cursor.is_none_or(|cursor| row.name.as_str() > cursor.place()));
        let more = items.len() > limit;
        items.truncate(limit);
        let last = items.last().filter(|_| more);
        let next_cursor = last.map(|last| Cursor::at(last.name.as_str()));
        Ok(Paged { items, next_cursor })
    }

    /// Saves a version and its playbook. `row.rev` is the one that was read, 0 for a new playbook. Saving the same text
    /// under the same version again is ok.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when the version has another text, or the playbook changed since it was read.
    pub async fn put_playbook(
        &self,
        tenant: &Tenant,
        row: &PlaybookRow,
        version: &VersionRow,
    ) -> Result<(), StoreError> {
        let mut rows = Transaction::new(self, Purpose::new("put_playbook"));
        let key = Key::playbook_version(tenant, &version.name, &version.version);
        rows.put(
            "playbook version",
            Table::Playbooks,
            &key,
            version,
            Guard::Absent,
        );
        point(&mut rows, tenant, row);
        match rows.commit().await {
            Err(StoreError::Conflict { .. }) => self.put_again(tenant, row, version).await,
            other => other,
        }
    }

    /// Saves what is there in part.
    async fn put_again(
        &self,
        tenant: &Tenant,
        row: &PlaybookRow,
        version: &VersionRow,
    ) -> Result<(), StoreError> {
        let saved = self
            .playbook_version(tenant, &version.name, &version.version)
            .await?;
        match saved {
            None => return Err(StoreError::Conflict { what: "playbook" }),
            Some(saved) if saved.checksum != version.checksum => {
                return Err(StoreError::Conflict {
                    what: "playbook version",
                });
            }
            Some(_) => {}
        }
        let there = self.playbook(tenant, &row.name).await?;
        let same = there.is_some_and(|there| {
            there.enabled == row.enabled
                && there.active_version == row.active_version
                && there.latest_version == row.latest_version
        });
        if same {
            return Ok(());
        }
        let mut rows = Transaction::new(self, Purpose::new("put_playbook"));
        point(&mut rows, tenant, row);
        rows.commit().await
    }
}

/// Adds the playbook's own row, the one that was read.
fn point(rows: &mut Transaction<'_>, tenant: &Tenant, row: &PlaybookRow) {
    let guard = Guard::seen((row.rev > 0).then_some(row.rev));
    let next = PlaybookRow {
        rev: row.rev + 1,
        ..row.clone()
    };
    let key = Key::playbook(tenant, row.name.as_str());
    rows.put("playbook", Table::Playbooks, &key, &next, guard);
}
