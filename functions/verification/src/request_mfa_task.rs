//! Step `verification.mfa`: push a prompt and wait for the answer.

use crate::answer::answer_token;
use crate::ask::{For, ask, go_on, standing};
use desk::{OpenStep, Opened, open_step};
use domain::{MfaPrompt, Tenant, UserId};
use jiff::SignedDuration;
use kit::{App, Problem, TaskError, TaskInput, TaskResult};
use secrecy::SecretString;
use serde_json::json;
use store::Store;

/// Pushes a prompt for the step; the step goes on when the person, or their silence, has answered.
pub async fn request_mfa_task(app: App, input: TaskInput) -> TaskResult {
    let token = input.task_token.clone();
    let token = token.ok_or_else(|| TaskError::Failed("the state waits for nobody".to_owned()))?;
    match open_step(&app, &input).await? {
        Opened::Done => {
            app.machines().answer(&token, Ok(())).await?;
        }
        Opened::Fresh(open) | Opened::Begun(open) => {
            Box::pin(asked(&app, &input.tenant, &open, &token))
                .await
                .map_err(|problem| failure(&problem))?;
        }
    }
    Ok(json!({}))
}

async fn asked(
    app: &App,
    tenant: &Tenant,
    open: &OpenStep,
    token: &SecretString,
) -> Result<(), Problem> {
    let user = open
        .with
        .get("user_id")
        .and_then(|value| value.as_str())
        .unwrap_or_default();
    let user =
        UserId::parse(user).map_err(|error| Problem::invalid("with.user_id", error.to_string()))?;
    let prompts = app.store().prompts(tenant, open.ticket.id).await?;
    let ours = |prompt: &&MfaPrompt| {
        prompt
            .waiting
            .as_ref()
            .is_some_and(|(run, step)| *run == open.run.id && *step == open.step_id)
    };
    if let Some(standing) = standing(&prompts, &user, app.clock().now()) {
        // The same question stands: this step takes its answer, and an earlier try of it is replaced.
        let sealed = app.seal().seal(tenant, standing.id.as_str(), token).await?;
        let next = MfaPrompt {
            waiting: Some((open.run.id.clone(), open.step_id.clone())),
            sealed_token: Some(sealed),
            ..standing.clone()
        };
        let entry =
            desk::step_entry(app, "mfa.joined", open).fact("request_id", standing.id.as_str());
        let run = open
            .run
            .begin(&open.step_id, app.clock().now())
            .unwrap_or_else(|_| open.run.clone());
        let write = app
            .store()
            .write(tenant, "mfa joined")
            .prompt(Some(standing), &next);
        let written = write
            .execution(Some(&open.run), &run, vec![entry])
            .commit_returning()
            .await?;
        return go_on(app, tenant, written.prompt.unwrap_or(next)).await;
    }
    if let Some(answered) = prompts
        .iter()
        .rev()
        .find(ours)
        .filter(|prompt| prompt.state.decided_at().is_some())
    {
        return answer_token(app, answered, token).await;
    }
    let number = u32::try_from(prompts.len())
        .unwrap_or(u32::MAX)
        .saturating_add(1);
    let name = Store::prompt_id(open.ticket.id, number);
    let sealed_token = app.seal().seal(tenant, name.as_str(), token).await?;
    let lasts = SignedDuration::from_secs(i64::from(open.step.timeout_seconds));
    ask(
        app,
        tenant,
        &open.ticket,
        &prompts,
        &user,
        lasts,
        For::Step { open, sealed_token },
    )
    .await?;
    Ok(())
}

/// A problem as the state machine knows it. Nothing was proved, so every failure is safe to repeat or to give up on.
fn failure(problem: &Problem) -> TaskError {
    if problem.is_transient() {
        TaskError::Retryable(problem.to_string())
    } else {
        TaskError::Failed(problem.to_string())
    }
}
