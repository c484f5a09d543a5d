//! Where a reset that a caller asked for before stands.

use crate::ask::Ask;
use crate::issue::Issued;
use domain::{CredentialRef, RequestId};
use jiff::{SignedDuration, Timestamp};
use kit::ACTS_FOR_SECONDS;
use serde_json::{Map, Value, json};
use store::{ActionRow, ActionState};

/// How long what was begun may still be under way: longer than its function may run.
pub(crate) const UNDER_WAY: SignedDuration = SignedDuration::from_secs(2 * ACTS_FOR_SECONDS);

/// The id of the reset that a receipt was spent on. A receipt allows one, so the id is the receipt's.
pub(crate) fn action_id(receipt: &RequestId) -> String {
    format!("reset_password-{receipt}")
}

/// What the row of a begun reset says: the call it answers.
pub(crate) fn asked(ask: &Ask) -> Map<String, Value> {
    Map::from_iter([
        ("user_id".to_owned(), json!(ask.user_id)),
        ("method".to_owned(), json!(ask.method)),
        (
            "tap_lifetime_minutes".to_owned(),
            json!(ask.lifetime_minutes),
        ),
    ])
}

/// What the row of a reset that took place says besides.
pub(crate) fn done(row: &ActionRow, issued: &Issued) -> Map<String, Value> {
    let mut output = row.output.clone();
    output.extend(issued.output());
    output
}

/// What the row of a reset that did not take place says besides.
pub(crate) fn failed(row: &ActionRow, reason: &str, retryable: bool) -> Map<String, Value> {
    let mut output = row.output.clone();
    output.insert("reason".to_owned(), json!(reason));
    output.insert("retryable".to_owned(), json!(retryable));
    output
}

/// The first result, without the credential.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Earlier {
    pub(crate) credential_ref: CredentialRef,
    pub(crate) expires_at: Timestamp,
}

/// Where an earlier reset stands, for somebody who asks for `ask` now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Standing {
    /// It was asked for otherwise: this is another call.
    Other,
    /// It is being made.
    UnderWay,
    /// It was begun so long ago that nobody is at it any more: its answer was lost.
    Abandoned,
    /// It took place.
    Done(Earlier),
    /// It may have taken place.
    Unknown,
    /// It did not take place.
    Failed { reason: String, retryable: bool },
}

/// Where `row` stands.
pub(crate) fn standing(row: &ActionRow, ask: &Ask, now: Timestamp) -> Standing {
    let same = asked(ask)
        .iter()
        .all(|(name, value)| row.output.get(name) == Some(value));
    if !same {
        return Standing::Other;
    }
    match row.state {
        ActionState::Begun if now.duration_since(row.at) < UNDER_WAY => Standing::UnderWay,
        ActionState::Begun => Standing::Abandoned,
        ActionState::Done => earlier(&row.output).map_or(Standing::Unknown, Standing::Done),
        ActionState::Unknown => Standing::Unknown,
        ActionState::Failed => Standing::Failed {
            reason: row
                .output
                .get("reason")
                .and_then(Value::as_str)
                .unwrap_or("it could not be done")
                .to_owned(),
            retryable: row
                .output
                .get("retryable")
                .and_then(Value::as_bool)
                .unwrap_or(false),
        },
    }
}

fn earlier(output: &Map<String, Value>) -> Option<Earlier> {
    let text = |name| output.get(name).and_then(Value::as_str);
    Some(Earlier {
        credential_ref: CredentialRef::parse(text("credential_ref")?).ok()?,
        expires_at: text("expires_at")?.parse().ok()?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ask::Method;
    use domain::{TicketId, UserId};

    fn ask(minutes: u32) -> Ask {
        Ask::new(
            UserId::parse("abc-123").unwrap(),
            Method::Tap,
            Some(minutes),
        )
        .unwrap()
    }

    fn row(state: ActionState) -> ActionRow {
        ActionRow {
            id: action_id(&RequestId::parse("mfa_1").unwrap()),
            ticket_id: TicketId::from_bits(1),
            state,
            output: asked(&ask(60)),
            at: Timestamp::UNIX_EPOCH,
            rev: 1,
        }
    }

    #[test]
    fn the_same_receipt_with_another_lifetime_or_method_is_another_call() {
        let password = Ask {
            method: Method::Password,
            ..ask(60)
        };
        assert_eq!(
            standing(&row(ActionState::Done), &password, Timestamp::UNIX_EPOCH),
            Standing::Other
        );
        assert_eq!(
            standing(&row(ActionState::Done), &ask(61), Timestamp::UNIX_EPOCH),
            Standing::Other
        );
    }

    #[test]
    fn a_begun_reset_is_under_way_and_then_abandoned() {
        let begun = row(ActionState::Begun);
        let later = Timestamp::UNIX_EPOCH + UNDER_WAY;
        assert_eq!(
            standing(&begun, &ask(60), Timestamp::UNIX_EPOCH),
            Standing::UnderWay
        );
        assert_eq!(standing(&begun, &ask(60), later), Standing::Abandoned);
    }

    #[test]
    fn a_done_reset_answers_with_its_first_result() {
        let mut done = row(ActionState::Done);
        done.output.insert("credential_ref".into(), json!("cred_1"));
        done.output
            .insert("expires_at".into(), json!("2026-01-07T16:30:00Z"));
        let expected = Earlier {
            credential_ref: CredentialRef::parse("cred_1").unwrap(),
            expires_at: "2026-01-07T16:30:00Z".parse().unwrap(),
        };
        assert_eq!(
            standing(&done, &ask(60), Timestamp::UNIX_EPOCH),
            Standing::Done(expected)
        );
    }

    #[test]
    fn a_failed_reset_says_why_and_whether_to_try_again() {
        let mut row = row(ActionState::Failed);
        row.output = failed(&row, "graph is not available: 429", true);
        let expected = Standing::Failed {
            reason: "graph is not available: 429".into(),
            retryable: true,
        };
        assert_eq!(standing(&row, &ask(60), Timestamp::UNIX_EPOCH), expected);
    }
}
