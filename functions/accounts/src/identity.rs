//! What a new tenant is called, and the ids made for it.

use domain::{Tenant, Voucher};
use kit::Problem;
use sha2::{Digest, Sha256};

/// The longest name we take, in characters.
const MAX_NAME: usize = 80;

/// The longest slug: a tenant's id has 40 characters, of which the fingerprint takes 7.
const MAX_SLUG: usize = 33;

/// Crockford's alphabet, in small letters: none is taken for another.
const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

/// A name as it is kept: without the spaces around it.
///
/// # Errors
/// When it is empty, over 80 characters, or holds a control character.
pub(crate) fn name(given: &str) -> Result<&str, Problem> {
    let name = given.trim();
    if name.is_empty() || name.chars().count() > MAX_NAME {
        return Err(Problem::invalid(
            "name",
            "a tenant's name has 1 to 80 characters",
        ));
    }
    if name.chars().any(char::is_control) {
        return Err(Problem::invalid(
            "name",
            "a tenant's name is one line of text without control characters",
        ));
    }
    Ok(name)
}

/// The tenant of this name: what can be read of it, and a fingerprint. The same name always makes the same tenant.
///
/// # Errors
/// Never for a name that [`name`] let through.
pub(crate) fn tenant(name: &str) -> Result<Tenant, Problem> {
    #[expect(
        clippy::disallowed_methods,
        reason = "IAM let the operator in, who makes this tenant"
    )]
    Tenant::vouched(&id(name, &Sha256::digest(name)), Voucher::Operator)
        .map_err(|error| Problem::internal(&error))
}

/// The tenant of this name below `above`. The same name below another is another tenant, so nobody learns of theirs.
///
/// # Errors
/// Never for a name that [`name`] let through.
pub(crate) fn tenant_below(above: &Tenant, name: &str) -> Result<Tenant, Problem> {
    let digest = Sha256::digest(format!("{}\n{name}", above.as_str()));
    #[expect(
        clippy::disallowed_methods,
        reason = "the tenant above was let in and makes this one"
    )]
    Tenant::vouched(&id(name, &digest), Voucher::Above).map_err(|error| Problem::internal(&error))
}

fn id(name: &str, digest: &[u8]) -> String {
    format!("{}-{}", slug(name), letters(&digest[..6]))
}

/// Small letters and digits, with one hyphen for anything else in between.
fn slug(name: &str) -> String {
    let mut slug = String::new();
    for c in name.chars() {
        if c.is_ascii_alphanumeric() {
            slug.push(c.to_ascii_lowercase());
        } else if !slug.is_empty() && !slug.ends_with('-') {
            slug.push('-');
        }
    }
    slug.truncate(MAX_SLUG);
    let slug = slug.trim_end_matches('-');
    if slug.is_empty() {
        "tenant".to_owned()
    } else {
        slug.to_owned()
    }
}

/// One letter or digit for each byte, 5 bits of chance each.
pub(crate) fn letters(bytes: &[u8]) -> String {
    bytes
        .iter()
        .map(|byte| char::from(ALPHABET[usize::from(byte & 31)]))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tenants_id_can_be_read_and_is_always_the_same() {
        let id = |text| tenant(text).unwrap().as_str().to_owned();
        let acme = id("Acme & Sons, Ltd.");
        assert!(
            acme.starts_with("acme-sons-ltd-") && acme.len() == 20,
            "{acme}"
        );
        assert_eq!(acme, id("Acme & Sons, Ltd."));
        assert_ne!(acme, id("acme sons ltd"));
    }

    #[test]
    fn a_name_below_one_tenant_is_not_the_name_below_another_or_of_an_operators() {
        let above = [tenant("Acme").unwrap(), tenant("Globex").unwrap()];
        let below = above
            .each_ref()
            .map(|above| tenant_below(above, "Sales").unwrap());
        assert_ne!(below[0], below[1]);
        assert_ne!(below[0], tenant("Sales").unwrap());
        assert_eq!(below[0], tenant_below(&above[0], "Sales").unwrap());
        assert!(below[0].as_str().starts_with("sales-"));
    }

    #[test]
    fn every_name_that_is_let_through_makes_a_tenant() {
        for given in [
            "a",
            "日本",
            "---",
            &"x".repeat(80),
            &"ab ".repeat(26),
            "Ünited 7",
        ] {
            let tenant = tenant(name(given).unwrap()).unwrap();
            assert!(tenant.as_str().len() <= 40, "{}", tenant.as_str());
            assert!(tenant_below(&tenant, name(given).unwrap()).is_ok());
        }
        assert!(tenant("日本").unwrap().as_str().starts_with("tenant-"));
    }

    #[test]
    fn a_bad_name_is_refused() {
        for bad in ["", "  ", "a\nb", &"x".repeat(81)] {
            assert!(name(bad).is_err(), "{bad:?}");
        }
    }
}
