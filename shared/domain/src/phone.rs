//! Phone numbers, E.164.

use serde::{Deserialize, Serialize};
use std::fmt;

/// A number in E.164 form: `+`, then 8 to 15 digits, the first not 0.
#[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct PhoneNumber(String);

/// A text that is not a phone number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a phone number is E.164: + and 8 to 15 digits, as +441234567890")]
pub struct PhoneError;

impl PhoneNumber {
    /// Reads a number. Spaces, hyphens, dots and brackets, as directories keep them, are passed over.
    ///
    /// # Errors
    /// When what is left is not E.164.
    pub fn parse(text: &str) -> Result<Self, PhoneError> {
        let packed: String = text
            .chars()
            .filter(|c| !matches!(c, ' ' | '-' | '.' | '(' | ')'))
            .collect();
        let digits = packed.strip_prefix('+').ok_or(PhoneError)?;
        let fits = (8..=15).contains(&digits.len())
            && digits.bytes().all(|b| b.is_ascii_digit())
            && !digits.starts_with('0');
        if fits {
            Ok(Self(packed))
        } else {
            Err(PhoneError)
        }
    }

    /// The number as it is dialled.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The last two digits behind dots: enough to recognise one's own number by.
    #[must_use]
    pub fn masked(&self) -> String {
        format!("…{}", &self.0[self.0.len() - 2..])
    }
}

impl fmt::Debug for PhoneNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.masked())
    }
}

impl TryFrom<String> for PhoneNumber {
    type Error = PhoneError;
    fn try_from(text: String) -> Result<Self, PhoneError> {
        Self::parse(&text)
    }
}

impl From<PhoneNumber> for String {
    fn from(number: PhoneNumber) -> String {
        number.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_forms_directories_keep_are_one_number() {
        let plain = PhoneNumber::parse("+441234567890").unwrap();
        assert_eq!(PhoneNumber::parse("+44 (1234) 567-890").unwrap(), plain);
    }

    #[test]
    fn a_number_without_a_country_is_refused() {
        for bad in [
            "",
            "07700900123",
            "+0441234567",
            "+44",
            "+4412345678901234",
            "+44123x567",
        ] {
            assert_eq!(PhoneNumber::parse(bad), Err(PhoneError), "{bad:?}");
        }
    }

    #[test]
    fn debug_shows_no_number() {
        assert_eq!(
            format!("{:?}", PhoneNumber::parse("+441234567890").unwrap()),
            "…90"
        );
    }
}
