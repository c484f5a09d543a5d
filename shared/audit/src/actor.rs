//! Who did it.

use serde::{Deserialize, Serialize};

/// Who did it, in an audit record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", content = "id", rename_all = "snake_case")]
pub enum Actor {
    /// A person in the directory.
    User(String),
    /// A caller with an API key: `key-3`.
    Key(String),
    /// Somebody signed in here: `user-12`.
    Account(String),
    /// A webhook source.
    Source(String),
    /// An outside system whose answer we recorded.
    Vendor(String),
    /// Deskhand itself: the operation.
    System(String),
}

impl Actor {
    /// The caller's id, if it is one: a key, or somebody signed in.
    #[must_use]
    pub fn caller(&self) -> Option<&str> {
        match self {
            Self::Key(id) | Self::Account(id) => Some(id),
            Self::User(_) | Self::Source(_) | Self::Vendor(_) | Self::System(_) => None,
        }
    }

    /// Their id, whatever they are.
    #[must_use]
    pub fn id(&self) -> &str {
        match self {
            Self::User(id)
            | Self::Key(id)
            | Self::Account(id)
            | Self::Source(id)
            | Self::Vendor(id)
            | Self::System(id) => id,
        }
    }
}
