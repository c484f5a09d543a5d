//! The receipts that the policy asks for before an action.

use crate::action::Action;
use crate::receipt::{self, Receipt};
use crate::rules::Subject;
use domain::{
    ActionKind, Approval, ApprovalState, Counting, MfaPrompt, MfaState, Need, Spending, Tenant,
    Ticket, TicketId, UserId, VERIFICATION_MAX_AGE,
};
use jiff::Timestamp;
use kit::App;
use serde_json::{Value, json};
use store::{StoreError, Write};

/// What a receipt is to allow.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Wish<'a> {
    pub(crate) kind: ActionKind,
    pub(crate) user: &'a UserId,
    pub(crate) target: Option<&'a str>,
    pub(crate) until: Option<Timestamp>,
}

impl<'a> Wish<'a> {
    /// What an action needs allowed; an undo needs nothing.
    pub(crate) fn of(action: &'a Action) -> Option<Self> {
        Some(Self {
            kind: action.kind()?,
            user: action.user(),
            target: action.access().map(domain::Access::id),
            until: action.until(),
        })
    }

    /// A reset.
    pub(crate) fn to_reset(user: &'a UserId) -> Self {
        Self {
            kind: ActionKind::ResetPassword,
            user,
            target: None,
            until: None,
        }
    }

    /// A script on somebody's device: `target` names both.
    pub(crate) fn to_run_script(user: &'a UserId, target: &'a str) -> Self {
        Self {
            kind: ActionKind::TriggerDeviceScript,
            user,
            target: Some(target),
            until: None,
        }
    }

    /// What it is spent on, in a word: `grant_access:abc-123:grp-1`.
    fn spent_on(&self) -> String {
        let target = self.target.map(|target| format!(":{target}"));
        format!(
            "{}:{}{}",
            self.kind.as_str(),
            self.user,
            target.unwrap_or_default()
        )
    }
}

/// Receipts that allow one action, unspent or spent on its own earlier try.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Receipts {
    mfa: Option<Box<MfaPrompt>>,
    approval: Option<(Box<Approval>, usize)>,
    spent: Vec<String>,
    /// What the action counts.
    pub(crate) counting: Option<Counting>,
}

/// Why an action may not be tried yet.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Lacking {
    /// These proofs are not there.
    Missing {
        why: String,
        missing: Vec<&'static str>,
    },
    /// What there was is spent.
    Spent(Spending),
}

impl Lacking {
    /// Whether a call that was faster may have spent it on what this one is for: something was written about the ticket since
    /// it was `seen`. Then this call has to look anew before it says anything.
    pub(crate) async fn overtaken(
        &self,
        app: &App,
        tenant: &Tenant,
        seen: &Ticket,
    ) -> Result<bool, StoreError> {
        if matches!(self, Self::Missing { .. }) {
            return Ok(false);
        }
        let now = app.store().ticket(tenant, seen.id).await?;
        Ok(now.is_none_or(|now| now.rev != seen.rev))
    }

    pub(crate) fn sentence(&self) -> String {
        match self {
            Self::Missing { why, .. } => why.clone(),
            Self::Spent(spending) => format!(
                "the confirmation was spent before, at {}, on {}",
                spending.at, spending.action
            ),
        }
    }
}

/// Finds what the policy asks for among a ticket's receipts. `claim` names an earlier try of the same action that did not
/// take place: what was spent on it still counts.
pub(crate) async fn receipts(
    app: &App,
    tenant: &Tenant,
    ticket: TicketId,
    wish: Wish<'_>,
    subject: &Subject,
    claim: Option<&str>,
) -> Result<Result<Receipts, Lacking>, StoreError> {
    let needs = subject.needs(wish.kind);
    among(app, tenant, ticket, needs, wish, &subject.person.id, claim).await
}

/// Finds the consent that a reset needs besides the person's own confirmation, where the policy asks for one.
pub(crate) async fn consent_to_reset(
    app: &App,
    tenant: &Tenant,
    ticket: TicketId,
    wish: Wish<'_>,
    subject: &Subject,
) -> Result<Result<Receipts, Lacking>, StoreError> {
    let needs = subject.needs(wish.kind).iter();
    let besides: Vec<Need> = needs.copied().filter(|need| *need != Need::Mfa).collect();
    let user = &subject.person.id;
    among(app, tenant, ticket, &besides, wish, user, None).await
}

/// Finds just this consent among a ticket's, whatever the policy says.
pub(crate) fn consented(
    approvals: &[Approval],
    wish: Wish<'_>,
    now: Timestamp,
) -> Option<Receipts> {
    let needs = [Need::ManagerApproval];
    find(&needs, Vec::new(), approvals, wish, wish.user, None, now).ok()
}

pub(crate) async fn among(
    app: &App,
    tenant: &Tenant,
    ticket: TicketId,
    needs: &[Need],
    wish: Wish<'_>,
    subject: &UserId,
    claim: Option<&str>,
) -> Result<Result<Receipts, Lacking>, StoreError> {
    let prompts = if needs.contains(&Need::Mfa) {
        app.store().prompts(tenant, ticket).await?
    } else {
        Vec::new()
    };
    let approvals = if needs.contains(&Need::ManagerApproval) {
        app.store().approvals(tenant, ticket).await?
    } else {
        Vec::new()
    };
    let now = app.clock().now();
    Ok(find(needs, prompts, &approvals, wish, subject, claim, now))
}

fn find(
    needs: &[Need],
    prompts: Vec<MfaPrompt>,
    approvals: &[Approval],
    wish: Wish<'_>,
    subject: &UserId,
    claim: Option<&str>,
    now: Timestamp,
) -> Result<Receipts, Lacking> {
    let mut found = Receipts::default();
    let (mut missing, mut why, mut spent) = (Vec::new(), Vec::new(), None);
    if needs.contains(&Need::Mfa) {
        match receipt::find(prompts, wish.user, now) {
            Receipt::Good(prompt) => found.mfa = Some(Box::new(prompt)),
            Receipt::Spent { prompt, spending } if ours(&spending, claim, &prompt, now) => {
                found.spent.push(prompt.id.to_string());
            }
            Receipt::Spent { spending, .. } => spent = Some(spending),
            Receipt::Missing(reason) => {
                missing.push(Need::Mfa.as_str());
                why.push(reason);
            }
        }
    }
    if needs.contains(&Need::ManagerApproval) {
        match consent(approvals, wish, subject, claim, now) {
            Consent::Good(approval, part) => found.approval = Some((approval, part)),
            Consent::Ours(id) => found.spent.push(id),
            Consent::Spent(spending) => spent = Some(spending),
            Consent::Missing => {
                missing.push(Need::ManagerApproval.as_str());
                why.push(
                    "this user's manager has not consented to just this on this ticket within 15 minutes; ask them with \
                     POST /api/v1/verification/manager_approval",
                );
            }
        }
    }
    if !missing.is_empty() {
        let why = why.join("; ");
        return Err(Lacking::Missing { why, missing });
    }
    spent.map_or(Ok(found), |spending| Err(Lacking::Spent(spending)))
}

fn ours(spending: &Spending, claim: Option<&str>, prompt: &MfaPrompt, now: Timestamp) -> bool {
    let fresh = matches!(prompt.state, MfaState::Approved { at, .. } if now.duration_since(at) <= VERIFICATION_MAX_AGE);
    fresh && claim == Some(&spending.claim)
}

enum Consent {
    Good(Box<Approval>, usize),
    Ours(String),
    Spent(Spending),
    Missing,
}

fn consent(
    approvals: &[Approval],
    wish: Wish<'_>,
    subject: &UserId,
    claim: Option<&str>,
    now: Timestamp,
) -> Consent {
    let mut spent = None;
    for approval in approvals.iter().rev() {
        let action = wish.kind.as_str();
        if let Some(part) = approval.spendable(action, subject, wish.target, wish.until, now) {
            return Consent::Good(Box::new(approval.clone()), part);
        }
        let ApprovalState::Approved { at } = approval.state else {
            continue;
        };
        let parts = approval
            .plan
            .iter()
            .filter(|part| part.allows(action, subject, wish.target, wish.until));
        for spending in parts.filter_map(|part| part.spent.as_ref()) {
            let fresh = now.duration_since(at) <= VERIFICATION_MAX_AGE;
            if fresh && claim == Some(spending.claim.as_str()) {
                return Consent::Ours(approval.id.to_string());
            }
            spent.get_or_insert_with(|| spending.clone());
        }
    }
    spent.map_or(Consent::Missing, Consent::Spent)
}

impl Receipts {
    /// These, for an action that counts against the caps as well.
    pub(crate) fn counting(self, counting: Option<Counting>) -> Self {
        Self { counting, ..self }
    }

    /// `write` with every receipt spent under `claim`, and with its counts.
    pub(crate) fn spend<'a>(
        &self,
        mut write: Write<'a>,
        wish: Wish<'_>,
        claim: &str,
        now: Timestamp,
    ) -> Result<Write<'a>, domain::Refusal> {
        if let Some(seen) = &self.mfa {
            let next = seen.spend(wish.spent_on(), claim.to_owned(), now)?;
            write = write.prompt(Some(seen), &next);
        }
        if let Some((seen, part)) = &self.approval {
            let next = seen.spend(*part, wish.spent_on(), claim.to_owned(), now)?;
            write = write.approval(Some(seen), &next);
        }
        Ok(match &self.counting {
            Some(counting) => write.capped(counting),
            None => write,
        })
    }

    /// Their ids, as a record holds them.
    pub(crate) fn ids(&self) -> Value {
        let own = self.mfa.iter().map(|prompt| prompt.id.to_string());
        let given = self.approval.iter().map(|(one, _)| one.id.to_string());
        let ids: Vec<String> = own.chain(given).chain(self.spent.iter().cloned()).collect();
        if ids.is_empty() {
            Value::Null
        } else {
            json!(ids)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::{Answer, Planned, RequestId, Verdict};
    use jiff::SignedDuration;

    const BOTH: [Need; 2] = [Need::Mfa, Need::ManagerApproval];

    fn at(minutes: i64) -> Timestamp {
        Timestamp::UNIX_EPOCH + SignedDuration::from_mins(minutes)
    }

    fn john() -> UserId {
        UserId::parse("abc-123").unwrap()
    }

    fn prompt() -> MfaPrompt {
        let asked = MfaPrompt {
            id: RequestId::parse("mfa_1").unwrap(),
            ticket_id: TicketId::from_bits(1),
            user_id: john(),
            state: MfaState::Pending,
            requested_at: at(0),
            expires_at: at(5),
            waiting: None,
            sealed_token: None,
            handle: None,
            rev: 1,
        };
        asked.answer(Answer::Approved, "", at(1)).unwrap()
    }

    fn approval(target: &str) -> Approval {
        let ticket_id = TicketId::from_bits(1);
        let asked = Approval {
            id: RequestId::of_approval(ticket_id, 1),
            ticket_id,
            approver: UserId::parse("boss-1").unwrap(),
            approver_mail: "jane.smith@company.com".to_owned(),
            plan: vec![Planned {
                action: "grant_access".to_owned(),
                subject: john(),
                target: Some(target.to_owned()),
                expires_at: None,
                spent: None,
            }],
            shown: Vec::new(),
            asked_by: String::new(),
            state: ApprovalState::Pending,
            channel: None,
            comment: None,
            requested_at: at(0),
            sent_at: None,
            expires_at: at(5),
            link_hash: String::new(),
            waiting: None,
            sealed_token: None,
            rev: 1,
        };
        asked
            .answer(Verdict::Approve, "email", None, at(1))
            .unwrap()
    }

    fn wish(user: &UserId) -> Wish<'_> {
        Wish {
            kind: ActionKind::GrantAccess,
            user,
            target: Some("grp-1"),
            until: None,
        }
    }

    fn found(
        prompts: Vec<MfaPrompt>,
        approvals: &[Approval],
        claim: Option<&str>,
        now: Timestamp,
    ) -> Result<Receipts, Lacking> {
        let john = john();
        find(&BOTH, prompts, approvals, wish(&john), &john, claim, now)
    }

    fn missing(of: Result<Receipts, Lacking>) -> Vec<&'static str> {
        match of {
            Err(Lacking::Missing { missing, .. }) => missing,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn what_is_missing_is_named() {
        let [mfa, manager] = BOTH.map(Need::as_str);
        assert_eq!(missing(found(Vec::new(), &[], None, at(2))), [mfa, manager]);
        assert_eq!(missing(found(vec![prompt()], &[], None, at(2))), [manager]);
        assert_eq!(
            missing(found(Vec::new(), &[approval("grp-1")], None, at(2))),
            [mfa]
        );
    }

    #[test]
    fn a_consent_to_another_group_or_an_old_one_is_none() {
        let other = [approval("grp-2")];
        let manager = [Need::ManagerApproval.as_str()];
        assert_eq!(missing(found(vec![prompt()], &other, None, at(2))), manager);
        let late = found(vec![prompt()], &[approval("grp-1")], None, at(17));
        assert_eq!(missing(late).len(), 2);
    }

    #[test]
    fn what_was_spent_counts_only_for_the_try_it_was_spent_on() {
        let john = john();
        let on = wish(&john).spent_on();
        let spent_prompt = prompt().spend(on.clone(), "c-1".into(), at(2)).unwrap();
        let spent_approval = approval("grp-1").spend(0, on, "c-1".into(), at(2)).unwrap();
        let again = |claim| {
            found(
                vec![spent_prompt.clone()],
                std::slice::from_ref(&spent_approval),
                claim,
                at(3),
            )
        };
        assert!(matches!(again(None), Err(Lacking::Spent(_))));
        assert!(matches!(again(Some("c-2")), Err(Lacking::Spent(_))));
        let ours = again(Some("c-1")).unwrap();
        assert_eq!((ours.spent.len(), ours.mfa, ours.approval), (2, None, None));
    }
}
