//! How long a person is waited for, as people write it: `90s`, `10m`, `4h`, `3d`.

use std::fmt;

use serde::{Serialize, Serializer};

/// The longest that a state may stand: 30 days.
pub(crate) const LONGEST_SECONDS: u32 = 30 * 86_400;

/// The shortest: 30 seconds.
pub(crate) const SHORTEST_SECONDS: u32 = 30;

const UNITS: [(char, u32); 4] = [('d', 86_400), ('h', 3_600), ('m', 60), ('s', 1)];

/// A time to wait, 30 seconds to 30 days.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Wait(u32);

impl Wait {
    /// Reads `90s`, `10m`, `4h` or `3d`.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let unit = text.chars().last()?;
        let (_, seconds) = UNITS.into_iter().find(|(letter, _)| *letter == unit)?;
        let digits = &text[..text.len() - unit.len_utf8()];
        let plain = (1..=7).contains(&digits.len())
            && digits.bytes().all(|b| b.is_ascii_digit())
            && !digits.starts_with('0');
        let total = digits.parse::<u32>().ok()?.checked_mul(seconds)?;
        (plain && (SHORTEST_SECONDS..=LONGEST_SECONDS).contains(&total)).then_some(Self(total))
    }

    /// In seconds.
    #[must_use]
    pub fn seconds(self) -> u32 {
        self.0
    }
}

/// `3d` for 259200: in the largest unit that needs no fraction.
pub(crate) fn written(seconds: u32) -> String {
    let whole = UNITS
        .into_iter()
        .find(|(_, unit)| seconds.is_multiple_of(*unit));
    let (letter, unit) = whole.unwrap_or(('s', 1));
    format!("{}{letter}", seconds / unit)
}

impl fmt::Display for Wait {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&written(self.0))
    }
}

impl Serialize for Wait {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::Wait;

    #[test]
    fn a_wait_is_a_number_and_a_unit_from_30_seconds_to_30_days() {
        for (text, seconds, printed) in [
            ("30s", 30, "30s"),
            ("90s", 90, "90s"),
            ("10m", 600, "10m"),
            ("60m", 3_600, "1h"),
            ("4h", 14_400, "4h"),
            ("3d", 259_200, "3d"),
            ("720h", 2_592_000, "30d"),
        ] {
            let wait = Wait::parse(text).unwrap();
            assert_eq!(
                (wait.seconds(), wait.to_string()),
                (seconds, printed.into())
            );
            assert_eq!(Wait::parse(&wait.to_string()), Some(wait));
        }
        for bad in [
            "",
            "d",
            "3",
            "3 d",
            "3D",
            "-3d",
            "+3d",
            "1.5h",
            "29s",
            "31d",
            "0s",
            "010m",
            "3é",
            "99999999999s",
            "4000000d",
            "1h30m",
        ] {
            assert_eq!(Wait::parse(bad), None, "{bad}");
        }
    }
}
