//! What a ticket's runs asked of people, and taking it back.

use audit::{Actor, Entry};
use domain::{
    Approval, ApprovalState, ExecutionId, MfaPrompt, MfaState, RequestId, StepId, Tenant, TicketId,
    UserId, Verdict,
};
use jiff::Timestamp;
use kit::App;
use store::{StoreError, Write};

/// The prompts and requests for consent on a ticket.
pub struct Asked {
    /// The prompts, newest last.
    pub prompts: Vec<MfaPrompt>,
    /// The requests for consent, newest last.
    pub approvals: Vec<Approval>,
}

/// A request that nobody needs an answer to any more.
pub struct Withdrawn {
    /// Its id.
    pub id: RequestId,
    /// The step that waited for it.
    pub step: StepId,
    action: &'static str,
    asked: UserId,
}

impl Withdrawn {
    /// What is recorded of it.
    #[must_use]
    pub fn entry(&self, actor: &Actor, now: Timestamp) -> Entry {
        Entry::new(now, actor.clone(), self.action)
            .fact("request_id", self.id.as_str())
            .fact("user_id", self.asked.as_str())
            .fact("step", self.step.as_str())
    }
}

/// What was asked on a ticket.
///
/// # Errors
/// When the tables cannot be asked.
pub async fn asked_on(app: &App, tenant: &Tenant, ticket: TicketId) -> Result<Asked, StoreError> {
    let prompts = app.store().prompts(tenant, ticket);
    let approvals = app.store().approvals(tenant, ticket);
    let (prompts, approvals) = tokio::try_join!(prompts, approvals)?;
    Ok(Asked { prompts, approvals })
}

impl Asked {
    /// Adds to `write` the end of every unanswered request that `run` waits for.
    pub fn withdraw<'w>(
        &self,
        mut write: Write<'w>,
        run: &ExecutionId,
        now: Timestamp,
    ) -> (Write<'w>, Vec<Withdrawn>) {
        let mut withdrawn = Vec::new();
        for prompt in &self.prompts {
            if let Some(step) = waits(prompt.waiting.as_ref(), run)
                && let Ok(next) = prompt.cancel(now)
            {
                write = write.prompt(Some(prompt), &next);
                withdrawn.push(Withdrawn {
                    id: prompt.id.clone(),
                    step: step.clone(),
                    action: "mfa.cancelled",
                    asked: prompt.user_id.clone(),
                });
            }
        }
        for approval in &self.approvals {
            if let Some(step) = waits(approval.waiting.as_ref(), run)
                && let Ok(next) = approval.answer(Verdict::Cancel, "run", None, now)
            {
                write = write.approval(Some(approval), &next);
                withdrawn.push(Withdrawn {
                    id: approval.id.clone(),
                    step: step.clone(),
                    action: "approval.cancelled",
                    asked: approval.approver.clone(),
                });
            }
        }
        (write, withdrawn)
    }

    /// The sealed task tokens of `run`'s withdrawn requests, each with the request it is sealed for.
    pub fn withdrawn_tokens<'a>(
        &'a self,
        run: &'a ExecutionId,
    ) -> impl Iterator<Item = (&'a RequestId, &'a str)> {
        let prompts = self.prompts.iter().filter_map(move |prompt| {
            let cancelled = matches!(prompt.state, MfaState::Cancelled { .. });
            waits(prompt.waiting.as_ref(), run).filter(|_| cancelled)?;
            Some((&prompt.id, prompt.sealed_token.as_deref()?))
        });
        let approvals = self.approvals.iter().filter_map(move |approval| {
            let cancelled = matches!(approval.state, ApprovalState::Cancelled { .. });
            waits(approval.waiting.as_ref(), run).filter(|_| cancelled)?;
            Some((&approval.id, approval.sealed_token.as_deref()?))
        });
        prompts.chain(approvals)
    }

    /// Whether somebody was asked for this step of `run` and has not answered.
    #[must_use]
    pub fn is_open(&self, run: &ExecutionId, step: &StepId) -> bool {
        let theirs = |waiting: Option<&(ExecutionId, StepId)>| waits(waiting, run) == Some(step);
        let prompted = self
            .prompts
            .iter()
            .any(|prompt| theirs(prompt.waiting.as_ref()) && prompt.state == MfaState::Pending);
        prompted
            || self.approvals.iter().any(|approval| {
                theirs(approval.waiting.as_ref()) && approval.state == ApprovalState::Pending
            })
    }

    /// Whether the proof that the request called `id` left can still be spent, all of it.
    #[must_use]
    pub fn serves(&self, id: &RequestId, now: Timestamp) -> bool {
        let prompt = self.prompts.iter().find(|prompt| prompt.id == *id);
        let approval = self.approvals.iter().find(|approval| approval.id == *id);
        prompt.is_some_and(|prompt| prompt.spendable(&prompt.user_id, now))
            || approval.is_some_and(|approval| approval.unspent(now))
    }
}

/// The step that waits, where it is one of `run`.
fn waits<'a>(waiting: Option<&'a (ExecutionId, StepId)>, run: &ExecutionId) -> Option<&'a StepId> {
    waiting.filter(|(of, _)| of == run).map(|(_, step)| step)
}
