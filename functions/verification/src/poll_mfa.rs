//! Queue `mfa-poll`: ask the provider how a user answered. The connector has no callback, so a delayed message asks again
//! until the prompt lapses.

use crate::answer::{record, tell_step};
use crate::ask::{ASK_AGAIN, Poll};
use audit::Actor;
use domain::{Answer, MfaState};
use kit::{App, Message, Problem};
use ports::{PromptHandle, Proof};

/// Asks how the user answered; records the answer or asks again later.
pub async fn poll_mfa(app: App, message: Message<Poll>) -> Result<(), Problem> {
    let (tenant, poll) = (&message.tenant, &message.work);
    let Some(prompt) = app.store().prompt(tenant, &poll.request_id).await? else {
        tracing::warn!(request_id = %poll.request_id, "asked about a prompt that is not there");
        return Ok(());
    };
    if prompt.state != MfaState::Pending {
        return tell_step(&app, tenant, &prompt).await;
    }
    let system = Actor::System("poll_mfa".to_owned());
    if app.clock().now() >= prompt.expires_at {
        return record(&app, tenant, &prompt.id, Answer::Expired, "", &system)
            .await
            .map(drop);
    }
    let Some(handle) = prompt.handle.clone() else {
        return record(
            &app,
            tenant,
            &prompt.id,
            Answer::Failed,
            "the push was not confirmed",
            &system,
        )
        .await
        .map(drop);
    };
    let presence = outside::presence(&app, tenant).await?;
    match presence.proof(&poll.upn, &PromptHandle(handle)).await {
        Ok(Proof::Answered { answer, reason }) => {
            let vendor = Actor::Vendor("entra".to_owned());
            record(&app, tenant, &prompt.id, answer, &reason, &vendor)
                .await
                .map(drop)
        }
        Ok(Proof::Pending) => again(&app, &message).await,
        Err(error) => {
            tracing::warn!(cause = %error, request_id = %poll.request_id, "the provider could not be asked");
            again(&app, &message).await
        }
    }
}

async fn again(app: &App, message: &Message<Poll>) -> Result<(), Problem> {
    app.queues()
        .send("MFA_POLL_QUEUE", message, ASK_AGAIN)
        .await?;
    Ok(())
}
