//! The receipt: the person's own approval, unspent and fresh.

use domain::{MfaPrompt, MfaState, Spending, UserId};
use jiff::Timestamp;

/// What a ticket's prompts say of a user's consent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Receipt {
    /// May be spent.
    Good(MfaPrompt),
    /// Was spent. What it was spent on may be answered again, by whoever asks for just that.
    Spent {
        prompt: MfaPrompt,
        spending: Spending,
    },
    /// There is none; why, for the caller.
    Missing(&'static str),
}

/// The receipt that `user` left on a ticket. Only their newest approval counts: behind a spent one an older one is void,
/// else a repeated call would reach for it and make a second pass.
pub(crate) fn find(prompts: Vec<MfaPrompt>, user: &UserId, now: Timestamp) -> Receipt {
    let approvals = prompts.into_iter().filter(|prompt| prompt.user_id == *user);
    let newest = approvals
        .filter(|prompt| matches!(prompt.state, MfaState::Approved { .. }))
        .max_by_key(|prompt| prompt.state.decided_at());
    let Some(prompt) = newest else {
        return Receipt::Missing(
            "this user has not confirmed on this ticket; ask them with POST /api/v1/verification/mfa",
        );
    };
    match &prompt.state {
        MfaState::Approved {
            spent: Some(spending),
            ..
        } => Receipt::Spent {
            spending: spending.clone(),
            prompt: prompt.clone(),
        },
        _ if prompt.spendable(user, now) => Receipt::Good(prompt),
        _ => Receipt::Missing("this user's confirmation is older than 15 minutes; ask them again"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::{Answer, RequestId, TicketId};
    use jiff::SignedDuration;

    fn at(minutes: i64) -> Timestamp {
        Timestamp::UNIX_EPOCH + SignedDuration::from_mins(minutes)
    }

    fn john() -> UserId {
        UserId::parse("abc-123").unwrap()
    }

    fn prompt(n: u32, answer: Answer, answered: i64) -> MfaPrompt {
        let asked = MfaPrompt {
            id: RequestId::parse(&format!("mfa_{n}")).unwrap(),
            ticket_id: TicketId::from_bits(1),
            user_id: john(),
            state: MfaState::Pending,
            requested_at: at(answered - 1),
            expires_at: at(answered + 5),
            waiting: None,
            sealed_token: None,
            handle: None,
            rev: 1,
        };
        asked.answer(answer, "", at(answered)).unwrap()
    }

    #[test]
    fn no_approval_is_no_receipt() {
        assert!(matches!(
            find(Vec::new(), &john(), at(1)),
            Receipt::Missing(_)
        ));
        assert!(matches!(
            find(vec![prompt(1, Answer::Denied, 1)], &john(), at(1)),
            Receipt::Missing(_)
        ));
    }

    #[test]
    fn anothers_approval_is_no_receipt() {
        let jane = UserId::parse("def-456").unwrap();
        assert!(matches!(
            find(vec![prompt(1, Answer::Approved, 1)], &jane, at(1)),
            Receipt::Missing(_)
        ));
    }

    #[test]
    fn an_approval_is_good_for_fifteen_minutes() {
        let approved = prompt(1, Answer::Approved, 1);
        assert_eq!(
            find(vec![approved.clone()], &john(), at(16)),
            Receipt::Good(approved.clone())
        );
        assert!(matches!(
            find(vec![approved], &john(), at(17)),
            Receipt::Missing(_)
        ));
    }

    #[test]
    fn behind_a_spent_approval_an_older_one_is_void() {
        let older = prompt(1, Answer::Approved, 1);
        let spent = prompt(2, Answer::Approved, 2)
            .spend("reset_password:abc-123".into(), "c-1".into(), at(3))
            .unwrap();
        let found = find(vec![older, spent.clone()], &john(), at(3));
        assert!(matches!(found, Receipt::Spent { prompt, .. } if prompt == spent));
    }

    #[test]
    fn a_fresh_approval_allows_what_a_spent_one_does_not() {
        let spent = prompt(1, Answer::Approved, 1)
            .spend("reset_password:abc-123".into(), "c-1".into(), at(2))
            .unwrap();
        let fresh = prompt(2, Answer::Approved, 3);
        assert_eq!(
            find(vec![spent, fresh.clone()], &john(), at(4)),
            Receipt::Good(fresh)
        );
    }
}
