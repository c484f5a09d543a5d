//! Passwords, by Argon2id: 19 MiB, two passes, one lane, which is OWASP's first recommendation for it.

use argon2::password_hash::{PasswordHash, PasswordHasher, PasswordVerifier, SaltString};
use argon2::{Algorithm, Argon2, Params, Version};

/// Memory of one hash, in KiB.
pub const MEMORY_KIB: u32 = 19 * 1024;
/// Passes over it.
pub const PASSES: u32 = 2;
/// The shortest password, in characters.
pub const SHORTEST: usize = 8;
/// The longest password, in bytes.
pub const LONGEST: usize = 256;

/// Why a password was not hashed.
#[derive(Debug, thiserror::Error)]
#[error("the password could not be hashed")]
pub struct HashError;

fn argon() -> Result<Argon2<'static>, HashError> {
    let params = Params::new(MEMORY_KIB, PASSES, 1, None).map_err(|_| HashError)?;
    Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
}

/// The hash of a password with its salt and parameters, in PHC form. `salt` is 16 bytes of chance.
///
/// # Errors
/// When the salt is no salt.
pub fn hash(password: &str, salt: &[u8]) -> Result<String, HashError> {
    let salt = SaltString::encode_b64(salt).map_err(|_| HashError)?;
    let hash = argon()?
        .hash_password(password.as_bytes(), &salt)
        .map_err(|_| HashError)?;
    Ok(hash.to_string())
}

/// Whether this password has this hash. Without a hash it works as long and says no, so that time tells nobody who exists.
#[must_use]
pub fn is_right(password: &str, hash: Option<&str>) -> bool {
    /// A hash of our parameters that no password is known for.
    const NOBODYS: &str = "$argon2id$v=19$m=19456,t=2,p=1$bm9ib2R5bm9ib2R5bm8$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
    let known = hash.is_some();
    let parsed = PasswordHash::new(hash.unwrap_or(NOBODYS)).or_else(|_| PasswordHash::new(NOBODYS));
    let (Ok(parsed), Ok(argon)) = (parsed, argon()) else {
        return false;
    };
    let fits =
        password.len() <= LONGEST && argon.verify_password(password.as_bytes(), &parsed).is_ok();
    known && fits
}

/// What is wrong with a password somebody chose; nothing when it will do.
#[must_use]
pub fn flaw(password: &str, names: &[&str]) -> Option<&'static str> {
    let lower = password.to_lowercase();
    if password.chars().count() < SHORTEST {
        return Some("a password has 8 characters or more");
    }
    if password.len() > LONGEST {
        return Some("a password has 256 bytes at most");
    }
    if names
        .iter()
        .any(|name| !name.is_empty() && lower == name.to_lowercase())
    {
        return Some("a password is not the name or address it belongs to");
    }
    let mut letters = lower.chars();
    let first = letters.next();
    if letters.all(|letter| Some(letter) == first) {
        return Some("a password is more than one character repeated");
    }
    let common = [
        "password",
        "password1",
        "12345678",
        "123456789",
        "1234567890",
        "qwertyuiop",
        "qwerty123",
        "11111111",
        "iloveyou",
        "letmein1",
    ];
    common
        .contains(&lower.as_str())
        .then_some("this password is among the first that are tried; choose another")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_has_its_own_hash_and_no_other() {
        let kept = hash("correct horse", &[7; 16]).unwrap();
        assert!(
            kept.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"),
            "{kept}"
        );
        assert!(is_right("correct horse", Some(&kept)));
        assert!(!is_right("correct horsf", Some(&kept)));
        assert!(!is_right("correct horse", None));
        assert!(!is_right("", Some("not a hash")));
        assert_ne!(kept, hash("correct horse", &[8; 16]).unwrap());
    }

    #[test]
    fn a_password_that_is_tried_first_is_refused() {
        for bad in [
            "short",
            "aaaaaaaa",
            "Password",
            "jane.smith@example.com",
            &"x".repeat(257),
        ] {
            assert!(flaw(bad, &["jane.smith@example.com"]).is_some(), "{bad}");
        }
        assert_eq!(
            flaw("SecurePass123!", &["jane.smith"]),
            None,
            "contract B's example"
        );
    }
}
