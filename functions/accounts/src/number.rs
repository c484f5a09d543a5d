//! Numbers in paths.

/// The number of something of the tenant's, as a path names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Number(pub(crate) u64);

impl TryFrom<String> for Number {
    type Error = ();

    fn try_from(text: String) -> Result<Self, ()> {
        let plain = (1..=15).contains(&text.len())
            && text.bytes().all(|b| b.is_ascii_digit())
            && !text.starts_with('0');
        let number = plain.then(|| text.parse().ok()).flatten();
        number.map(Self).ok_or(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_digits_without_a_zero_before_them() {
        assert_eq!(Number::try_from("12".to_owned()), Ok(Number(12)));
        for bad in ["", "0", "007", "+1", "-1", "1e3", "one", "9999999999999999"] {
            assert!(Number::try_from(bad.to_owned()).is_err(), "{bad:?}");
        }
    }
}
