//! What the organization has bought, and who holds it.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::{
    groups::Groups,
    people::{People, Person, camel},
    seed,
};

/// A licence that was bought.
#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Sku {
    #[serde(rename = "skuId")]
    pub(crate) id: String,
    #[serde(rename = "skuPartNumber")]
    pub(crate) part_number: String,
    /// Seats in good standing.
    pub(crate) enabled: u32,
    pub(crate) suspended: u32,
    /// Seats of people who are not in this directory's seed.
    pub(crate) others: u32,
}

/// A licence given to a person directly.
#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Held {
    pub(crate) sku_id: String,
    #[serde(default)]
    pub(crate) disabled_plans: Vec<String>,
}

#[derive(Clone)]
pub(crate) struct Skus(Vec<Sku>);

impl Default for Skus {
    fn default() -> Self {
        Self(seed::skus())
    }
}

impl Skus {
    pub(crate) fn all(&self) -> &[Sku] {
        &self.0
    }

    pub(crate) fn get(&self, id: &str) -> Option<&Sku> {
        self.0.iter().find(|sku| sku.id.eq_ignore_ascii_case(id))
    }

    /// Makes or changes a licence; `changes` is a merge patch with the keys of [`Sku`], in camel or snake case.
    ///
    /// # Errors
    /// A sentence naming the key that does not fit.
    pub(crate) fn put(&mut self, id: &str, changes: Map<String, Value>) -> Result<Sku, String> {
        let before = self.get(id).cloned().unwrap_or_else(|| Sku {
            id: id.to_owned(),
            part_number: id.to_owned(),
            enabled: 0,
            suspended: 0,
            others: 0,
        });
        let Ok(Value::Object(mut merged)) = serde_json::to_value(&before) else {
            return Err("this licence cannot be written as JSON".into());
        };
        merged.extend(changes.into_iter().map(|(key, value)| (camel(&key), value)));
        let after: Sku = serde_json::from_value(Value::Object(merged))
            .map_err(|cause| format!("licence {id}: {cause}"))?;
        if !after.id.eq_ignore_ascii_case(&before.id) {
            return Err(format!("licence {id}: its id cannot be changed"));
        }
        match self.0.iter_mut().find(|sku| sku.id == before.id) {
            Some(place) => *place = after.clone(),
            None => self.0.push(after.clone()),
        }
        Ok(after)
    }
}

impl Person {
    pub(crate) fn holds_directly(&self, sku: &str) -> Option<&Held> {
        self.licences
            .iter()
            .find(|held| held.sku_id.eq_ignore_ascii_case(sku))
    }

    /// The groups this person has `sku` from: those they are in themselves, since a licence does not reach into a nested group.
    pub(crate) fn holds_through<'a>(
        &'a self,
        sku: &'a str,
        groups: &'a Groups,
    ) -> impl Iterator<Item = &'a str> {
        let gives =
            move |licences: &[String]| licences.iter().any(|own| own.eq_ignore_ascii_case(sku));
        groups
            .all()
            .iter()
            .filter(move |group| group.has(&self.id) && gives(&group.licences))
            .map(|group| group.id.as_str())
    }

    /// Graph's `licenseAssignmentStates`.
    pub(crate) fn assignment_states(&self, skus: &Skus, groups: &Groups) -> Value {
        let state = |sku: &str, group: Option<&str>, plans: &[String]| {
            json!({
                "skuId": sku,
                "assignedByGroup": group,
                "disabledPlans": plans,
                "state": "Active",
                "error": "None",
            })
        };
        let direct = self
            .licences
            .iter()
            .map(|held| state(&held.sku_id, None, &held.disabled_plans));
        let through = skus.all().iter().flat_map(|sku| {
            self.holds_through(&sku.id, groups)
                .map(|group| state(&sku.id, Some(group), &[]))
        });
        direct.chain(through).collect()
    }
}

/// Seats taken: each person takes one, however many ways they hold it.
pub(crate) fn taken(sku: &Sku, people: &People, groups: &Groups) -> u32 {
    let holds = |person: &&Person| {
        person.holds_directly(&sku.id).is_some()
            || person.holds_through(&sku.id, groups).next().is_some()
    };
    let here = people.all().iter().filter(holds).count();
    sku.others + u32::try_from(here).unwrap_or(u32::MAX)
}
