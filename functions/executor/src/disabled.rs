//! The rows of accounts that we disabled. One stands from the intent on, and nothing of ours opens such an account but the undo
//! of what disabled it: whoever holds a leaver's phone could else confirm that the account is to be unlocked.

use crate::action::Action;
use crate::begun::{Begun, Outcome};
use crate::intent::call_id;
use crate::looked::Refused;
use domain::{DisabledAccount, Disabler, StepRun, Tenant, UserId};
use http::StatusCode;
use kit::App;
use serde_json::{Map, Value};
use store::{StoreError, Write};

/// What a write does to the row of somebody's account.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Change {
    /// Nothing.
    Nothing,
    /// Asks that the account is not ours to keep shut.
    Absent(UserId),
    /// The account is ours to keep shut.
    Kept {
        seen: Option<DisabledAccount>,
        next: DisabledAccount,
    },
    /// It is not ours any more.
    Released {
        seen: DisabledAccount,
        next: DisabledAccount,
    },
}

impl Change {
    /// `write` with it.
    pub(crate) fn within<'a>(&self, write: Write<'a>) -> Write<'a> {
        match self {
            Self::Nothing => write,
            Self::Absent(user) => write.account_not_disabled(user),
            Self::Kept { seen, next } => write.account_disabled(seen.as_ref(), next),
            Self::Released { seen, next } => write.account_disabled(Some(seen), next),
        }
    }

    /// `entry` with it, where it is not what the action says by itself.
    pub(crate) fn told(&self, entry: audit::Entry) -> audit::Entry {
        match self {
            Self::Nothing | Self::Absent(_) => entry,
            Self::Kept { .. } => entry.fact("kept_shut", true),
            Self::Released { .. } => entry.fact("kept_shut", false),
        }
    }
}

/// Who keeps accounts shut: a step of a run, or a call on a ticket.
pub(crate) struct Keeper<'a> {
    pub(crate) app: &'a App,
    pub(crate) tenant: &'a Tenant,
    pub(crate) by: Disabler,
}

impl Keeper<'_> {
    /// Why an account may not be opened that we disabled: an unlocking never opens it, an undo only what it is the undo of.
    pub(crate) async fn refusal(
        &self,
        user: &UserId,
        action: &Action,
    ) -> Result<Option<Refused>, StoreError> {
        if !matches!(
            action,
            Action::UnlockAccount { .. } | Action::EnableAccount { .. }
        ) {
            return Ok(None);
        }
        let row = self.row(user).await?.filter(DisabledAccount::is_kept);
        Ok(row.and_then(|row| refused(&row, action, &self.by)))
    }

    /// What goes with an intent.
    pub(crate) async fn at_intent(&self, begun: &Begun) -> Result<Change, StoreError> {
        match &begun.action {
            // It is open: what shut it before does so no more.
            Action::DisableAccount { .. } => {
                let seen = self.row(&begun.user).await?;
                Ok(self.kept(seen, &begun.user))
            }
            Action::UnlockAccount { .. } => Ok(Change::Absent(begun.user.clone())),
            _ => Ok(Change::Nothing),
        }
    }

    /// What goes with the end of an action.
    pub(crate) async fn at_end(
        &self,
        begun: &Begun,
        outcome: &Outcome,
    ) -> Result<Change, StoreError> {
        if !matches!(
            begun.action,
            Action::DisableAccount { .. } | Action::EnableAccount { .. }
        ) {
            return Ok(Change::Nothing);
        }
        let row = self.row(&begun.user).await?;
        Ok(match after(row, &begun.action, outcome, &self.by) {
            After::AsItIs => Change::Nothing,
            After::Kept(seen) => self.kept(seen, &begun.user),
            After::Released(row) => self.released(row),
        })
    }

    /// What goes with the end of an action that was not needed. An account that is shut already is ours to keep shut, for an
    /// application may have locked it; one that is open long after we shut it was opened by somebody else.
    pub(crate) async fn when_unneeded(
        &self,
        user: &UserId,
        action: &Action,
    ) -> Result<Change, StoreError> {
        if !matches!(
            action,
            Action::DisableAccount { .. } | Action::UnlockAccount { .. }
        ) {
            return Ok(Change::Nothing);
        }
        let now = self.app.clock().now();
        Ok(match (action, self.row(user).await?) {
            (Action::DisableAccount { .. }, None) => self.kept(None, user),
            (Action::DisableAccount { .. }, Some(row)) if !row.is_kept() => {
                self.kept(Some(row), user)
            }
            (Action::UnlockAccount { .. }, Some(row)) if row.is_kept() && row.is_over(now) => {
                self.released(row)
            }
            _ => Change::Nothing,
        })
    }

    /// What goes with the end of an undo that had nothing to open: the account is not the step's to keep shut any more.
    pub(crate) async fn when_given_up(&self, step: &StepRun) -> Result<Change, StoreError> {
        let deed = Begun::of_row(&step.deed);
        let shut = deed.filter(|deed| matches!(deed.action, Action::DisableAccount { .. }));
        let Some(deed) = shut else {
            return Ok(Change::Nothing);
        };
        let own = self.row(&deed.user).await?;
        let own = own.filter(|row| row.is_kept() && row.disabler == self.by);
        Ok(own.map_or(Change::Nothing, |row| self.released(row)))
    }

    async fn row(&self, user: &UserId) -> Result<Option<DisabledAccount>, StoreError> {
        self.app.store().disabled_account(self.tenant, user).await
    }

    fn released(&self, seen: DisabledAccount) -> Change {
        let next = seen.released(self.app.clock().now());
        Change::Released { seen, next }
    }

    fn kept(&self, seen: Option<DisabledAccount>, user: &UserId) -> Change {
        let now = self.app.clock().now();
        let next = DisabledAccount::new(user.clone(), self.by.clone(), now);
        Change::Kept { seen, next }
    }
}

/// Why an unlocking that is only looked at would not take place.
pub(crate) async fn refusal_to_unlock(
    app: &App,
    tenant: &Tenant,
    user: &UserId,
) -> Result<Option<Refused>, StoreError> {
    let row = app.store().disabled_account(tenant, user).await?;
    Ok(row.filter(DisabledAccount::is_kept).map(|row| shut(&row)))
}

fn refused(row: &DisabledAccount, action: &Action, by: &Disabler) -> Option<Refused> {
    let is_its_undo = matches!(action, Action::EnableAccount { .. }) && row.disabler == *by;
    (!is_its_undo).then(|| shut(row))
}

fn shut(row: &DisabledAccount) -> Refused {
    let (by, at) = (&row.disabler, row.at);
    let undo = match by {
        Disabler::Step { .. } => "cancel that run while it lasts, which takes this back, or have",
        Disabler::Call { .. } => "have",
    };
    Refused {
        status: StatusCode::CONFLICT,
        code: "DISABLED_BY_DESKHAND",
        why: format!(
            "Deskhand disabled this account at {at}, by {by}, and does not unlock what it disabled: {undo} an administrator \
             enable the account in the directory"
        ),
    }
}

/// What an outcome makes of a row.
enum After {
    AsItIs,
    Kept(Option<DisabledAccount>),
    Released(DisabledAccount),
}

fn after(row: Option<DisabledAccount>, action: &Action, outcome: &Outcome, by: &Disabler) -> After {
    let kept = row.as_ref().is_some_and(DisabledAccount::is_kept);
    match (action, outcome, row) {
        (Action::DisableAccount { .. }, Outcome::Seen { .. }, row) if !kept => After::Kept(row),
        (Action::DisableAccount { .. }, Outcome::Nothing { .. }, Some(row))
        | (Action::EnableAccount { .. }, Outcome::Seen { .. }, Some(row))
            if kept && row.disabler == *by =>
        {
            After::Released(row)
        }
        _ => After::AsItIs,
    }
}

/// What the ledger keeps of a step that found the account shut, so that its undo knows whose it was.
pub(crate) fn deed(app: &App, action: &Action, user: &UserId) -> Map<String, Value> {
    let call_id = call_id(app);
    let begun = Begun {
        action: action.clone(),
        user: user.clone(),
        before: Map::new(),
        claim: call_id.clone(),
        call_id,
        grant: None,
    };
    begun.to_row()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doubles::user;
    use domain::{ExecutionId, StepId, TicketId};
    use jiff::Timestamp;

    const NOW: Timestamp = Timestamp::UNIX_EPOCH;

    fn step(run: &str) -> Disabler {
        Disabler::Step {
            execution_id: ExecutionId::parse(run).unwrap(),
            step: StepId::parse("disable_account").unwrap(),
        }
    }

    fn row(by: Disabler) -> DisabledAccount {
        DisabledAccount::new(user(), by, NOW)
    }

    fn unlock() -> Action {
        Action::UnlockAccount { user_id: user() }
    }

    fn enable() -> Action {
        Action::EnableAccount { user_id: user() }
    }

    fn disable() -> Action {
        Action::DisableAccount { user_id: user() }
    }

    #[test]
    fn what_we_disabled_is_opened_by_its_own_undo_and_by_nothing_else() {
        let own = step("x-1");
        let code = |action: &Action, by: &Disabler| {
            refused(&row(own.clone()), action, by).map(|no| (no.status.as_u16(), no.code))
        };
        let no = Some((409, "DISABLED_BY_DESKHAND"));
        assert_eq!(code(&enable(), &own), None);
        assert_eq!(code(&enable(), &step("x-2")), no);
        let ticket_id = TicketId::from_bits(1);
        for by in [own.clone(), step("x-2"), Disabler::Call { ticket_id }] {
            assert_eq!(code(&unlock(), &by), no);
        }
    }

    #[test]
    fn a_refusal_names_what_disabled_it_and_who_may_open_it() {
        let why = shut(&row(step("x-1"))).why;
        for said in [
            "disable_account of x-1",
            "cancel that run",
            "an administrator",
        ] {
            assert!(why.contains(said), "{said} is not in {why}");
        }
        let ticket_id = TicketId::from_bits(1);
        let why = shut(&row(Disabler::Call { ticket_id })).why;
        assert!(!why.contains("cancel"), "{why}");
    }

    #[test]
    fn an_account_stays_ours_to_keep_shut_until_it_is_known_not_to_be() {
        let seen = Outcome::Seen {
            shown: Map::new(),
            answer: "accepted",
        };
        let nothing = Outcome::Nothing {
            reason: String::new(),
            retryable: false,
        };
        let unknown = Outcome::Unknown {
            reason: String::new(),
        };
        let (own, other) = (step("x-1"), step("x-2"));
        let end = |action: Action, outcome: &Outcome, there: Option<&Disabler>| {
            let there = there.map(|by| row(by.clone()));
            match after(there, &action, outcome, &own) {
                After::AsItIs => "as it is",
                After::Kept(_) => "kept",
                After::Released(_) => "released",
            }
        };
        assert_eq!(end(disable(), &seen, Some(&own)), "as it is");
        assert_eq!(end(disable(), &seen, None), "kept");
        let released = row(own.clone()).released(NOW);
        let again = after(Some(released), &disable(), &seen, &own);
        assert!(matches!(again, After::Kept(Some(_))));
        assert_eq!(end(disable(), &nothing, Some(&own)), "released");
        assert_eq!(end(disable(), &nothing, Some(&other)), "as it is");
        assert_eq!(end(disable(), &unknown, Some(&own)), "as it is");
        assert_eq!(end(enable(), &seen, Some(&own)), "released");
        assert_eq!(end(enable(), &seen, Some(&other)), "as it is");
        assert_eq!(end(enable(), &unknown, Some(&own)), "as it is");
    }
}
