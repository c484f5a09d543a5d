//! A member of a partial change: absent, null and a value are three different wishes.

use serde::{Deserialize, Deserializer};

/// A member of a partial change. Give its field `#[serde(default)]`, so that an absent member is [`Patch::Absent`],
/// and `#[schema(value_type = Option<…>)]`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Patch<T> {
    /// Leave it as it is.
    #[default]
    Absent,
    /// Take it away.
    Null,
    /// Put this in its place.
    Value(T),
}

impl<T> Patch<T> {
    /// The value, if there is one.
    pub fn value(self) -> Option<T> {
        match self {
            Self::Value(value) => Some(value),
            Self::Absent | Self::Null => None,
        }
    }

    /// Whether it is `null`.
    #[must_use]
    pub fn is_null(&self) -> bool {
        matches!(self, Self::Null)
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Patch<T> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let read = Option::<T>::deserialize(from)?;
        Ok(read.map_or(Self::Null, Self::Value))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Deserialize)]
    struct Change {
        #[serde(default)]
        name: Patch<String>,
    }

    #[test]
    fn absent_null_and_a_value_are_told_apart() {
        let read = |text: &str| serde_json::from_str::<Change>(text).unwrap().name;
        assert_eq!(read("{}"), Patch::Absent);
        assert_eq!(read(r#"{"name": null}"#), Patch::Null);
        assert_eq!(read(r#"{"name": "x"}"#), Patch::Value("x".to_owned()));
    }
}
