//! When a delivery is tried, tried again, and given up.

use domain::{Delivery, DeliveryStatus};
use jiff::{SignedDuration, Timestamp};
use std::time::Duration;

/// Tries at most.
pub(crate) const TRIES: usize = 8;
/// How long a begun try may still be under way: longer than a function of this service may run (45 s).
pub(crate) const UNDER_WAY: Duration = Duration::from_mins(1);
/// When to look whether a message whose answer was lost has left.
pub(crate) const LOOK_AFTER: Duration = Duration::from_secs(10);
/// When to ask again for what a try needs: the owner's number, the carrier's list.
pub(crate) const ASK_AGAIN_AFTER: Duration = Duration::from_secs(30);
/// How long a delivery may wait for what a try needs.
const GIVE_UP_AFTER: SignedDuration = SignedDuration::from_mins(20);
/// SQS delays by whole seconds; a message this early is on time.
const EARLY: SignedDuration = SignedDuration::from_secs(2);

const FIRST_PAUSE: Duration = Duration::from_secs(5);
const LONGEST_PAUSE: Duration = Duration::from_mins(5);
/// SQS delays no longer.
const LONGEST_DELAY: Duration = Duration::from_mins(15);

/// How long to wait after try number `tried`: 5 s, twice as long each time, 5 minutes at most; longer if the carrier
/// asks, up to 15 minutes.
pub(crate) fn pause(tried: usize, asked: Option<Duration>) -> Duration {
    let doublings = u32::try_from(tried.saturating_sub(1))
        .unwrap_or(u32::MAX)
        .min(16);
    let pause = FIRST_PAUSE
        .saturating_mul(1 << doublings)
        .min(LONGEST_PAUSE);
    asked.unwrap_or_default().max(pause).min(LONGEST_DELAY)
}

/// What a message about a delivery is good for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Turn {
    /// The delivery has ended: make sure that everybody knows.
    Over,
    /// Its try was made, and another message is about what follows.
    Stale,
    /// Not yet: see the same message again after this.
    Wait(Duration),
    /// The credential has lapsed.
    Expire,
    /// The last try may have sent: look before trying again.
    Look,
    /// Try.
    Try,
}

/// What a message about try number `attempt` is good for.
pub(crate) fn turn(delivery: &Delivery, attempt: usize, now: Timestamp) -> Turn {
    if delivery.status != DeliveryStatus::Queued {
        return Turn::Over;
    }
    let begun = delivery.attempts.len();
    let unended = delivery
        .attempts
        .last()
        .filter(|last| last.outcome == "trying");
    if begun > attempt || (begun == attempt && unended.is_none()) {
        return Turn::Stale;
    }
    if let Some(left) = unended.and_then(|last| left_until(last.at + UNDER_WAY, now)) {
        return Turn::Wait(left);
    }
    if now >= delivery.expires_at {
        return Turn::Expire;
    }
    if let Some(left) = delivery
        .next_retry_at
        .and_then(|due| left_until(due - EARLY, now))
    {
        return Turn::Wait(left);
    }
    if delivery.in_doubt() {
        Turn::Look
    } else {
        Turn::Try
    }
}

/// Whether a delivery has waited too long for what a try needs.
pub(crate) fn is_given_up(delivery: &Delivery, now: Timestamp) -> bool {
    now.duration_since(delivery.created_at) > GIVE_UP_AFTER
}

/// The whole seconds until `due`, at least one; none when it has come.
fn left_until(due: Timestamp, now: Timestamp) -> Option<Duration> {
    let left = u64::try_from(due.duration_since(now).as_millis())
        .ok()
        .filter(|left| *left > 0)?;
    Some(Duration::from_secs(left.div_ceil(1_000)).min(LONGEST_DELAY))
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::{CredentialRef, DeliveryId, Medium, TicketId, UserId};

    fn at(seconds: i64) -> Timestamp {
        Timestamp::UNIX_EPOCH + SignedDuration::from_secs(seconds)
    }

    fn fresh() -> Delivery {
        Delivery {
            id: DeliveryId::parse("dlv-1").unwrap(),
            ticket_id: TicketId::from_bits(1),
            user_id: UserId::parse("abc-123").unwrap(),
            credential_ref: CredentialRef::parse("cred_1").unwrap(),
            medium: Medium::Sms,
            message: "{credential}".into(),
            status: DeliveryStatus::Queued,
            attempts: Vec::new(),
            next_retry_at: None,
            expires_at: at(3_600),
            waiting: None,
            sealed_token: None,
            created_at: at(0),
            rev: 1,
        }
    }

    fn begun() -> Delivery {
        fresh().begin(at(0)).unwrap()
    }

    fn again(outcome: &str, due: i64) -> Delivery {
        begun()
            .ended(DeliveryStatus::Queued, outcome, None, Some(at(due)))
            .unwrap()
    }

    #[test]
    fn pauses_double_from_five_seconds_to_five_minutes() {
        let pauses: Vec<u64> = (1..TRIES)
            .map(|tried| pause(tried, None).as_secs())
            .collect();
        assert_eq!(pauses, [5, 10, 20, 40, 80, 160, 300]);
        assert_eq!(pause(usize::MAX, None), LONGEST_PAUSE);
    }

    #[test]
    fn a_carrier_may_ask_for_a_longer_pause_but_not_a_shorter() {
        assert_eq!(pause(1, Some(Duration::from_mins(1))).as_secs(), 60);
        assert_eq!(pause(3, Some(Duration::from_secs(1))).as_secs(), 20);
        assert_eq!(pause(1, Some(Duration::from_hours(24))).as_secs(), 900);
    }

    #[test]
    fn a_try_that_is_under_way_is_left_alone() {
        assert_eq!(
            turn(&begun(), 1, at(59)),
            Turn::Wait(Duration::from_secs(1))
        );
        assert_eq!(turn(&begun(), 2, at(0)), Turn::Wait(UNDER_WAY));
    }

    #[test]
    fn a_try_whose_end_nobody_recorded_is_looked_up_before_another() {
        assert_eq!(turn(&begun(), 1, at(60)), Turn::Look);
        assert_eq!(turn(&again("unknown", 10), 2, at(10)), Turn::Look);
    }

    #[test]
    fn a_failed_try_is_repeated_when_it_is_due_and_by_one_message() {
        let waiting = again("unavailable", 5);
        assert_eq!(turn(&waiting, 2, at(1)), Turn::Wait(Duration::from_secs(2)));
        assert_eq!(turn(&waiting, 2, at(5)), Turn::Try);
        assert_eq!(turn(&waiting, 1, at(60)), Turn::Stale);
        assert_eq!(
            turn(&waiting.begin(at(5)).unwrap(), 1, at(200)),
            Turn::Stale
        );
    }

    #[test]
    fn a_delivery_never_tried_is_tried() {
        assert_eq!(turn(&fresh(), 1, at(5)), Turn::Try);
    }

    #[test]
    fn a_lapsed_credential_ends_the_delivery_and_an_ended_one_stays_ended() {
        let waiting = again("unavailable", 5);
        assert_eq!(turn(&waiting, 2, at(3_600)), Turn::Expire);
        let sent = begun()
            .ended(DeliveryStatus::Sent, "sent", None, None)
            .unwrap();
        assert_eq!(turn(&sent, 1, at(3_600)), Turn::Over);
    }

    #[test]
    fn waiting_for_what_a_try_needs_ends_after_twenty_minutes() {
        assert!(!is_given_up(&fresh(), at(1_200)));
        assert!(is_given_up(&fresh(), at(1_201)));
    }
}
