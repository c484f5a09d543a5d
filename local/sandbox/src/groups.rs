//! The directory's groups.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::{
    people::{People, camel},
    seed,
};

/// A group: Graph's properties under Graph's names, then what only the sandbox knows.
#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Group {
    pub(crate) id: String,
    pub(crate) display_name: String,
    pub(crate) description: Option<String>,
    /// `DynamicMembership`, `Unified`.
    #[serde(rename = "groupTypes")]
    pub(crate) kinds: Vec<String>,
    pub(crate) security_enabled: bool,
    pub(crate) mail_enabled: bool,
    pub(crate) mail: Option<String>,
    pub(crate) on_premises_sync_enabled: Option<bool>,
    pub(crate) is_assignable_to_role: Option<bool>,
    pub(crate) membership_rule: Option<String>,
    /// Ids of people.
    pub(crate) owners: Vec<String>,
    /// Ids of people and of groups.
    pub(crate) members: Vec<String>,
    /// Licences that each direct member has through this group.
    pub(crate) licences: Vec<String>,
}

/// The keys of a [`Group`] that are not Graph properties.
pub(crate) const SANDBOX_KEYS: [&str; 3] = ["owners", "members", "licences"];

impl Group {
    pub(crate) fn new(id: &str, display_name: &str) -> Self {
        Self {
            id: id.to_owned(),
            display_name: display_name.to_owned(),
            description: None,
            kinds: Vec::new(),
            security_enabled: true,
            mail_enabled: false,
            mail: None,
            on_premises_sync_enabled: None,
            is_assignable_to_role: None,
            membership_rule: None,
            owners: Vec::new(),
            members: Vec::new(),
            licences: Vec::new(),
        }
    }

    pub(crate) fn is(&self, kind: &str) -> bool {
        self.kinds.iter().any(|own| own == kind)
    }

    pub(crate) fn has(&self, member: &str) -> bool {
        self.members.iter().any(|id| id == member)
    }
}

#[derive(Clone)]
pub(crate) struct Groups(Vec<Group>);

impl Default for Groups {
    fn default() -> Self {
        Self(seed::groups())
    }
}

impl Groups {
    pub(crate) fn all(&self) -> &[Group] {
        &self.0
    }

    pub(crate) fn get(&self, id: &str) -> Option<&Group> {
        self.0.iter().find(|group| group.id == id)
    }

    pub(crate) fn get_mut(&mut self, id: &str) -> Option<&mut Group> {
        self.0.iter_mut().find(|group| group.id == id)
    }

    /// The people in a group, also by groups in it.
    pub(crate) fn people_in(&self, id: &str) -> BTreeSet<&str> {
        let (mut people, mut seen) = (BTreeSet::new(), BTreeSet::from([id]));
        let mut open: Vec<&Group> = self.get(id).into_iter().collect();
        while let Some(group) = open.pop() {
            for member in &group.members {
                match self.get(member) {
                    Some(inner) if seen.insert(&inner.id) => open.push(inner),
                    Some(_) => {}
                    None => drop(people.insert(member.as_str())),
                }
            }
        }
        people
    }

    /// Takes somebody who is no more out of every group.
    pub(crate) fn forget(&mut self, id: &str) {
        for group in &mut self.0 {
            group.members.retain(|member| member != id);
            group.owners.retain(|owner| owner != id);
        }
    }

    /// Makes or changes a group; `changes` is a merge patch with the keys of [`Group`], in camel or snake case. Owners and
    /// members may be addresses.
    ///
    /// # Errors
    /// A sentence naming the key or the person that does not fit.
    pub(crate) fn put(
        &mut self,
        id: &str,
        changes: Map<String, Value>,
        people: &People,
    ) -> Result<Group, String> {
        let before = self.get(id).cloned().unwrap_or_else(|| Group::new(id, id));
        let Ok(Value::Object(mut merged)) = serde_json::to_value(&before) else {
            return Err("this group cannot be written as JSON".into());
        };
        merged.extend(changes.into_iter().map(|(key, value)| (camel(&key), value)));
        let mut after: Group = serde_json::from_value(Value::Object(merged))
            .map_err(|cause| format!("group {id}: {cause}"))?;
        if after.id != id {
            return Err(format!("group {id}: its id cannot be changed"));
        }
        after.owners = self.named(&after.owners, people)?;
        after.members = self.named(&after.members, people)?;
        match self.get_mut(id) {
            Some(place) => *place = after.clone(),
            None => self.0.push(after.clone()),
        }
        Ok(after)
    }

    /// The ids of these people and groups.
    fn named(&self, keys: &[String], people: &People) -> Result<Vec<String>, String> {
        keys.iter()
            .map(|key| {
                let person = people.by_key(key).or_else(|| people.by_mail(key));
                person
                    .map(|person| person.id.clone())
                    .or_else(|| self.get(key).map(|group| group.id.clone()))
                    .ok_or_else(|| {
                        format!("no user or group {key}; GET /_sandbox/users and /_sandbox/groups list them")
                    })
            })
            .collect()
    }
}
