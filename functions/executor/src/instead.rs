//! What stands in for the confirmation of somebody who has nothing left to confirm with: their manager's consent to just
//! that, that their methods are taken away and a new way in is made.

use crate::needs::{Receipts, Wish, consented};
use domain::{ActionKind, Approval, Person, Tenant, TicketId, UserId};
use jiff::Timestamp;
use kit::App;
use ports::CallError;
use std::time::Duration;
use store::StoreError;

/// Pauses before each look at what is left to confirm with: what was taken away may show for seconds longer.
const LOOKS_MS: [u64; 3] = [0, 1_000, 2_000];

/// Why a manager's consent does not stand in.
pub(crate) const CAN_CONFIRM: &str = "this user has methods to confirm with; ask them with verification.mfa, or take the methods away with \
                                      executor.remove_mfa_methods before";

/// The consent, where one plan of this ticket that their manager allowed names both.
pub(crate) async fn consent(
    app: &App,
    tenant: &Tenant,
    ticket: TicketId,
    wish: Wish<'_>,
) -> Result<Option<Receipts>, StoreError> {
    let mut approvals = app.store().approvals(tenant, ticket).await?;
    approvals.retain(|approval| takes_methods_away(approval, wish.user));
    let now: Timestamp = app.clock().now();
    Ok(consented(&approvals, wish, now))
}

/// Whether a plan says that this user's methods are taken away.
fn takes_methods_away(approval: &Approval, user: &UserId) -> bool {
    let action = ActionKind::RemoveMfaMethods.as_str();
    approval
        .plan
        .iter()
        .any(|part| part.action == action && part.subject == *user)
}

/// Whether the directory shows nothing that they could confirm with.
pub(crate) async fn cannot_confirm(
    app: &App,
    tenant: &Tenant,
    person: &Person,
) -> Result<bool, CallError> {
    let methods = outside::methods(app, tenant).await?;
    for pause_ms in LOOKS_MS {
        tokio::time::sleep(Duration::from_millis(pause_ms)).await;
        if methods.methods(&person.id).await?.is_empty() {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Whether a consent on this ticket was spent under `claim`.
pub(crate) async fn is_spent(
    app: &App,
    tenant: &Tenant,
    ticket: TicketId,
    claim: &str,
) -> Result<bool, StoreError> {
    let approvals = app.store().approvals(tenant, ticket).await?;
    let mut spent = approvals
        .iter()
        .flat_map(|approval| &approval.plan)
        .filter_map(|part| part.spent.as_ref());
    Ok(spent.any(|spending| spending.claim == claim))
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::{ApprovalState, Planned, RequestId};

    fn approval(actions: [&str; 2], second: &str) -> Approval {
        let ticket_id = TicketId::from_bits(1);
        let part = |action: &str, subject: &str| Planned {
            action: action.to_owned(),
            subject: UserId::parse(subject).unwrap(),
            target: None,
            expires_at: None,
            spent: None,
        };
        Approval {
            id: RequestId::of_approval(ticket_id, 1),
            ticket_id,
            approver: UserId::parse("boss-1").unwrap(),
            approver_mail: "jane.smith@company.com".to_owned(),
            plan: vec![part(actions[0], second), part(actions[1], "abc-123")],
            shown: Vec::new(),
            asked_by: String::new(),
            state: ApprovalState::Approved {
                at: Timestamp::UNIX_EPOCH,
            },
            channel: None,
            comment: None,
            requested_at: Timestamp::UNIX_EPOCH,
            sent_at: None,
            expires_at: Timestamp::UNIX_EPOCH,
            link_hash: String::new(),
            waiting: None,
            sealed_token: None,
            rev: 1,
        }
    }

    fn stands_in(approval: &Approval, minutes: i64) -> bool {
        let john = UserId::parse("abc-123").unwrap();
        let now = Timestamp::UNIX_EPOCH + jiff::SignedDuration::from_mins(minutes);
        takes_methods_away(approval, &john)
            && consented(std::slice::from_ref(approval), Wish::to_reset(&john), now).is_some()
    }

    #[test]
    fn only_a_plan_with_both_for_the_same_person_stands_in_and_for_fifteen_minutes() {
        let both = approval(["remove_mfa_methods", "reset_password"], "abc-123");
        assert!(stands_in(&both, 15));
        assert!(!stands_in(&both, 16));
        let of_another = approval(["remove_mfa_methods", "reset_password"], "def-456");
        assert!(!stands_in(&of_another, 1));
        let reset_alone = approval(["revoke_sessions", "reset_password"], "abc-123");
        assert!(!stands_in(&reset_alone, 1));
        let methods_alone = approval(["remove_mfa_methods", "revoke_sessions"], "abc-123");
        assert!(!stands_in(&methods_alone, 1));
    }

    #[test]
    fn it_is_good_once() {
        let both = approval(["remove_mfa_methods", "reset_password"], "abc-123");
        let (action, claim) = ("reset_password:abc-123".to_owned(), "c-1".to_owned());
        let spent = both.spend(1, action, claim, Timestamp::UNIX_EPOCH).unwrap();
        assert!(!stands_in(&spent, 1));
    }
}
