//! What API keys were used for: a row for each key and day, thirty of them, each taking the place of the one of thirty days
//! before.

use crate::capacity::Purpose;
use crate::gate::seconds;
use crate::item::{decode, number};
use crate::key::Key;
use crate::table::Table;
use crate::{Store, StoreError};
use aws_sdk_dynamodb::types::{AttributeValue, ReturnConsumedCapacity};
use domain::Tenant;
use jiff::Timestamp;
use serde::Deserialize;
use std::collections::{BTreeMap, HashMap};

/// Days that are kept, today included.
pub const USAGE_DAYS: u64 = 30;
/// Tries against others who begin the same day.
const MAX_TRIES: usize = 3;
const DAY: u64 = 24 * 3600;

/// What a key was used for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct KeyUsage {
    /// Requests answered with a status under 400.
    pub success: u64,
    /// Requests answered with another.
    pub failed: u64,
    /// The time they took together, in microseconds.
    pub micros: u64,
    /// How many there were of each path, as it is documented.
    pub paths: BTreeMap<String, u64>,
}

impl KeyUsage {
    /// How many requests there were.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.success + self.failed
    }

    /// Counts others with these.
    pub fn add(&mut self, others: &Self) {
        self.success += others.success;
        self.failed += others.failed;
        self.micros += others.micros;
        for (path, n) in &others.paths {
            *self.paths.entry(path.clone()).or_default() += n;
        }
    }
}

/// One day's.
#[derive(Debug, Deserialize)]
struct Row {
    /// Days since 1970.
    day: u64,
    success: u64,
    failed: u64,
    micros: u64,
    paths: BTreeMap<String, u64>,
}

/// An update, and on which condition.
struct Change {
    set: String,
    when: &'static str,
    names: Vec<(String, String)>,
    values: Vec<(String, AttributeValue)>,
}

impl Store {
    /// Adds to what a key was used for today.
    ///
    /// # Errors
    /// When `DynamoDB` does not answer; then some of it may be counted.
    pub async fn add_key_usage(
        &self,
        tenant: &Tenant,
        id: u64,
        usage: &KeyUsage,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let day = seconds(now) / DAY;
        let key = Key::key_usage(tenant, id, day % USAGE_DAYS);
        for _ in 0..MAX_TRIES {
            if self.changed(&key, further(day, usage)).await?
                || self.changed(&key, begun(day, usage)).await?
            {
                return Ok(());
            }
        }
        Err(StoreError::Conflict { what: "key usage" })
    }

    /// What a key was used for in the last [`USAGE_DAYS`] days.
    ///
    /// # Errors
    /// When `DynamoDB` does not answer, or a row cannot be read.
    pub async fn key_usage(
        &self,
        tenant: &Tenant,
        id: u64,
        now: Timestamp,
    ) -> Result<KeyUsage, StoreError> {
        let today = seconds(now) / DAY;
        let key = Key::key_usage(tenant, id, 0);
        let max = usize::try_from(USAGE_DAYS).unwrap_or(usize::MAX);
        let items = self.partition(Table::Accounts, &key, "", max).await?;
        let mut usage = KeyUsage::default();
        for item in items {
            let row: Row = decode("key usage", item)?;
            if row.day + USAGE_DAYS > today {
                usage.add(&KeyUsage {
                    success: row.success,
                    failed: row.failed,
                    micros: row.micros,
                    paths: row.paths,
                });
            }
        }
        Ok(usage)
    }

    /// Makes a change; whether its condition held.
    async fn changed(&self, key: &Key, change: Change) -> Result<bool, StoreError> {
        let names: HashMap<String, String> = change.names.into_iter().collect();
        let values: HashMap<String, AttributeValue> = change.values.into_iter().collect();
        let answer = Box::pin(
            self.client()
                .update_item()
                .table_name(self.name(Table::Accounts))
                .set_key(Some(key.attributes()))
                .update_expression(change.set)
                .condition_expression(change.when)
                .set_expression_attribute_names(Some(names))
                .set_expression_attribute_values(Some(values))
                .return_consumed_capacity(ReturnConsumedCapacity::Total)
                .send(),
        )
        .await;
        let purpose = Purpose::new("add_key_usage");
        match answer {
            Ok(answer) => {
                purpose.spent(Table::Accounts, answer.consumed_capacity());
                Ok(true)
            }
            Err(error) => match error.as_service_error() {
                Some(refusal) if refusal.is_conditional_check_failed_exception() => {
                    purpose.refused(Table::Accounts, 1);
                    Ok(false)
                }
                _ => Err(StoreError::unavailable(
                    "count what a key was used for",
                    error,
                )),
            },
        }
    }
}

/// More of a day that has begun.
fn further(day: u64, usage: &KeyUsage) -> Change {
    let mut sets = Vec::new();
    let mut names = own_names();
    let mut values = own_values(day, usage);
    for (at, (path, n)) in usage.paths.iter().enumerate() {
        sets.push(format!(
            "#paths.#p{at} = if_not_exists(#paths.#p{at}, :zero) + :p{at}"
        ));
        names.push((format!("#p{at}"), path.clone()));
        values.push((format!(":p{at}"), number(*n)));
    }
    let mut set = "ADD #success :success, #failed :failed, #micros :micros".to_owned();
    if sets.is_empty() {
        names.retain(|(name, _)| name != "#paths");
    } else {
        set = format!("SET {} {set}", sets.join(", "));
        values.push((":zero".to_owned(), number(0)));
    }
    Change {
        set,
        when: "#day = :day",
        names,
        values,
    }
}

/// The first of a day.
fn begun(day: u64, usage: &KeyUsage) -> Change {
    let paths = usage
        .paths
        .iter()
        .map(|(path, n)| (path.clone(), number(*n)));
    let mut values = own_values(day, usage);
    values.push((":paths".to_owned(), AttributeValue::M(paths.collect())));
    Change {
        set: "SET #day = :day, #success = :success, #failed = :failed, #micros = :micros, #paths = :paths"
            .to_owned(),
        when: "attribute_not_exists(pk) OR #day < :day",
        names: own_names(),
        values,
    }
}

fn own_names() -> Vec<(String, String)> {
    ["day", "success", "failed", "micros", "paths"]
        .map(|name| (format!("#{name}"), name.to_owned()))
        .to_vec()
}

fn own_values(day: u64, usage: &KeyUsage) -> Vec<(String, AttributeValue)> {
    vec![
        (":day".to_owned(), number(day)),
        (":success".to_owned(), number(usage.success)),
        (":failed".to_owned(), number(usage.failed)),
        (":micros".to_owned(), number(usage.micros)),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn usage(success: u64, path: &str) -> KeyUsage {
        KeyUsage {
            success,
            micros: success * 1_000,
            paths: BTreeMap::from([(path.to_owned(), success)]),
            ..KeyUsage::default()
        }
    }

    #[test]
    fn counts_are_put_together_path_by_path() {
        let mut all = usage(2, "/a");
        all.add(&usage(3, "/b"));
        all.add(&usage(1, "/a"));
        assert_eq!((all.total(), all.micros), (6, 6_000));
        let paths = [("/a".to_owned(), 3), ("/b".to_owned(), 3)];
        assert_eq!(all.paths, BTreeMap::from(paths));
    }

    /// DynamoDB refuses an update that has a name or a value which no expression uses.
    #[test]
    fn an_update_uses_each_of_its_names_and_values() {
        for counted in [usage(1, "/api/v1/keys/{key_id}"), KeyUsage::default()] {
            for change in [further(20_000, &counted), begun(20_000, &counted)] {
                let text = format!("{} {}", change.set, change.when);
                let words = change.names.iter().map(|(name, _)| name);
                for word in words.chain(change.values.iter().map(|(name, _)| name)) {
                    assert!(text.contains(word.as_str()), "{word} in {text}");
                }
            }
        }
    }
}
