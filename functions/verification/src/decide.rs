//! Recording what a manager, or their silence, said: once, with the end of the step that waits for it.

use crate::consent::{facts, found};
use audit::{Actor, Entry};
use desk::{Raced, StepEnd, on_chain, retried, task_token, tell_waiting, waiting_run};
use domain::{Approval, ApprovalState, Execution, RequestId, StepState, Tenant, Verdict};
use jiff::Timestamp;
use kit::{App, Problem, TaskError};
use secrecy::SecretString;
use serde_json::{Map, json};

/// The way by which an answer to our mail comes.
pub(crate) const EMAIL: &str = "email";

/// What became of an answer.
pub(crate) struct Recorded {
    /// The request as it stands.
    pub(crate) approval: Approval,
    /// Whether this answer is the one that stands.
    pub(crate) counted: bool,
}

/// Records an answer. The first stands; a later one changes nothing. An answer after the end is recorded as late. In any
/// case the waiting step is told what stands, so that an answer whose telling failed is told by whoever comes next.
pub(crate) async fn record(
    app: &App,
    tenant: &Tenant,
    id: &RequestId,
    verdict: Verdict,
    comment: Option<&str>,
    actor: &Actor,
) -> Result<Recorded, Problem> {
    let recorded = retried(|| async {
        let seen = found(app, tenant, id).await?;
        let now = app.clock().now();
        let run = waiting_run(app, tenant, seen.waiting.as_ref()).await?;
        // Whoever answers for a run that is over answers nothing.
        let over = run.as_ref().is_some_and(|run| run.status.is_final());
        let said = if over && seen.stands(now) {
            Verdict::Cancel
        } else {
            verdict
        };
        let comment = comment.map(str::to_owned);
        let next = seen.answer(said, EMAIL, comment, now).ok();
        let entries = entries(&seen, next.as_ref(), verdict, actor, now);
        if entries.is_empty() {
            return Ok::<_, Raced>(Recorded {
                approval: seen,
                counted: false,
            });
        }
        let approval = written(app, tenant, &seen, next, run.as_ref(), entries, now).await?;
        Ok(Recorded {
            counted: stands_as(&approval, verdict),
            approval,
        })
    })
    .await?;
    tell_step(app, tenant, &recorded.approval).await?;
    Ok(recorded)
}

/// What is recorded of an answer: the state it leads to, and that it came late.
fn entries(
    seen: &Approval,
    next: Option<&Approval>,
    verdict: Verdict,
    actor: &Actor,
    now: Timestamp,
) -> Vec<Entry> {
    let mut entries = Vec::new();
    let entry = |actor: Actor, action: &str| facts(Entry::new(now, actor, action), seen);
    if let Some(next) = next {
        let silence = matches!(
            next.state,
            ApprovalState::Expired { .. } | ApprovalState::Cancelled { .. }
        );
        let by = if silence {
            Actor::System("verification".to_owned())
        } else {
            actor.clone()
        };
        entries.push(entry(by, &format!("approval.{}", next.state.as_str())));
    }
    let expired = matches!(next.unwrap_or(seen).state, ApprovalState::Expired { .. });
    let said = match verdict {
        Verdict::Approve => "approve",
        Verdict::Deny => "deny",
        Verdict::Expire | Verdict::Cancel => return entries,
    };
    if expired {
        entries.push(entry(actor.clone(), "approval.late").fact("said", said));
    }
    entries
}

async fn written(
    app: &App,
    tenant: &Tenant,
    seen: &Approval,
    next: Option<Approval>,
    run: Option<&Execution>,
    entries: Vec<Entry>,
    now: Timestamp,
) -> Result<Approval, Raced> {
    let step = seen.waiting.as_ref().map(|(_, step)| step);
    let mut write = app.store().write(tenant, "approval answered");
    if let Some(next) = &next {
        write = write.approval(Some(seen), next);
    }
    let write = on_chain(
        app,
        tenant,
        write,
        seen.ticket_id,
        run.zip(step),
        entries,
        next.as_ref().and_then(end),
        now,
    )
    .await?;
    let written = write.commit_returning().await?;
    Ok(written.approval.or(next).unwrap_or_else(|| seen.clone()))
}

fn stands_as(approval: &Approval, verdict: Verdict) -> bool {
    match verdict {
        Verdict::Approve => matches!(approval.state, ApprovalState::Approved { .. }),
        Verdict::Deny => matches!(approval.state, ApprovalState::Denied { .. }),
        Verdict::Expire => matches!(approval.state, ApprovalState::Expired { .. }),
        Verdict::Cancel => matches!(approval.state, ApprovalState::Cancelled { .. }),
    }
}

/// How the step that waits ends by what stands.
fn end(approval: &Approval) -> Option<StepEnd> {
    let state = match approval.state {
        ApprovalState::Approved { .. } => StepState::Succeeded,
        ApprovalState::Denied { .. } => StepState::Denied,
        ApprovalState::Expired { .. } => StepState::TimedOut,
        ApprovalState::Cancelled { .. } => StepState::Cancelled,
        ApprovalState::Pending => return None,
    };
    let mut output = Map::new();
    output.insert("request_id".to_owned(), json!(approval.id));
    output.insert("payload_hash".to_owned(), json!(approval.plan_hash()));
    Some(StepEnd {
        state,
        reason: reason(approval).map(str::to_owned),
        output,
    })
}

fn reason(approval: &Approval) -> Option<&'static str> {
    match approval.state {
        ApprovalState::Pending | ApprovalState::Approved { .. } => None,
        ApprovalState::Denied { .. } => Some("the manager said no"),
        ApprovalState::Expired { .. } => Some("the manager did not answer in time"),
        ApprovalState::Cancelled { .. } => Some("the question was taken back"),
    }
}

/// Lets the waiting step know what stands.
async fn tell_step(app: &App, tenant: &Tenant, approval: &Approval) -> Result<(), Problem> {
    if approval.state == ApprovalState::Pending {
        return Ok(());
    }
    let sealed = approval.sealed_token.as_deref();
    match task_token(app, tenant, approval.id.as_str(), sealed).await? {
        Some(token) => answer_token(app, approval, &token).await,
        None => Ok(()),
    }
}

/// Answers one task token with what stands, if anything does.
pub(crate) async fn answer_token(
    app: &App,
    approval: &Approval,
    token: &SecretString,
) -> Result<(), Problem> {
    let why = reason(approval).unwrap_or_default().to_owned();
    let result = match approval.state {
        ApprovalState::Pending => return Ok(()),
        ApprovalState::Approved { .. } => Ok(()),
        ApprovalState::Denied { .. } => Err(TaskError::Denied(why)),
        ApprovalState::Expired { .. } => Err(TaskError::TimedOut(why)),
        ApprovalState::Cancelled { .. } => Err(TaskError::Cancelled(why)),
    };
    tell_waiting(
        app,
        approval.id.as_str(),
        approval.state.as_str(),
        token,
        result,
    )
    .await
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::consent_page::tests::asked;

    fn recorded(seen: &Approval, verdict: Verdict, now: Timestamp) -> Vec<String> {
        let jane = Actor::User("def-456".to_owned());
        let next = seen.answer(verdict, EMAIL, None, now).ok();
        let entries = entries(seen, next.as_ref(), verdict, &jane, now);
        entries.into_iter().map(|entry| entry.action).collect()
    }

    #[test]
    fn an_answer_is_recorded_once_and_a_late_one_as_late() {
        let (asked, early) = (asked(), asked().requested_at);
        let late = asked.expires_at;
        assert_eq!(
            recorded(&asked, Verdict::Approve, early),
            ["approval.approved"]
        );
        assert_eq!(
            recorded(&asked, Verdict::Deny, late),
            ["approval.expired", "approval.late"]
        );
        let expired = asked.answer(Verdict::Expire, EMAIL, None, late).unwrap();
        assert_eq!(
            recorded(&expired, Verdict::Approve, late),
            ["approval.late"]
        );
        assert_eq!(recorded(&expired, Verdict::Expire, late), [""; 0]);
        let denied = asked.answer(Verdict::Deny, EMAIL, None, early).unwrap();
        assert_eq!(recorded(&denied, Verdict::Approve, early), [""; 0]);
    }

    #[test]
    fn nobody_stands_for_silence() {
        let asked = asked();
        let jane = Actor::User("def-456".to_owned());
        let late = asked.expires_at;
        let next = asked.answer(Verdict::Approve, EMAIL, None, late).unwrap();
        let entries = entries(&asked, Some(&next), Verdict::Approve, &jane, late);
        assert_eq!(entries[0].actor, Actor::System("verification".to_owned()));
        assert_eq!(entries[1].actor, jane);
    }
}
