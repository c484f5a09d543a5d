//! What taking a step back needs: the opposite of what its ledger says that it was about to do.

use crate::action::Action;
use crate::begun::Begun;
use domain::{StepRun, StepState};
use serde_json::{Value, json};

/// What has to be done about a step.
#[derive(Debug, PartialEq)]
pub(crate) enum Needs {
    /// It changed nothing, or what it changed has no opposite.
    Nothing,
    /// The opposite of what it did.
    Opposite(Action),
    /// A person has to look: its ledger does not say what it did.
    Person,
}

/// What taking this step back needs.
pub(crate) fn needs(step: &StepRun) -> Needs {
    let changed = step.output.get("changed") == Some(&json!(true));
    let output_says = step.output.contains_key("changed");
    if step.state == StepState::Succeeded && output_says && !changed {
        return Needs::Nothing;
    }
    match Begun::of_row(&step.deed) {
        Some(deed) => opposite(&deed).map_or(Needs::Nothing, Needs::Opposite),
        None => Needs::Person,
    }
}

/// The opposite of a deed, on whom it was done to; `None` when it has none.
fn opposite(deed: &Begun) -> Option<Action> {
    let user_id = deed.user.clone();
    match &deed.action {
        Action::UnlockAccount { .. } => Some(Action::LockAccount { user_id }),
        Action::DisableAccount { .. } => Some(Action::EnableAccount { user_id }),
        Action::GrantAccess { access, .. } => Some(Action::RevokeAccess {
            user_id,
            access: access.clone(),
        }),
        Action::RevokeAccess { access, .. } => {
            let end = deed.before.get("expires_at").and_then(Value::as_str);
            Some(Action::GrantAccess {
                user_id,
                access: access.clone(),
                expires_at: end.and_then(|end| end.parse().ok()),
            })
        }
        Action::LockAccount { .. }
        | Action::EnableAccount { .. }
        | Action::RemoveMfaMethods { .. }
        | Action::RevokeSessions { .. } => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::{Access, GroupId, StepId, UserId};
    use jiff::Timestamp;
    use serde_json::Map;

    /// A step that was about to do this to `abc-123`, whom the playbook named by their address.
    fn step(state: StepState, output: &Value, action: &Action, before: &Value) -> StepRun {
        let deed = Begun {
            action: action.clone(),
            user: john(),
            before: before.as_object().unwrap().clone(),
            call_id: "c-1".into(),
            claim: "c-1".into(),
            grant: None,
        };
        StepRun {
            state,
            output: output.as_object().unwrap().clone(),
            deed: deed.to_row(),
            ..StepRun::new(StepId::parse("give").unwrap())
        }
    }

    fn john() -> UserId {
        UserId::parse("abc-123").unwrap()
    }

    fn named() -> UserId {
        UserId::parse("john.doe@company.com").unwrap()
    }

    fn access() -> Access {
        Access::Group(GroupId::parse("grp-1").unwrap())
    }

    fn give(user_id: UserId, expires_at: Option<Timestamp>) -> Action {
        Action::GrantAccess {
            user_id,
            access: access(),
            expires_at,
        }
    }

    fn take(user_id: UserId) -> Action {
        Action::RevokeAccess {
            user_id,
            access: access(),
        }
    }

    #[test]
    fn what_changed_nothing_is_not_taken_back() {
        let unlock = Action::UnlockAccount { user_id: named() };
        let nothing = json!({"changed": false});
        let already = step(StepState::Succeeded, &nothing, &unlock, &json!({}));
        assert_eq!(needs(&already), Needs::Nothing);
        let sessions = Action::RevokeSessions { user_id: named() };
        let at = json!({"revoked_at": "2026-12-24T00:00:00Z"});
        let revoked = step(StepState::Succeeded, &at, &sessions, &json!({}));
        assert_eq!(needs(&revoked), Needs::Nothing);
        let changed = json!({"changed": true});
        let methods = Action::RemoveMfaMethods { user_id: named() };
        let removed = step(StepState::Succeeded, &changed, &methods, &json!({}));
        assert_eq!(needs(&removed), Needs::Nothing);
        let disable = Action::DisableAccount { user_id: named() };
        let disabled = step(StepState::Succeeded, &changed, &disable, &json!({}));
        let enable = Action::EnableAccount { user_id: john() };
        assert_eq!(needs(&disabled), Needs::Opposite(enable));
    }

    #[test]
    fn what_was_done_or_may_have_been_is_met_by_its_opposite_on_whom_it_was_done_to() {
        for (state, output) in [
            (StepState::Succeeded, json!({"changed": true})),
            (StepState::Unknown, json!({})),
        ] {
            let of = |action: &Action| needs(&step(state, &output, action, &json!({})));
            assert_eq!(of(&give(named(), None)), Needs::Opposite(take(john())));
            assert_eq!(of(&take(named())), Needs::Opposite(give(john(), None)));
        }
    }

    #[test]
    fn what_was_given_until_a_time_is_given_back_until_then_though_its_taking_is_unknown() {
        let before = json!({"expires_at": "2026-12-24T00:00:00Z"});
        let until = Some("2026-12-24T00:00:00Z".parse().unwrap());
        for (state, output) in [
            (StepState::Succeeded, json!({"changed": true})),
            (StepState::Unknown, json!({})),
        ] {
            let taken = step(state, &output, &take(named()), &before);
            assert_eq!(needs(&taken), Needs::Opposite(give(john(), until)));
        }
    }

    #[test]
    fn a_deed_that_the_ledger_does_not_name_is_left_to_a_person() {
        let mut unknown = step(StepState::Unknown, &json!({}), &take(named()), &json!({}));
        unknown.deed = Map::new();
        assert_eq!(needs(&unknown), Needs::Person);
    }
}
