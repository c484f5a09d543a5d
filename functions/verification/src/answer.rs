//! Recording how a person answered, once, and letting the waiting step know.

use audit::{Actor, Entry};
use desk::{Raced, StepEnd, on_chain, retried, task_token, tell_waiting, waiting_run};
use domain::{Answer, MfaPrompt, MfaState, Refusal, RequestId, StepState, Tenant};
use jiff::Timestamp;
use kit::{App, Problem, TaskError};
use secrecy::SecretString;
use serde_json::{Map, json};

/// Assurance of a push that its owner approved on an enrolled device (NIST SP 800-63B: AAL2).
pub(crate) const PUSH_ASSURANCE: u8 = 2;

/// Records an answer. The first stands; a later one changes nothing and returns what stands. Either way the waiting step
/// is told, so that an answer whose telling failed is told by whoever comes next.
pub(crate) async fn record(
    app: &App,
    tenant: &Tenant,
    id: &RequestId,
    answer: Answer,
    reason: &str,
    actor: &Actor,
) -> Result<MfaPrompt, Problem> {
    let prompt = retried(|| async {
        let seen = app
            .store()
            .prompt(tenant, id)
            .await?
            .ok_or_else(|| Problem::not_found("request"))?;
        let now = app.clock().now();
        match seen.answer(answer, reason, now) {
            Ok(next) => written(app, tenant, &seen, next, actor, now).await,
            Err(Refusal { .. }) => Ok(seen),
        }
    })
    .await?;
    tell_step(app, tenant, &prompt).await?;
    Ok(prompt)
}

async fn written(
    app: &App,
    tenant: &Tenant,
    seen: &MfaPrompt,
    next: MfaPrompt,
    actor: &Actor,
    now: Timestamp,
) -> Result<MfaPrompt, Raced> {
    let entry = Entry::new(now, actor.clone(), &format!("mfa.{}", next.state.as_str()))
        .fact("request_id", next.id.as_str())
        .fact("user_id", next.user_id.as_str())
        .fact("reason", reason(&next))
        .fact("assurance", assurance(&next));
    let write = app
        .store()
        .write(tenant, "mfa answered")
        .prompt(Some(seen), &next);
    let run = waiting_run(app, tenant, next.waiting.as_ref()).await?;
    let step = next.waiting.as_ref().map(|(_, step)| step);
    let ticket_id = next.ticket_id;
    on_chain(
        app,
        tenant,
        write,
        ticket_id,
        run.as_ref().zip(step),
        vec![entry],
        end(&next),
        now,
    )
    .await?
    .commit()
    .await?;
    Ok(next)
}

/// How the step that waits ends by this answer.
fn end(prompt: &MfaPrompt) -> Option<StepEnd> {
    let mut output = Map::new();
    output.insert("request_id".to_owned(), json!(prompt.id));
    if let Some(assurance) = assurance(prompt) {
        output.insert("assurance".to_owned(), json!(assurance));
    }
    let state = match prompt.state {
        MfaState::Approved { .. } => StepState::Succeeded,
        MfaState::Denied { .. } => StepState::Denied,
        MfaState::Expired { .. } => StepState::TimedOut,
        MfaState::Failed { .. } => StepState::Failed,
        MfaState::Cancelled { .. } => StepState::Cancelled,
        MfaState::Pending => return None,
    };
    Some(StepEnd {
        state,
        reason: reason(prompt),
        output,
    })
}

/// The provider's word for an answer that is no approval.
pub(crate) fn reason(prompt: &MfaPrompt) -> Option<String> {
    match &prompt.state {
        MfaState::Denied { reason, .. } | MfaState::Failed { reason, .. } => Some(reason.clone()),
        MfaState::Expired { .. } => Some("nobody answered".to_owned()),
        MfaState::Cancelled { .. } => Some("it is not needed any more".to_owned()),
        MfaState::Pending | MfaState::Approved { .. } => None,
    }
}

/// What the answer proves.
pub(crate) fn assurance(prompt: &MfaPrompt) -> Option<u8> {
    matches!(prompt.state, MfaState::Approved { .. }).then_some(PUSH_ASSURANCE)
}

/// Lets the waiting step know what stands. Telling it twice changes nothing.
pub(crate) async fn tell_step(
    app: &App,
    tenant: &Tenant,
    prompt: &MfaPrompt,
) -> Result<(), Problem> {
    let sealed = prompt.sealed_token.as_deref();
    match task_token(app, tenant, prompt.id.as_str(), sealed).await? {
        Some(token) => answer_token(app, prompt, &token).await,
        None => Ok(()),
    }
}

/// Answers one task token with what stands, if anything does.
pub(crate) async fn answer_token(
    app: &App,
    prompt: &MfaPrompt,
    token: &SecretString,
) -> Result<(), Problem> {
    let why = reason(prompt).unwrap_or_default();
    let result: Result<(), TaskError> = match prompt.state {
        MfaState::Pending => return Ok(()),
        MfaState::Approved { .. } => Ok(()),
        MfaState::Denied { .. } => Err(TaskError::Denied(why)),
        MfaState::Expired { .. } => Err(TaskError::TimedOut(why)),
        MfaState::Failed { .. } => Err(TaskError::Failed(why)),
        MfaState::Cancelled { .. } => Err(TaskError::Cancelled(why)),
    };
    tell_waiting(
        app,
        prompt.id.as_str(),
        prompt.state.as_str(),
        token,
        result,
    )
    .await
}
