//! The receipts that the policy asks for before an action.

use crate::action::Action;
use crate::receipt::{self, Receipt};
use domain::{
    ActionKind, Approval, ApprovalState, MfaPrompt, MfaState, Need, Person, Policy, Spending,
    Tenant, TicketId, UserId, VERIFICATION_MAX_AGE,
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
    person: &Person,
    claim: Option<&str>,
) -> Result<Result<Receipts, Lacking>, StoreError> {
    let needs = Policy::default().needs(wish.kind, person);
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
    Ok(find(needs, prompts, &approvals, wish, claim, now))
}

fn find(
    needs: &[Need],
    prompts: Vec<MfaPrompt>,
    approvals: &[Approval],
    wish: Wish<'_>,
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
                missing.push(Need::Mfa.capability());
                why.push(reason);
            }
        }
    }
    if needs.contains(&Need::ManagerApproval) {
        match consent(approvals, wish, claim, now) {
            Consent::Good(approval, part) => found.approval = Some((approval, part)),
            Consent::Ours(id) => found.spent.push(id),
            Consent::Spent(spending) => spent = Some(spending),
            Consent::Missing => {
                missing.push(Need::ManagerApproval.capability());
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

fn consent(approvals: &[Approval], wish: Wish<'_>, claim: Option<&str>, now: Timestamp) -> Consent {
    let mut spent = None;
    for approval in approvals.iter().rev() {
        let action = wish.kind.as_str();
        if let Some(part) = approval.spendable(action, wish.user, wish.target, wish.until, now) {
            return Consent::Good(Box::new(approval.clone()), part);
        }
        let ApprovalState::Approved { at } = approval.state else {
            continue;
        };
        let parts = approval
            .plan
            .iter()
            .filter(|part| part.allows(action, wish.user, wish.target, wish.until));
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
    /// `write` with every receipt spent under `claim`.
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
        Ok(write)
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
