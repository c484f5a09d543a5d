//! One record and its canonical form.

use crate::Actor;
use domain::{ExecutionId, TicketId};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::fmt;

/// Whose chain a record belongs to.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Subject {
    /// A ticket's chain.
    Ticket(TicketId),
    /// An execution's chain.
    Execution(ExecutionId),
    /// The chain of something of the tenant's own: `user-12`, `key-3`, `organization`.
    Account(String),
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ticket(id) => write!(f, "t#{id}"),
            Self::Execution(id) => write!(f, "x#{id}"),
            Self::Account(id) => write!(f, "a#{id}"),
        }
    }
}

/// What is to be recorded; the chain adds number and hash.
///
/// `facts` hold ids, times, counts, words and hashes. Names, addresses, numbers and texts of people stay out: the chain
/// is kept when a person's data is erased.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    /// When.
    pub at: Timestamp,
    /// Who did it.
    pub actor: Actor,
    /// What was done: `ticket.received`, `step.succeeded`.
    pub action: String,
    /// What it was done to and what came of it.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub facts: BTreeMap<String, Value>,
}

impl Entry {
    /// An entry without facts.
    #[must_use]
    pub fn new(at: Timestamp, actor: Actor, action: &str) -> Self {
        Self {
            at,
            actor,
            action: action.to_owned(),
            facts: BTreeMap::new(),
        }
    }

    /// This entry with one more fact; `null` is left out.
    #[must_use]
    pub fn fact(mut self, name: &str, value: impl Into<Value>) -> Self {
        let value = value.into();
        if !value.is_null() {
            self.facts.insert(name.to_owned(), value);
        }
        self
    }
}

/// An entry in its place in a chain.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Record {
    /// Its number in the chain, from 1.
    pub seq: u64,
    /// What happened.
    #[serde(flatten)]
    pub entry: Entry,
    /// The hash of the record before it; empty for the first.
    pub prev_hash: String,
    /// SHA-256 over `prev_hash` and the canonical form, in hexadecimal.
    pub hash: String,
}

/// The hash that a record with these contents has.
///
/// Canonical form: JSON with sorted keys, no spaces, of the tenant, subject, number and entry, behind the former hash.
pub(crate) fn hash(
    tenant: &str,
    subject: &Subject,
    seq: u64,
    entry: &Entry,
    prev_hash: &str,
) -> String {
    let form = serde_json::json!({
        "tenant": tenant,
        "subject": subject.to_string(),
        "seq": seq,
        "at": entry.at.to_string(),
        "actor": entry.actor,
        "action": entry.action,
        "facts": entry.facts,
    });
    let mut digest = Sha256::new();
    digest.update(prev_hash.as_bytes());
    digest.update(form.to_string().as_bytes());
    hex::encode(digest.finalize())
}
