//! Playbooks and their versions.

use crate::key::{Key, PLAYBOOKS, VERSIONS, version_place};
use crate::shelf::Shelf;
use crate::table::Table;
use crate::{Cursor, Paged, Store, StoreError};
use domain::{ChainHead, PlaybookName, Tenant};
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
    /// The version that ran before the active one.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub previous_version: Option<String>,
    /// Why the active version was gone back to, when it was.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub rolled_back_for: Option<String>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was deleted. Its versions stay, and its name is not inherited again.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub deleted_at: Option<Timestamp>,
    /// Counts writes; 0 for a playbook that is not there yet.
    pub rev: u64,
    /// Where its audit chain ends.
    #[serde(default)]
    pub chain: ChainHead,
}

impl PlaybookRow {
    /// A playbook with its first version, which does not run.
    #[must_use]
    pub fn new(name: PlaybookName, version: impl Into<String>, now: Timestamp) -> Self {
        Self {
            name,
            enabled: false,
            active_version: None,
            latest_version: version.into(),
            previous_version: None,
            rolled_back_for: None,
            created_at: now,
            deleted_at: None,
            rev: 0,
            chain: ChainHead::default(),
        }
    }

    /// Whether it was deleted.
    #[must_use]
    pub fn is_deleted(&self) -> bool {
        self.deleted_at.is_some()
    }
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
    /// The state machine that runs it. A version that never ran has none under this name yet.
    pub machine_arn: String,
    /// When it was saved.
    pub created_at: Timestamp,
    /// Who saved it.
    pub author: String,
}

impl VersionRow {
    /// Its place in the list of versions.
    pub(crate) fn place(&self) -> String {
        version_place(&self.version)
    }
}

impl Store {
    /// The tenant's own playbook of a name, deleted ones too.
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

    /// A playbook's versions, newest first, `limit` (1 to 100) at a time.
    ///
    /// # Errors
    /// When `DynamoDB` does not answer, or a row cannot be read.
    pub async fn playbook_versions(
        &self,
        tenant: &Tenant,
        name: &PlaybookName,
        limit: usize,
        cursor: Option<&Cursor>,
    ) -> Result<Paged<VersionRow>, StoreError> {
        let first = Key::playbook_version(tenant, name, "");
        let shelf = Shelf {
            doing: "list versions",
            row: "playbook version",
            table: Table::Playbooks,
            pk: first.pk(),
            prefix: VERSIONS,
            backwards: true,
        };
        self.page_of(shelf, limit, cursor, VersionRow::place).await
    }

    /// The tenant's own playbooks by name, deleted ones too, `limit` (1 to 100) at a time.
    ///
    /// # Errors
    /// When `DynamoDB` does not answer, or a row cannot be read.
    pub async fn playbooks(
        &self,
        tenant: &Tenant,
        limit: usize,
        cursor: Option<&Cursor>,
    ) -> Result<Paged<PlaybookRow>, StoreError> {
        let first = Key::playbook(tenant, "");
        let shelf = Shelf {
            doing: "list playbooks",
            row: "playbook",
            table: Table::Playbooks,
            pk: first.pk(),
            prefix: PLAYBOOKS,
            backwards: false,
        };
        let place = |row: &PlaybookRow| row.name.as_str().to_owned();
        self.page_of(shelf, limit, cursor, place).await
    }
}
