//! The names people sign in by: plain ASCII, in small letters, so that no two look alike.

use kit::Problem;

/// The longest user name, in characters.
const LONGEST: usize = 150;

/// A user name as it is kept.
///
/// # Errors
/// When it is no plain one.
pub(crate) fn username(given: &str) -> Result<String, Problem> {
    let name = given.to_ascii_lowercase();
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "._@+-".contains(c);
    let fits = (1..=LONGEST).contains(&name.len()) && name.chars().all(plain);
    if fits && name.starts_with(|c: char| c.is_ascii_alphanumeric()) {
        return Ok(name);
    }
    Err(Problem::invalid(
        "username",
        "a user name has 1 to 150 letters (a to z), digits and . _ @ + -, and begins with a letter or digit",
    ))
}

/// An e-mail address as it is kept.
///
/// # Errors
/// When it does not look like one.
pub(crate) fn email(given: &str) -> Result<String, Problem> {
    let email = given.to_ascii_lowercase();
    let plain = |c: char| c.is_ascii_graphic() && !"()<>[]:;,\\\"#/".contains(c);
    let (who, host) = email.split_once('@').unwrap_or_default();
    let host_fits = host.contains('.')
        && host.split('.').all(|part| {
            !part.is_empty() && part.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
        });
    if !who.is_empty() && who.chars().all(plain) && host_fits && email.len() <= 254 {
        return Ok(email);
    }
    Err(Problem::invalid(
        "email",
        "give an e-mail address, as jane@example.com",
    ))
}

/// A given or family name as it is kept.
///
/// # Errors
/// When it is too long or holds control characters.
pub(crate) fn personal(field: &str, given: &str) -> Result<String, Problem> {
    let name = given.trim();
    if name.chars().count() <= 150 && !name.chars().any(char::is_control) {
        return Ok(name.to_owned());
    }
    Err(Problem::invalid(
        field,
        "a name has 150 characters at most, on one line",
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_look_alike_are_one_or_refused() {
        assert_eq!(username("Jane.Smith").unwrap(), "jane.smith");
        assert_eq!(username("user@example.com").unwrap(), "user@example.com");
        // A Cyrillic а, a zero-width joiner, a space, a slash.
        for bad in [
            "j\u{430}ne",
            "jane\u{200d}",
            "jane smith",
            "jane/smith",
            "",
            ".jane",
        ] {
            assert!(username(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn an_address_has_a_name_and_a_domain() {
        assert_eq!(email("Jane@Example.com").unwrap(), "jane@example.com");
        for bad in [
            "jane",
            "@example.com",
            "jane@localhost",
            "jane@ex ample.com",
            "a@b..c",
            "j\u{430}ne@example.com",
        ] {
            assert!(email(bad).is_err(), "{bad:?}");
        }
    }
}
