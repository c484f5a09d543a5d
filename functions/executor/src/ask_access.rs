//! What access is asked for: one thing, and for how long.

use domain::{Access, GroupId, Policy, SkuId};
use jiff::Timestamp;

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

/// Whether access may end then.
pub(crate) fn within(until: Option<Timestamp>, now: Timestamp) -> Result<(), String> {
    let Some(until) = until else { return Ok(()) };
    let longest = Policy::default().longest_grant;
    if until <= now {
        return Err("expires_at has passed; name a time to come".to_owned());
    }
    if until.duration_since(now) > longest {
        let days = longest.as_hours() / 24;
        return Err(format!("expires_at is within {days} days"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::SignedDuration;

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
        assert_eq!(within(None, now), Ok(()));
        assert_eq!(within(after(90 * 24), now), Ok(()));
        for refused in [after(0), after(-1), after(90 * 24 + 1)] {
            assert!(within(refused, now).is_err(), "{refused:?}");
        }
    }
}
