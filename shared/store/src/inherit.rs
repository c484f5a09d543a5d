//! Playbooks of a tenant below another: its own by a name, else those of the one above.

use crate::key::Key;
use crate::playbook::{PlaybookRow, VersionRow};
use crate::table::Table;
use crate::{Cursor, Paged, Store, StoreError};
use domain::{PlaybookName, Tenant, Voucher};
use serde::{Deserialize, Serialize};

/// Whose playbooks a tenant has where it has none of its own.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct AboveRow {
    pub(crate) tenant: String,
}

impl Store {
    /// The playbook that a name stands for in a tenant: its own, else that of the tenant above.
    ///
    /// # Errors
    /// When `DynamoDB` does not answer, or a row cannot be read.
    pub async fn playbook_of(
        &self,
        tenant: &Tenant,
        name: &PlaybookName,
    ) -> Result<Option<PlaybookRow>, StoreError> {
        let own = self.playbook(tenant, name).await?;
        if own.is_some() {
            return Ok(own);
        }
        match above(self, tenant).await? {
            Some(above) => self.playbook(&above, name).await,
            None => Ok(None),
        }
    }

    /// One version of the playbook that a name stands for in a tenant.
    ///
    /// # Errors
    /// When `DynamoDB` does not answer, or a row cannot be read.
    pub async fn playbook_version_of(
        &self,
        tenant: &Tenant,
        name: &PlaybookName,
        version: &str,
    ) -> Result<Option<VersionRow>, StoreError> {
        let own = self.playbook_version(tenant, name, version).await?;
        if own.is_some() {
            return Ok(own);
        }
        match above(self, tenant).await? {
            Some(above) => self.playbook_version(&above, name, version).await,
            None => Ok(None),
        }
    }

    /// The playbooks that names stand for in a tenant, by name, `limit` (1 to 100) at a time.
    ///
    /// # Errors
    /// When `DynamoDB` does not answer, or a row cannot be read.
    pub async fn playbooks_of(
        &self,
        tenant: &Tenant,
        limit: usize,
        cursor: Option<&Cursor>,
    ) -> Result<Paged<PlaybookRow>, StoreError> {
        let own = self.playbooks(tenant, limit, cursor).await?;
        match above(self, tenant).await? {
            Some(above) => {
                let inherited = self.playbooks(&above, limit, cursor).await?;
                Ok(merged(own, inherited, limit))
            }
            None => Ok(own),
        }
    }
}

/// The tenant whose playbooks this one has where it has none of its own.
async fn above(store: &Store, tenant: &Tenant) -> Result<Option<Tenant>, StoreError> {
    let row: Option<AboveRow> = store
        .get("tenant above", Table::Playbooks, &Key::above(tenant))
        .await?;
    #[expect(
        clippy::disallowed_methods,
        reason = "the tenant above wrote its name into this row when it made the tenant"
    )]
    let above = row.map(|row| Tenant::vouched(&row.tenant, Voucher::Above));
    above
        .transpose()
        .map_err(|error| StoreError::corrupt("tenant above", error))
}

/// Two pages behind the same place as one: by name, the first's before the second's of the same name.
fn merged(
    own: Paged<PlaybookRow>,
    inherited: Paged<PlaybookRow>,
    limit: usize,
) -> Paged<PlaybookRow> {
    let more = own.next_cursor.is_some() || inherited.next_cursor.is_some();
    let mut items = own.items;
    for row in inherited.items {
        if items.iter().all(|there| there.name != row.name) {
            items.push(row);
        }
    }
    items.sort_by(|one, other| one.name.cmp(&other.name));
    let more = more || items.len() > limit;
    items.truncate(limit);
    let last = items.last().filter(|_| more);
    let next_cursor = last.map(|last| Cursor::at(last.name.as_str()));
    Paged { items, next_cursor }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::Timestamp;

    fn page(names: &[&str], enabled: bool, more: bool) -> Paged<PlaybookRow> {
        let row = |name: &&str| PlaybookRow {
            name: PlaybookName::parse(name).unwrap(),
            enabled,
            active_version: None,
            latest_version: "1.0".into(),
            created_at: Timestamp::UNIX_EPOCH,
            rev: 1,
        };
        Paged {
            items: names.iter().map(row).collect(),
            next_cursor: names.last().filter(|_| more).map(|last| Cursor::at(*last)),
        }
    }

    fn shown(page: &Paged<PlaybookRow>) -> Vec<(&str, bool)> {
        let rows = page.items.iter();
        rows.map(|row| (row.name.as_str(), row.enabled)).collect()
    }

    #[test]
    fn an_own_playbook_stands_in_the_place_of_the_inherited_one() {
        let page = merged(
            page(&["b", "d"], true, false),
            page(&["a", "b", "c"], false, false),
            10,
        );
        let expected = [("a", false), ("b", true), ("c", false), ("d", true)];
        assert_eq!(shown(&page), expected);
        assert_eq!(page.next_cursor, None);
    }

    #[test]
    fn a_merged_page_ends_where_the_next_begins() {
        let page = merged(
            page(&["b", "d"], true, true),
            page(&["a", "b"], false, true),
            2,
        );
        assert_eq!(shown(&page), [("a", false), ("b", true)]);
        assert_eq!(page.next_cursor, Some(Cursor::at("b")));
    }
}
