//! Asking a manager for their consent: the row with the intent first, then the mail with the link.

use crate::ask::For;
use audit::{Actor, Entry};
use auth::{MintedSecret, mint};
use desk::{Raced, on_chain, retried, step_entry, waiting_run};
use domain::{Approval, ApprovalState, Person, Planned, RequestId, Tenant, Ticket};
use http::StatusCode;
use jiff::SignedDuration;
use kit::{App, Problem};

/// Mails that ask one manager within [`WINDOW`]: more would teach them to press "approve".
const MAILS: usize = 5;
const WINDOW: SignedDuration = SignedDuration::from_hours(1);

/// A question to a manager.
pub(crate) struct Question {
    pub(crate) approver: Person,
    /// The approver's mailbox.
    pub(crate) mail: String,
    pub(crate) plan: Vec<Planned>,
    /// The plan, line by line.
    pub(crate) shown: Vec<String>,
    /// Who asks, in words.
    pub(crate) asked_by: String,
    /// How long the question stands.
    pub(crate) lasts: SignedDuration,
}

/// Asks. Its row stands before the mail goes out, so that no link is without one.
pub(crate) async fn ask_manager(
    app: &App,
    tenant: &Tenant,
    ticket: &Ticket,
    id: RequestId,
    question: Question,
    whom: For<'_>,
) -> Result<Approval, Raced> {
    let now = app.clock().now();
    may_mail(app, tenant, &question.approver.id).await?;
    let token = mint("", &app.ids().bytes(32));
    let mut approval = Approval {
        id,
        ticket_id: ticket.id,
        approver: question.approver.id,
        approver_mail: question.mail,
        plan: question.plan,
        shown: question.shown,
        asked_by: question.asked_by,
        state: ApprovalState::Pending,
        channel: None,
        comment: None,
        requested_at: now,
        sent_at: None,
        expires_at: now + question.lasts,
        link_hash: token.fingerprint.clone(),
        waiting: None,
        sealed_token: None,
        rev: 0,
    };
    let write = app.store().write(tenant, "approval requested");
    let write = match whom {
        For::Caller(actor) => {
            let entry = facts(Entry::new(now, actor, "approval.requested"), &approval);
            write.ticket(Some(ticket), ticket, vec![entry])
        }
        For::Step { open, sealed_token } => {
            approval.waiting = Some((open.run.id.clone(), open.step_id.clone()));
            approval.sealed_token = Some(sealed_token);
            let entry = facts(step_entry(app, "approval.requested", open), &approval);
            // A step that had begun before stays begun.
            let next = open.run.begin(&open.step_id, now);
            let next = next.unwrap_or_else(|_| open.run.clone());
            write.execution(Some(&open.run), &next, vec![entry])
        }
    };
    let write = write.approval(None, &approval).approval_link(&approval);
    let written = write.commit_returning().await?;
    let approval = written.approval.unwrap_or(approval);
    Ok(mail(app, tenant, ticket, approval, &token).await?)
}

/// Sends the mail of a request whose mail nobody knows to have gone out: whoever wrote its row may have died before. Its
/// link takes the place of the one before, which nobody has kept.
pub(crate) async fn mail_again(
    app: &App,
    tenant: &Tenant,
    ticket: &Ticket,
    id: &RequestId,
    actor: &Actor,
) -> Result<Approval, Problem> {
    let (approval, token) = retried(|| async {
        let now = app.clock().now();
        let seen = found(app, tenant, id).await?;
        if seen.sent_at.is_some() || !seen.stands(now) {
            return Ok::<_, Raced>((seen, None));
        }
        may_mail(app, tenant, &seen.approver).await?;
        let token = mint("", &app.ids().bytes(32));
        let next = Approval {
            link_hash: token.fingerprint.clone(),
            ..seen.clone()
        };
        let write = app.store().write(tenant, "approval mailed again");
        let write = write.approval(Some(&seen), &next).approval_link(&next);
        let run = waiting_run(app, tenant, next.waiting.as_ref()).await?;
        let step = next.waiting.as_ref().map(|(_, step)| step);
        let entry = Entry::new(now, actor.clone(), "approval.mailed_again");
        let entries = vec![facts(entry, &next)];
        let waits = run.as_ref().zip(step);
        let write = on_chain(
            app,
            tenant,
            write,
            next.ticket_id,
            waits,
            entries,
            None,
            now,
        )
        .await?;
        let written = write.commit_returning().await?;
        Ok((written.approval.unwrap_or(next), Some(token)))
    })
    .await?;
    match token {
        Some(token) => mail(app, tenant, ticket, approval, &token).await,
        None => Ok(approval),
    }
}

/// A request of this tenant's.
pub(crate) async fn found(app: &App, tenant: &Tenant, id: &RequestId) -> Result<Approval, Problem> {
    let found = app.store().approval(tenant, id).await?;
    found.ok_or_else(|| Problem::not_found("request"))
}

/// What the audit says of a request: ids and hashes.
pub(crate) fn facts(entry: Entry, approval: &Approval) -> Entry {
    entry
        .fact("request_id", approval.id.as_str())
        .fact("approver", approval.approver.as_str())
        .fact("payload_hash", approval.plan_hash())
}

/// Counts a mail to this approver; refuses where no mail is sent, or too many were.
async fn may_mail(app: &App, tenant: &Tenant, approver: &domain::UserId) -> Result<(), Problem> {
    if !app.mail().is_on() {
        return Err(Problem::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "MAIL_OFF",
            "this deployment sends no mail; ask its operator to set MailFrom",
        ));
    }
    let now = app.clock().now();
    let counted = app
        .store()
        .count_question(tenant, approver, now, MAILS, WINDOW)
        .await?;
    if counted {
        return Ok(());
    }
    let message = "this manager was asked five times within an hour; wait before asking again";
    Err(
        Problem::new(StatusCode::TOO_MANY_REQUESTS, "TOO_MANY_MAILS", message)
            .retry_after(WINDOW.as_secs().unsigned_abs()),
    )
}

async fn mail(
    app: &App,
    tenant: &Tenant,
    ticket: &Ticket,
    approval: Approval,
    token: &MintedSecret,
) -> Result<Approval, Problem> {
    let name = ticket.name.to_string();
    let text = crate::consent_mail::text(
        &app.config().public_base_url,
        &name,
        &approval,
        &token.plain,
    );
    let subject = crate::consent_mail::subject(&name);
    let sent = app.mail().send(&approval.approver_mail, &subject, &text);
    if let Err(error) = sent.await {
        tracing::warn!(request_id = %approval.id, %error, "an approval mail was not sent");
        return Err(Problem::unavailable(
            "the mail to the manager could not be sent; ask again",
        ));
    }
    // The mail is out. Not to know it costs a second one, when somebody asks again.
    match sent_at(app, tenant, &approval.id).await {
        Ok(known) => Ok(known),
        Err(error) => {
            tracing::warn!(request_id = %approval.id, %error, "that a mail was sent was not kept");
            Ok(approval)
        }
    }
}

/// Keeps that the mail went out. An answer may have come before.
async fn sent_at(app: &App, tenant: &Tenant, id: &RequestId) -> Result<Approval, Problem> {
    retried(|| async {
        let seen = found(app, tenant, id).await?;
        let next = Approval {
            sent_at: Some(app.clock().now()),
            ..seen.clone()
        };
        let write = app.store().write(tenant, "approval mailed");
        let written = write
            .approval(Some(&seen), &next)
            .commit_returning()
            .await?;
        Ok::<_, Raced>(written.approval.unwrap_or(next))
    })
    .await
}
