//! The sandbox's only look at the clock.

use jiff::{Timestamp, tz::TimeZone};

/// Now.
#[expect(
    clippy::disallowed_methods,
    reason = "the sandbox plays systems that have clocks of their own"
)]
pub(crate) fn now() -> Timestamp {
    Timestamp::now()
}

/// As .NET writes it: seven fractional digits.
pub(crate) fn dotnet(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%S%.7fZ").to_string()
}

/// As Twilio writes it: RFC 2822, in UTC.
pub(crate) fn rfc2822(at: Timestamp) -> String {
    at.to_zoned(TimeZone::UTC)
        .strftime("%a, %d %b %Y %H:%M:%S +0000")
        .to_string()
}
