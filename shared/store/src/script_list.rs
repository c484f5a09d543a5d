//! Which scripts may run on people's devices: a list of the tenant's, and each text it ever had.

use crate::chain::extend;
use crate::key::Key;
use crate::table::Table;
use crate::transaction::Guard;
use crate::write::{Write, rev_after};
use crate::{Store, StoreError};
use audit::{Entry, Subject};
use domain::{ChainHead, ScriptList, Tenant};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// A tenant's list as it stands, or as a version of it stood.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScriptListRow {
    /// The list as JSON.
    pub list_json: String,
    /// When it was saved.
    pub saved_at: Timestamp,
    /// Who saved it.
    pub author: String,
    /// Its number, from 1.
    pub version: u64,
    /// Counts writes; reading the record of it is one.
    pub rev: u64,
    /// Where its audit chain ends.
    #[serde(default)]
    pub chain: ChainHead,
}

/// The chain of the list.
#[must_use]
pub fn scripts_subject() -> Subject {
    Subject::Account("scripts".to_owned())
}

impl ScriptListRow {
    /// A list to be saved in the place of the one `seen`.
    ///
    /// # Errors
    /// When it cannot be written as JSON.
    pub fn after(
        seen: Option<&Self>,
        list: &ScriptList,
        author: impl Into<String>,
        now: Timestamp,
    ) -> Result<Self, StoreError> {
        let text = serde_json::to_string(list);
        Ok(Self {
            list_json: text.map_err(|error| StoreError::corrupt("script list", error))?,
            saved_at: now,
            author: author.into(),
            version: seen.map_or(0, |seen| seen.version) + 1,
            rev: 0,
            chain: ChainHead::default(),
        })
    }

    /// The list.
    ///
    /// # Errors
    /// When the row does not hold one.
    pub fn list(&self) -> Result<ScriptList, StoreError> {
        serde_json::from_str(&self.list_json)
            .map_err(|error| StoreError::corrupt("script list", error))
    }

    /// SHA-256 of the list's text, in hexadecimal.
    #[must_use]
    pub fn checksum(&self) -> String {
        hex::encode(Sha256::digest(&self.list_json))
    }

    /// Whether both say the same.
    #[must_use]
    pub fn is_same(&self, other: &Self) -> bool {
        self.list_json == other.list_json
    }
}

impl Store {
    /// The tenant's list; none while nothing was ever allowed.
    ///
    /// # Errors
    /// When `DynamoDB` does not answer, or the row cannot be read.
    pub async fn script_list(&self, tenant: &Tenant) -> Result<Option<ScriptListRow>, StoreError> {
        let key = Key::script_list(tenant);
        self.get("script list", Table::Playbooks, &key).await
    }

    /// A version of the list, from 1.
    ///
    /// # Errors
    /// When `DynamoDB` does not answer, or the row cannot be read.
    pub async fn script_list_version(
        &self,
        tenant: &Tenant,
        version: u64,
    ) -> Result<Option<ScriptListRow>, StoreError> {
        let key = Key::script_list_version(tenant, version);
        self.get("script list", Table::Playbooks, &key).await
    }
}

impl Write<'_> {
    /// The list, new or in place of the one `seen`, with what happened to it: one entry at least. A new version is kept beside
    /// it, too.
    pub fn script_list(
        mut self,
        seen: Option<&ScriptListRow>,
        next: &ScriptListRow,
        entries: Vec<Entry>,
    ) -> Self {
        let subject = scripts_subject();
        let head = seen.map(|row| row.chain.clone()).unwrap_or_default();
        self.audited("script list", &entries);
        let (records, chain) = extend(self.tenant, &subject, head, entries);
        let row = ScriptListRow {
            rev: rev_after(seen.map(|row| row.rev)),
            chain,
            ..next.clone()
        };
        let guard = Guard::seen(seen.map(|row| row.rev));
        let key = Key::script_list(self.tenant);
        self.rows
            .put("script list", Table::Playbooks, &key, &row, guard);
        if seen.is_none_or(|seen| seen.version != row.version) {
            let kept = Key::script_list_version(self.tenant, row.version);
            self.rows.put(
                "script list version",
                Table::Playbooks,
                &kept,
                &row,
                Guard::Absent,
            );
        }
        self.records(&subject, &records);
        self.written.script_list = Some(Box::new(row));
        self
    }
}
