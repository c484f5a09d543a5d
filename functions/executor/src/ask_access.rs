//! What access is asked for: one thing, and for how long.

use domain::{Access, GroupId, SkuId};
use jiff::{SignedDuration, Timestamp};

/// The one thing that is named.
pub(crate) fn one_of(
    group: Option<GroupId>,
    licence: Option<SkuId>,
) -> Result<Access, &'static str> {
    match (group, licence) {
        (Some(group), None) => Ok(Access::Group(group)),
        (None, Some(sku)) => Ok(Access::Licence(sku)),
        (None, None) => Err("name a group_id or a license_sku"),
        (Some(_), Some(_)) => Err("name either a group_id or a license_sku, not both"),
    }
}

/// Whether access may end then, where it may last so many days.
pub(crate) fn within(until: Option<Timestamp>, now: Timestamp, days: u32) -> Result<(), String> {
    let Some(until) = until else { return Ok(()) };
    if until <= now {
        return Err("expires_at has passed; name a time to come".to_owned());
    }
    if until.duration_since(now) > SignedDuration::from_hours(24 * i64::from(days)) {
        return Err(format!("expires_at is within {days} days"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn access_is_to_one_thing() {
        let group = || Some(GroupId::parse("grp-1").unwrap());
        let sku = || Some(SkuId::parse("ENTERPRISEPACK").unwrap());
        assert_eq!(one_of(group(), None).unwrap().id(), "grp-1");
        assert_eq!(one_of(None, sku()).unwrap().kind(), "license_sku");
        assert!(one_of(None, None).is_err() && one_of(group(), sku()).is_err());
    }

    #[test]
    fn access_ends_after_now_and_within_ninety_days() {
        let now = Timestamp::UNIX_EPOCH;
        let after = |hours| Some(now + SignedDuration::from_hours(hours));
        assert_eq!(within(None, now, 90), Ok(()));
        assert_eq!(within(after(90 * 24), now, 90), Ok(()));
        assert!(within(after(90 * 24), now, 89).is_err());
        for refused in [after(0), after(-1), after(90 * 24 + 1)] {
            assert!(within(refused, now, 90).is_err(), "{refused:?}");
        }
    }
}
