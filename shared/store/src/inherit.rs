//! Playbooks of a tenant below another: its own by a name, else those of the one above.

use crate::item::decode;
use crate::key::Key;
use crate::playbook::{PlaybookRow, VersionRow};
use crate::table::Table;
use crate::{Cursor, Paged, Store, StoreError};
use domain::{PlaybookName, Tenant, Voucher};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::cmp::Reverse;
use std::collections::HashMap;
use std::sync::Mutex;

/// The most tenants whose place is remembered.
const REMEMBERED: usize = 10_000;

/// Which tenants are known to stand below which: that never changes. Who stands below none is not remembered.
#[derive(Debug, Default)]
pub(crate) struct Above(Mutex<HashMap<String, Tenant>>);

/// Whose playbooks a tenant has where it has none of its own.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct AboveRow {
    pub(crate) tenant: String,
}

impl Store {
    /// The playbook that a name stands for in a tenant: its own, else that of the tenant above. One that the tenant has
    /// deleted stands for none, whatever is above.
    ///
    /// # Errors
    /// When `DynamoDB` does not answer, or a row cannot be read.
    pub async fn playbook_of(
        &self,
        tenant: &Tenant,
        name: &PlaybookName,
    ) -> Result<Option<PlaybookRow>, StoreError> {
        let found = match self.playbook(tenant, name).await? {
            Some(own) => Some(own),
            None => self.playbook_above(tenant, name).await?,
        };
        Ok(found.filter(|row| !row.is_deleted()))
    }

    /// The playbook of this name of the tenant above, deleted ones too.
    ///
    /// # Errors
    /// When `DynamoDB` does not answer, or a row cannot be read.
    pub async fn playbook_above(
        &self,
        tenant: &Tenant,
        name: &PlaybookName,
    ) -> Result<Option<PlaybookRow>, StoreError> {
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

    /// The versions that numbers stand for in a tenant, newest first, `limit` (1 to 100) at a time.
    ///
    /// # Errors
    /// When `DynamoDB` does not answer, or a row cannot be read.
    pub async fn playbook_versions_of(
        &self,
        tenant: &Tenant,
        name: &PlaybookName,
        limit: usize,
        cursor: Option<&Cursor>,
    ) -> Result<Paged<VersionRow>, StoreError> {
        let own = self.playbook_versions(tenant, name, limit, cursor).await?;
        let Some(above) = above(self, tenant).await? else {
            return Ok(own);
        };
        let inherited = self.playbook_versions(&above, name, limit, cursor).await?;
        let newest_first = |row: &VersionRow| Reverse(row.place());
        Ok(merged(own, inherited, limit, newest_first, |row| {
            row.place()
        }))
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
        let above = above(self, tenant).await?;
        let by_name = |row: &PlaybookRow| row.name.clone();
        let mut items = Vec::new();
        let mut cursor = cursor.cloned();
        loop {
            let own = self.playbooks(tenant, limit, cursor.as_ref()).await?;
            let page = match &above {
                Some(above) => {
                    let inherited = self.playbooks(above, limit, cursor.as_ref()).await?;
                    merged(own, inherited, limit, by_name, |row| row.name.to_string())
                }
                None => own,
            };
            items.extend(page.items.into_iter().filter(|row| !row.is_deleted()));
            cursor = page.next_cursor;
            if cursor.is_none() || items.len() >= limit {
                break;
            }
        }
        // A page that deleted ones made room in may have run over.
        let over = items.len() > limit;
        items.truncate(limit);
        let last = items.last().filter(|_| over);
        let next_cursor = last.map(|last| Cursor::at(last.name.as_str())).or(cursor);
        Ok(Paged { items, next_cursor })
    }
}

/// The tenant whose playbooks this one has where it has none of its own.
async fn above(store: &Store, tenant: &Tenant) -> Result<Option<Tenant>, StoreError> {
    if let Some(known) = store.known_above(tenant) {
        return Ok(Some(known));
    }
    let row: Option<AboveRow> = store
        .get("tenant above", Table::Playbooks, &Key::above(tenant))
        .await?;
    let above = row.as_ref().map(above_of).transpose()?;
    if let Some(above) = &above {
        store.know_above(tenant, above);
    }
    Ok(above)
}

/// The tenant that the row names.
pub(crate) fn above_of(row: &AboveRow) -> Result<Tenant, StoreError> {
    #[expect(
        clippy::disallowed_methods,
        reason = "the tenant above wrote its name into this row when it made the tenant"
    )]
    let above = Tenant::vouched(&row.tenant, Voucher::Above);
    above.map_err(|error| StoreError::corrupt("tenant above", error))
}

impl Store {
    /// The document that holds in a tenant: its own, else that of the tenant above, with which tenant that is. A row that
    /// does not hold counts as none. One request
    /// once it is known who is above.
    pub(crate) async fn held<T: DeserializeOwned>(
        &self,
        what: &'static str,
        tenant: &Tenant,
        key: fn(&Tenant) -> Key,
        holds: fn(&T) -> bool,
    ) -> Result<Option<(T, Option<Tenant>)>, StoreError> {
        let known = self.known_above(tenant);
        let own = key(tenant);
        let second = match &known {
            Some(above) => key(above),
            None => Key::above(tenant),
        };
        let mut items = self
            .batch(Table::Playbooks, &[own.clone(), second.clone()])
            .await?;
        let mut take = |key: &Key| {
            let at = items.iter().position(|item| key.is_of(item))?;
            Some(items.swap_remove(at))
        };
        if let Some(item) = take(&own) {
            let row = decode(what, item)?;
            if holds(&row) {
                return Ok(Some((row, None)));
            }
        }
        let Some(item) = take(&second) else {
            return Ok(None);
        };
        let (row, above) = if let Some(above) = known {
            (Some(decode(what, item)?), above)
        } else {
            let above = above_of(&decode::<AboveRow>("tenant above", item)?)?;
            self.know_above(tenant, &above);
            let row = self.get(what, Table::Playbooks, &key(&above)).await?;
            (row, above)
        };
        Ok(row.filter(holds).map(|row| (row, Some(above))))
    }

    /// The tenant above, where it was read before.
    pub(crate) fn known_above(&self, tenant: &Tenant) -> Option<Tenant> {
        let known = self.above().0.lock().ok()?;
        known.get(tenant.as_str()).cloned()
    }

    /// Remembers the tenant above.
    pub(crate) fn know_above(&self, tenant: &Tenant, above: &Tenant) {
        if let Ok(mut known) = self.above().0.lock() {
            if known.len() >= REMEMBERED {
                known.clear();
            }
            known.insert(tenant.as_str().to_owned(), above.clone());
        }
    }
}

/// Two pages behind the same place as one, in the order of their keys; of two rows with one key the first page's.
fn merged<T, K: Ord>(
    own: Paged<T>,
    inherited: Paged<T>,
    limit: usize,
    key: impl Fn(&T) -> K,
    place: impl Fn(&T) -> String,
) -> Paged<T> {
    let more = own.next_cursor.is_some() || inherited.next_cursor.is_some();
    // A page that ended early says nothing of what comes behind its end.
    let ends = [&own, &inherited].map(|page| {
        let last = page.items.last().filter(|_| page.next_cursor.is_some());
        last.map(&key)
    });
    let end = ends.into_iter().flatten().min();
    let mut items = own.items;
    for row in inherited.items {
        if items.iter().all(|there| key(there) != key(&row)) {
            items.push(row);
        }
    }
    items.sort_by_key(&key);
    let all = items.len();
    items.retain(|row| end.as_ref().is_none_or(|end| key(row) <= *end));
    let more = more || items.len() < all || items.len() > limit;
    items.truncate(limit);
    let last = items.last().filter(|_| more);
    let next_cursor = last.map(|last| Cursor::at(place(last)));
    Paged { items, next_cursor }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::Timestamp;

    fn page(names: &[&str], enabled: bool, more: bool) -> Paged<PlaybookRow> {
        let row = |name: &&str| PlaybookRow {
            enabled,
            ..PlaybookRow::new(
                PlaybookName::parse(name).unwrap(),
                "1.0",
                Timestamp::UNIX_EPOCH,
            )
        };
        Paged {
            items: names.iter().map(row).collect(),
            next_cursor: names.last().filter(|_| more).map(|last| Cursor::at(*last)),
        }
    }

    fn merged(
        own: Paged<PlaybookRow>,
        inherited: Paged<PlaybookRow>,
        limit: usize,
    ) -> Paged<PlaybookRow> {
        let by_name = |row: &PlaybookRow| row.name.clone();
        super::merged(own, inherited, limit, by_name, |row| row.name.to_string())
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
    fn nothing_is_shown_from_behind_the_end_of_a_page_that_ended_early() {
        let page = merged(
            page(&["b"], true, true),
            page(&["a", "d"], false, false),
            10,
        );
        assert_eq!(shown(&page), [("a", false), ("b", true)]);
        assert_eq!(page.next_cursor, Some(Cursor::at("b")));
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
