//! Access that we gave, and when it is to be looked at next.

use crate::item::{Item, decode, encode, sortable, text};
use crate::key::{GRANTS, Key, grant_of};
use crate::table::Table;
use crate::{Store, StoreError};
use domain::{Grant, GrantId, Tenant, UserId, Voucher};
use jiff::Timestamp;
use sha2::{Digest, Sha256};

/// Grants of one person that a list holds.
const MAX_GRANTS: usize = 1000;

impl Store {
    /// A grant.
    ///
    /// # Errors
    /// When `DynamoDB` does not answer, or the row cannot be read.
    pub async fn grant(&self, tenant: &Tenant, id: &GrantId) -> Result<Option<Grant>, StoreError> {
        let Some(key) = Key::grant(tenant, id) else {
            return Ok(None);
        };
        self.get("grant", Table::Executions, &key).await
    }

    /// Every grant to a person, oldest first.
    ///
    /// # Errors
    /// When `DynamoDB` does not answer, or a row cannot be read.
    pub async fn grants_to(
        &self,
        tenant: &Tenant,
        user: &UserId,
    ) -> Result<Vec<Grant>, StoreError> {
        let shelf = Key::grants(tenant, user);
        let items = self
            .partition(Table::Executions, &shelf, GRANTS, MAX_GRANTS)
            .await?;
        let mut grants = Vec::with_capacity(items.len());
        for item in items {
            let grant: Grant = decode("grant", item)?;
            // Two users' shelves may be the same.
            if grant.user_id == *user {
                grants.push(grant);
            }
        }
        Ok(grants)
    }

    /// Grants of all tenants that are to be looked at before `until`, the longest overdue first.
    ///
    /// # Errors
    /// When `DynamoDB` does not answer, or a key cannot be read.
    pub async fn grants_due(
        &self,
        until: Timestamp,
        limit: usize,
    ) -> Result<Vec<(Tenant, GrantId)>, StoreError> {
        let shard = |shard| self.due_shard(shard, until, limit);
        let (a, b, c, d) = tokio::try_join!(shard(0), shard(1), shard(2), shard(3))?;
        let mut found: Vec<_> = [a, b, c, d].into_iter().flatten().collect();
        found.sort();
        let first = found.into_iter().take(limit);
        first.map(|(_, pk, sk)| named(&pk, &sk)).collect()
    }

    /// Times and keys of a shard's grants, the longest overdue first.
    async fn due_shard(
        &self,
        shard: u8,
        until: Timestamp,
        limit: usize,
    ) -> Result<Vec<(String, String, String)>, StoreError> {
        let answer = Box::pin(
            self.client()
                .query()
                .table_name(self.name(Table::Executions))
                .index_name("due")
                .key_condition_expression("due_pk = :shard AND due_at < :until")
                .expression_attribute_values(":shard", text(format!("grant#{shard}")))
                .expression_attribute_values(":until", text(sortable(until)))
                .limit(i32::try_from(limit.clamp(1, 1000)).unwrap_or(1000))
                .send(),
        )
        .await
        .map_err(|error| StoreError::unavailable("list grants that are due", error))?;
        let member = |item: &Item, name: &str| item.get(name).and_then(|v| v.as_s().ok()).cloned();
        Ok(answer
            .items()
            .iter()
            .filter_map(|item| {
                Some((
                    member(item, "due_at")?,
                    member(item, "pk")?,
                    member(item, "sk")?,
                ))
            })
            .collect())
    }
}

/// The grant as a row. As long as it is to be looked at it stands in the index, in one of four shards.
pub(crate) fn to_row(tenant: &Tenant, grant: &Grant) -> Result<Item, StoreError> {
    let key = Key::grant(tenant, &grant.id)
        .ok_or_else(|| StoreError::corrupt("grant", "its id is not a grant's"))?;
    let mut item = encode("grant", &key, grant)?;
    if let Some(at) = grant.look_at {
        let shard = Sha256::digest(grant.id.as_str())[0] % 4;
        item.insert("due_pk".into(), text(format!("grant#{shard}")));
        item.insert("due_at".into(), text(sortable(at)));
    }
    Ok(item)
}

fn named(pk: &str, sk: &str) -> Result<(Tenant, GrantId), StoreError> {
    let corrupt = |error| StoreError::corrupt("grant", error);
    let (tenant, id) =
        grant_of(pk, sk).ok_or_else(|| StoreError::corrupt("grant", "its key names no grant"))?;
    #[expect(
        clippy::disallowed_methods,
        reason = "the key of a row that was written for a caller with a credential, or by our own machine"
    )]
    let tenant = Tenant::vouched(tenant, Voucher::OwnQueue);
    Ok((
        tenant.map_err(corrupt)?,
        GrantId::parse(&id).map_err(corrupt)?,
    ))
}

#[cfg(test)]
#[expect(
    clippy::disallowed_methods,
    reason = "a test vouches for its own tenant"
)]
mod tests {
    use super::*;
    use domain::{Access, GrantEnd, GroupId, TicketId};

    #[test]
    fn a_grant_stands_in_the_index_until_nothing_is_left_to_do() {
        let tenant = Tenant::vouched("acme", Voucher::Operator).unwrap();
        let user = UserId::parse("abc-123").unwrap();
        let end = Timestamp::from_second(100).unwrap();
        let open = Grant::intended(
            GrantId::of(&user, 7),
            TicketId::from_bits(1),
            user,
            Access::Group(GroupId::parse("grp-1").unwrap()),
            Some(end),
        );
        let row = to_row(&tenant, &open).unwrap();
        assert_eq!(row["due_at"], text(sortable(end)));
        let (pk, sk) = (row["pk"].as_s().unwrap(), row["sk"].as_s().unwrap());
        assert_eq!(named(pk, sk).unwrap(), (tenant.clone(), open.id.clone()));
        assert_eq!(decode::<Grant>("grant", row).unwrap(), open);

        let closed = to_row(&tenant, &open.closed(GrantEnd::SeenGone, end)).unwrap();
        assert!(!closed.contains_key("due_pk") && !closed.contains_key("due_at"));
    }
}
