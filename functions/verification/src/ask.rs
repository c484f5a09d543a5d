//! Asking a person to prove who they are.

use crate::answer::record;
use audit::{Actor, Entry};
use desk::{OpenStep, step_entry};
use domain::{Answer, MfaPrompt, MfaState, Person, RequestId, Tenant, Ticket, UserId};
use jiff::{SignedDuration, Timestamp};
use kit::{App, Message, Problem};
use ports::{Begun, CallError};
use serde::{Deserialize, Serialize};
use std::time::Duration;
use store::Store;

/// A user sees at most this many pushes in [`PUSH_WINDOW`]: more would teach them to press "approve".
const PUSHES: usize = 3;
const PUSH_WINDOW: SignedDuration = SignedDuration::from_mins(10);
/// When the provider is asked first, and again.
pub(crate) const ASK_AGAIN: Duration = Duration::from_secs(5);

/// A prompt to ask about.
#[derive(Debug, Serialize, Deserialize)]
pub struct Poll {
    /// The prompt.
    pub(crate) request_id: RequestId,
    /// The name the user signs in with; the provider asks for it again.
    pub(crate) upn: String,
}

/// Who asks, and what waits for the answer.
pub(crate) enum For<'a> {
    /// A caller of the API.
    Caller(Actor),
    /// A step; its sealed task token.
    Step {
        open: &'a OpenStep,
        sealed_token: String,
    },
}

/// The prompt that stands, unanswered, for this user on this ticket.
pub(crate) fn standing<'a>(
    prompts: &'a [MfaPrompt],
    user: &UserId,
    now: Timestamp,
) -> Option<&'a MfaPrompt> {
    let open = |prompt: &&MfaPrompt| {
        prompt.state == MfaState::Pending && prompt.user_id == *user && now < prompt.expires_at
    };
    prompts.iter().rev().find(open)
}

/// Puts a prompt on the user's device. Its row stands before the push, so a push without a row cannot be.
pub(crate) async fn ask(
    app: &App,
    tenant: &Tenant,
    ticket: &Ticket,
    prompts: &[MfaPrompt],
    user: &UserId,
    lasts: SignedDuration,
    whom: For<'_>,
) -> Result<MfaPrompt, Problem> {
    let person = outside::directory(app, tenant)
        .await?
        .person(user.as_str())
        .await?;
    let now = app.clock().now();
    if !app
        .store()
        .count_push(tenant, &person.id, now, PUSHES, PUSH_WINDOW)
        .await?
    {
        let message = "this user was asked three times in ten minutes; wait before asking again";
        return Err(Problem::new(
            http::StatusCode::TOO_MANY_REQUESTS,
            "TOO_MANY_PUSHES",
            message,
        )
        .retry_after(600));
    }
    let prompt = written(app, tenant, ticket, prompts, &person, lasts, now, whom).await?;
    push(app, tenant, &person, prompt).await
}

#[expect(clippy::too_many_arguments, reason = "what the row is made of")]
async fn written(
    app: &App,
    tenant: &Tenant,
    ticket: &Ticket,
    prompts: &[MfaPrompt],
    person: &Person,
    lasts: SignedDuration,
    now: Timestamp,
    whom: For<'_>,
) -> Result<MfaPrompt, Problem> {
    let number = u32::try_from(prompts.len())
        .unwrap_or(u32::MAX)
        .saturating_add(1);
    let mut prompt = MfaPrompt {
        id: Store::prompt_id(ticket.id, number),
        ticket_id: ticket.id,
        user_id: person.id.clone(),
        state: MfaState::Pending,
        requested_at: now,
        expires_at: now + lasts,
        waiting: None,
        sealed_token: None,
        handle: None,
        rev: 0,
    };
    let write = app.store().write(tenant, "mfa requested");
    let fact = |entry: Entry, prompt: &MfaPrompt| {
        entry
            .fact("request_id", prompt.id.as_str())
            .fact("user_id", person.id.as_str())
            .fact("method", "push")
    };
    let write = match whom {
        For::Caller(actor) => {
            let entry = fact(Entry::new(now, actor, "mfa.requested"), &prompt);
            write
                .prompt(None, &prompt)
                .ticket(Some(ticket), ticket, vec![entry])
        }
        For::Step { open, sealed_token } => {
            prompt.waiting = Some((open.run.id.clone(), open.step_id.clone()));
            prompt.sealed_token = Some(sealed_token);
            let entry = fact(step_entry(app, "mfa.requested", open), &prompt);
            // A step that had begun before stays begun.
            let next = open
                .run
                .begin(&open.step_id, now)
                .unwrap_or_else(|_| open.run.clone());
            write
                .prompt(None, &prompt)
                .execution(Some(&open.run), &next, vec![entry])
        }
    };
    Ok(write.commit_returning().await?.prompt.unwrap_or(prompt))
}

/// Goes on with a prompt whose row stands: pushes it if its push was never confirmed, and in any case has somebody ask how
/// it was answered. Whoever wrote the row may have died before either; asking twice does no harm.
pub(crate) async fn go_on(app: &App, tenant: &Tenant, prompt: MfaPrompt) -> Result<(), Problem> {
    let person = outside::directory(app, tenant)
        .await?
        .person(prompt.user_id.as_str())
        .await?;
    if prompt.handle.is_some() {
        return ask_later(app, tenant, &person, &prompt).await;
    }
    push(app, tenant, &person, prompt).await.map(drop)
}

/// Has the queue ask how the user answered.
async fn ask_later(
    app: &App,
    tenant: &Tenant,
    person: &Person,
    prompt: &MfaPrompt,
) -> Result<(), Problem> {
    let work = Poll {
        request_id: prompt.id.clone(),
        upn: person.user_principal_name.clone(),
    };
    let message = Message {
        tenant: tenant.clone(),
        work,
    };
    app.queues()
        .send("MFA_POLL_QUEUE", &message, ASK_AGAIN)
        .await?;
    Ok(())
}

async fn push(
    app: &App,
    tenant: &Tenant,
    person: &Person,
    prompt: MfaPrompt,
) -> Result<MfaPrompt, Problem> {
    let presence = outside::presence(app, tenant).await?;
    let context = uuid::Uuid::new_v4().to_string();
    let answered = match presence.prompt(person, &context).await {
        Ok(Begun::Prompted(handle)) => {
            app.store()
                .set_prompt_handle(tenant, &prompt, &handle.0)
                .await?;
            ask_later(app, tenant, person, &prompt).await?;
            return Ok(prompt);
        }
        Ok(Begun::Answered { answer, reason }) => (answer, reason),
        // Whether it is on the device or not: nobody can ask about it, so it proves nothing.
        Err(error) => (Answer::Failed, refusal(&error)),
    };
    record(
        app,
        tenant,
        &prompt.id,
        answered.0,
        &answered.1,
        &Actor::Vendor("entra".to_owned()),
    )
    .await
}

fn refusal(error: &CallError) -> String {
    tracing::warn!(cause = %error, "the push could not be sent");
    match error {
        CallError::Refused { code, .. } => format!("refused: {code}"),
        CallError::NotFound { .. } => "the user is not known to the provider".to_owned(),
        CallError::Unavailable { .. } => "the provider is not available".to_owned(),
        CallError::Unknown { .. } => "the provider's answer was lost".to_owned(),
        CallError::Misconfigured { .. } => "the provider is not set up".to_owned(),
    }
}
