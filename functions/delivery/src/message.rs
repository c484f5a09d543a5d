//! The text around a credential.

use secrecy::{ExposeSecret, SecretString};

/// Where the credential goes.
const PLACEHOLDER: &str = "{credential}";
/// The longest text, in characters: with the longest credential the carrier's 1600 hold it.
const MAX_CHARS: usize = 1_000;
/// The longest credential, in bytes.
const MAX_CREDENTIAL: usize = 256;

/// What is wrong with a text, if anything.
pub(crate) fn flaw(text: &str) -> Option<&'static str> {
    if !text.contains(PLACEHOLDER) {
        Some("the message must hold {credential}, where the credential goes")
    } else if text.chars().count() > MAX_CHARS {
        Some("the message is 1000 characters at most")
    } else {
        None
    }
}

/// What is wrong with a credential that a caller gives, if anything.
#[expect(
    clippy::disallowed_methods,
    reason = "its length and characters are looked at, nothing is kept"
)]
pub(crate) fn credential_flaw(credential: &SecretString) -> Option<&'static str> {
    let text = credential.expose_secret();
    if text.is_empty() || text.len() > MAX_CREDENTIAL || text.chars().any(char::is_control) {
        Some("a credential is 1 to 256 bytes without control characters")
    } else {
        None
    }
}

/// The message as its owner reads it.
#[expect(
    clippy::disallowed_methods,
    reason = "the credential goes into the message to its owner"
)]
pub(crate) fn fill(text: &str, credential: &SecretString) -> SecretString {
    text.replace(PLACEHOLDER, credential.expose_secret()).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[expect(clippy::disallowed_methods, reason = "a test reads what it wrote")]
    fn the_credential_stands_where_the_message_says() {
        let filled = fill(
            "Your temporary access code: {credential}",
            &"A+/&{credential}".to_owned().into(),
        );
        assert_eq!(
            filled.expose_secret(),
            "Your temporary access code: A+/&{credential}"
        );
    }

    #[test]
    fn a_message_without_a_place_for_the_credential_is_refused() {
        assert!(flaw("Your temporary access code: {credential}").is_none());
        for bad in ["", "Your code", "Your code: {Credential}", "{ credential }"] {
            assert!(flaw(bad).is_some(), "{bad:?}");
        }
    }

    #[test]
    fn a_message_holds_a_thousand_characters() {
        let padded =
            |chars: usize| format!("{{credential}}{}", "ü".repeat(chars - PLACEHOLDER.len()));
        assert!(flaw(&padded(1_000)).is_none());
        assert!(flaw(&padded(1_001)).is_some());
    }

    #[test]
    fn a_credential_is_a_short_plain_text() {
        assert!(credential_flaw(&"ABCD1234EFGH5678".to_owned().into()).is_none());
        for bad in [String::new(), "x".repeat(257), "two\nlines".to_owned()] {
            assert!(credential_flaw(&bad.into()).is_some());
        }
    }
}
