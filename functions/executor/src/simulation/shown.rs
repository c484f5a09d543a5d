//! What the directory shows of what a step would change, and what it would show then.

use crate::action::Action;
use crate::vendors::Vendors;
use domain::{Access, Person};
use jiff::Timestamp;
use ports::CallError;
use serde_json::{Value, json};

/// What a change would be.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Seen {
    pub(crate) changed: bool,
    pub(crate) before: Value,
    pub(crate) after: Value,
}

/// What the directory shows and what it would show.
pub(super) async fn shown(
    vendors: &Vendors,
    action: &Action,
    person: &Person,
    changed: bool,
    now: Timestamp,
) -> Result<Seen, CallError> {
    let gives = matches!(action, Action::GrantAccess { .. });
    let is = |so: bool| if changed { !so } else { so };
    let (before, after) = if let Some(access) = action.access() {
        match access {
            Access::Group(_) => (json!({"member": is(gives)}), json!({"member": gives})),
            Access::Licence(sku) => {
                let licence = vendors.licences.licence(sku).await?;
                let free = licence.seats.saturating_sub(licence.taken);
                let then = match (changed, gives) {
                    (false, _) => free,
                    (true, true) => free.saturating_sub(1),
                    (true, false) => free + 1,
                };
                (
                    json!({"held": is(gives), "free_seats": free}),
                    json!({"held": gives, "free_seats": then}),
                )
            }
        }
    } else if matches!(action, Action::UnlockAccount { .. }) {
        (json!({"enabled": is(true)}), json!({"enabled": true}))
    } else if matches!(action, Action::DisableAccount { .. }) {
        (json!({"enabled": is(false)}), json!({"enabled": false}))
    } else if matches!(action, Action::RevokeSessions { .. }) {
        let account = vendors.accounts.account(&person.id).await?;
        (
            json!({"sessions_valid_from": account.sessions_valid_from}),
            json!({"sessions_valid_from": now}),
        )
    } else {
        (json!({"done": is(true)}), json!({"done": true}))
    };
    Ok(Seen {
        changed,
        before,
        after,
    })
}
