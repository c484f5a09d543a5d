//! The row that an action and its opposite share on a ticket, and where it stands.

use crate::action::Action;
use crate::begun::{Begun, Outcome};
use crate::grants;
use crate::standing::UNDER_WAY;
use domain::Grant;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value, json};
use store::{ActionRow, ActionState};

/// How long the same call on the same ticket is taken for a repetition. After that the directory is looked at again.
const REPEATS: SignedDuration = SignedDuration::from_secs(30);

/// Where an action's place on a ticket stands, for somebody who asks for `action` now.
#[derive(Debug, PartialEq)]
pub(crate) enum Stands {
    /// Just this was done a moment ago.
    Done(Map<String, Value>),
    /// Something is being done there.
    UnderWay,
    /// Something was begun there, so long ago that nobody is at it any more.
    Abandoned(ActionRow),
    /// Nothing is being done there.
    Free {
        row: Option<ActionRow>,
        /// Whose spending still counts: that of just this, which did not take place.
        claim: Option<String>,
    },
}

/// Where `row` stands.
pub(crate) fn stands(row: Option<ActionRow>, action: &Action, now: Timestamp) -> Stands {
    let Some(row) = row else {
        return Stands::Free {
            row: None,
            claim: None,
        };
    };
    let same = Action::of_row(&row.output).as_ref() == Some(action);
    let age = now.duration_since(row.at);
    match row.state {
        ActionState::Begun if age < UNDER_WAY => return Stands::UnderWay,
        ActionState::Begun => return Stands::Abandoned(row),
        ActionState::Done if same && age < REPEATS => {
            let result = row.output.get("result").and_then(Value::as_object);
            if let Some(result) = result {
                return Stands::Done(result.clone());
            }
        }
        ActionState::Done | ActionState::Unknown | ActionState::Failed => {}
    }
    let again = same
        && row.state == ActionState::Failed
        && row.output.get("retryable") == Some(&json!(true));
    let claim = row.output.get("claim").and_then(Value::as_str);
    let claim = claim.filter(|_| again).map(str::to_owned);
    Stands::Free {
        row: Some(row),
        claim,
    }
}

/// `row` after `outcome`, and what the caller is told of it.
pub(crate) fn ended(
    row: &ActionRow,
    begun: &Begun,
    outcome: &Outcome,
    grants: &[Grant],
    now: Timestamp,
) -> (ActionRow, Map<String, Value>) {
    let mut output = row.output.clone();
    let result = match outcome {
        Outcome::Seen { shown, .. } | Outcome::Partly { shown, .. } => {
            let result = grants::result(begun, shown, grants);
            output.insert("result".to_owned(), Value::Object(result.clone()));
            result
        }
        Outcome::Nothing { .. } | Outcome::Unknown { .. } => Map::new(),
    };
    let state = match outcome {
        Outcome::Seen { .. } => ActionState::Done,
        Outcome::Nothing { reason, retryable }
        | Outcome::Partly {
            reason, retryable, ..
        } => {
            output.insert("reason".to_owned(), json!(reason));
            output.insert("retryable".to_owned(), json!(retryable));
            ActionState::Failed
        }
        Outcome::Unknown { reason } => {
            output.insert("reason".to_owned(), json!(reason));
            ActionState::Unknown
        }
    };
    let next = ActionRow {
        state,
        output,
        at: now,
        ..row.clone()
    };
    (next, result)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doubles::{group, user};
    use domain::{Access, TicketId};

    fn give() -> Action {
        Action::GrantAccess {
            user_id: user(),
            access: Access::Group(group()),
            expires_at: None,
        }
    }

    fn take() -> Action {
        Action::RevokeAccess {
            user_id: user(),
            access: Access::Group(group()),
        }
    }

    fn row(state: ActionState, retryable: bool) -> ActionRow {
        let output = json!({
            "asked": give(), "claim": "c-1", "retryable": retryable, "result": {"changed": true},
        });
        ActionRow {
            id: give().slot(),
            ticket_id: TicketId::from_bits(1),
            state,
            output: output.as_object().unwrap().clone(),
            at: Timestamp::UNIX_EPOCH,
            rev: 1,
        }
    }

    fn after(row: &ActionRow, action: &Action, seconds: i64) -> Stands {
        let now = Timestamp::from_second(seconds).unwrap();
        stands(Some(row.clone()), action, now)
    }

    #[test]
    fn a_call_repeated_at_once_has_the_first_result_and_later_looks_again() {
        let done = row(ActionState::Done, false);
        assert!(matches!(after(&done, &give(), 29), Stands::Done(_)));
        assert!(matches!(after(&done, &give(), 30), Stands::Free { .. }));
    }

    #[test]
    fn the_opposite_is_no_repetition_and_waits_for_what_is_under_way() {
        let done = row(ActionState::Done, false);
        assert!(matches!(after(&done, &take(), 1), Stands::Free { .. }));
        let begun = row(ActionState::Begun, false);
        assert_eq!(after(&begun, &take(), 89), Stands::UnderWay);
        assert_eq!(after(&begun, &take(), 90), Stands::Abandoned(begun));
    }

    #[test]
    fn receipts_still_count_for_the_same_action_that_did_not_take_place() {
        let claim = |row: &ActionRow, action: &Action| match after(row, action, 1) {
            Stands::Free { claim, .. } => claim,
            other => panic!("{other:?}"),
        };
        let again = row(ActionState::Failed, true);
        assert_eq!(claim(&again, &give()).as_deref(), Some("c-1"));
        assert_eq!(claim(&again, &take()), None);
        assert_eq!(claim(&row(ActionState::Failed, false), &give()), None);
        assert_eq!(claim(&row(ActionState::Unknown, true), &give()), None);
    }
}
