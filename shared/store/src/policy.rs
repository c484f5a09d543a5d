//! Policies of tenants.

use crate::key::Key;
use crate::table::Table;
use crate::transaction::Guard;
use crate::write::{Write, rev_after};
use crate::{Store, StoreError};
use domain::{Policy, Tenant};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// One version of a tenant's policy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PolicyRow {
    /// What it says.
    #[serde(with = "document")]
    pub policy: Policy,
    /// When it was saved.
    pub changed_at: Timestamp,
    /// Who saved it: `key-3`, `user-12`, or from above `acme/key-1`.
    pub changed_by: String,
    /// Whether the tenant gave up having a policy of its own: then the row only counts.
    #[serde(skip_serializing_if = "std::ops::Not::not", default)]
    pub given_up: bool,
    /// Its number, from 1; counts writes, and each is conditional on the one it saw. That of giving up is no version's.
    pub rev: u64,
}

/// The policy that holds in a tenant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeldPolicy {
    /// The policy.
    pub row: PolicyRow,
    /// The tenant above, when it is that one's.
    pub above: Option<Tenant>,
}

/// A policy is kept as one text: DynamoDB would count, and could misread, each of its members.
mod document {
    use domain::Policy;
    use serde::{Deserialize, Deserializer, Serializer, de, ser};

    pub(super) fn serialize<S: Serializer>(policy: &Policy, out: S) -> Result<S::Ok, S::Error> {
        let text = serde_json::to_string(policy).map_err(ser::Error::custom)?;
        out.serialize_str(&text)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(reader: D) -> Result<Policy, D::Error> {
        let text = String::deserialize(reader)?;
        serde_json::from_str(&text).map_err(de::Error::custom)
    }
}

impl Store {
    /// The row of a tenant's own policy, also of one that was given up; none where it never had one.
    ///
    /// # Errors
    /// When `DynamoDB` does not answer, or the row cannot be read.
    pub async fn policy(&self, tenant: &Tenant) -> Result<Option<PolicyRow>, StoreError> {
        self.get("policy", Table::Playbooks, &Key::policy(tenant))
            .await
    }

    /// One version of a tenant's own policy.
    ///
    /// # Errors
    /// When `DynamoDB` does not answer, or the row cannot be read.
    pub async fn policy_version(
        &self,
        tenant: &Tenant,
        version: u64,
    ) -> Result<Option<PolicyRow>, StoreError> {
        let key = Key::policy_version(tenant, version);
        self.get("policy version", Table::Playbooks, &key).await
    }

    /// The policy that holds in a tenant: its own, else that of the tenant above; none where the usual holds. One request
    /// once it is known who is above.
    ///
    /// # Errors
    /// When `DynamoDB` does not answer, or a row cannot be read.
    pub async fn policy_of(&self, tenant: &Tenant) -> Result<Option<HeldPolicy>, StoreError> {
        let held = self
            .held("policy", tenant, Key::policy, |row: &PolicyRow| {
                !row.given_up
            })
            .await?;
        Ok(held.map(|(row, above)| HeldPolicy { row, above }))
    }
}

impl Write<'_> {
    /// A tenant's policy, new or as `seen`, and the version that it is from now on. The tenant's own row is written with it:
    /// its chain says what happened.
    pub fn policy(mut self, seen: Option<&PolicyRow>, next: &PolicyRow) -> Self {
        let row = PolicyRow {
            rev: rev_after(seen.map(|row| row.rev)),
            ..next.clone()
        };
        let guard = Guard::seen(seen.map(|row| row.rev));
        let key = Key::policy(self.tenant);
        self.rows.put("policy", Table::Playbooks, &key, &row, guard);
        let key = Key::policy_version(self.tenant, row.rev);
        self.rows.put(
            "policy version",
            Table::Playbooks,
            &key,
            &row,
            Guard::Absent,
        );
        self
    }

    /// A tenant's policy, as `seen`, given up: what it was stays with its versions, and the next follows on its number. The
    /// tenant's own row is written with it.
    pub fn policy_given_up(mut self, seen: &PolicyRow, by: &str, at: Timestamp) -> Self {
        let row = PolicyRow {
            policy: Policy::default(),
            changed_at: at,
            changed_by: by.to_owned(),
            given_up: true,
            rev: rev_after(Some(seen.rev)),
        };
        let key = Key::policy(self.tenant);
        let guard = Guard::Rev(seen.rev);
        self.rows.put("policy", Table::Playbooks, &key, &row, guard);
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_dynamo::aws_sdk_dynamodb_1::{from_item, to_item};

    #[test]
    fn a_policy_comes_back_from_its_row_and_what_it_does_not_say_is_usual() {
        let mut policy = Policy::default();
        policy.caps.per_hour = 5;
        let row = PolicyRow {
            policy,
            changed_at: Timestamp::UNIX_EPOCH,
            changed_by: "key-1".to_owned(),
            given_up: false,
            rev: 3,
        };
        let mut item: crate::item::Item = to_item(&row).unwrap();
        assert_eq!(from_item::<PolicyRow>(item.clone()).unwrap(), row);
        let earlier = crate::item::text(r#"{"caps": {"per_hour": 5}}"#);
        item.insert("policy".to_owned(), earlier);
        assert_eq!(from_item::<PolicyRow>(item).unwrap(), row);
    }
}
