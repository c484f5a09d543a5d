//! `POST /api/v1/verification/manager_approval`: ask the requester's manager for their consent.

use crate::ask::For;
use crate::consent::{Question, ask_manager, mail_again};
use crate::plan::{Action, line, one_line};
use auth::VerifyRequest;
use axum::Json;
use desk::{
    find_ticket, impartial, is_theirs, manager_of, not_the_manager, requester, retried,
    same_address, self_approval,
};
use domain::{Approval, Person, Planned, RequestId, Ticket, TicketName};
use http::StatusCode;
use jiff::{SignedDuration, Timestamp};
use kit::{App, Body, Caller, Problem, Problems};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// How long a question stands that no step waits for.
const LASTS: SignedDuration = SignedDuration::from_hours(24);
/// The longest name of a thing that an action is about, in bytes.
const TARGET: usize = 256;

/// Whom to ask, and for what.
#[derive(Debug, Deserialize, ToSchema)]
pub struct ApprovalRequest {
    /// Any of the ticket's names. What is asked for concerns its requester.
    #[schema(value_type = String, example = "HLP-12345")]
    ticket_id: TicketName,
    /// The mail address of the requester's manager, as the directory has it.
    #[schema(example = "jane.smith@company.com")]
    manager_email: String,
    /// One of the executor's actions; `password_reset` stands for `reset_password`.
    #[schema(value_type = String, example = "password_reset")]
    action_type: Action,
    /// The requester's name, as the directory shows it. It picks nobody: another name than the directory's is refused.
    #[serde(default)]
    #[schema(example = "John Doe")]
    user_name: String,
    /// The group or licence it is about, or `<script_id> on <device_id>`. Without one the manager allows any, and is told so.
    #[serde(default)]
    target: Option<String>,
    /// Until when access is to be given.
    #[serde(default)]
    #[schema(value_type = Option<String>, format = DateTime)]
    expires_at: Option<Timestamp>,
}

/// A consent that was asked for.
#[derive(Debug, Serialize, ToSchema)]
pub struct ApprovalRequested {
    /// The request's id.
    request_id: String,
    /// The same id, by the name contract A's notes give it.
    manager_approval_request_id: String,
    /// `pending`.
    status: &'static str,
    /// When silence becomes an answer.
    #[schema(value_type = String)]
    expires_at: Timestamp,
    /// SHA-256 over what the manager is shown, in hexadecimal.
    payload_hash: String,
}

/// Ask the requester's manager, by mail, to allow an action. What stands for the same plan is returned, not sent again.
#[utoipa::path(
    post, path = "/api/v1/verification/manager_approval", operation_id = "request_manager_approval",
    request_body = ApprovalRequest,
    responses((status = 202, body = ApprovalRequested), (status = 429, description = "five mails to this manager in an hour"), Problems),
    security(("api_key" = []), ("bearer" = []))
)]
pub async fn request_manager_approval(
    app: App,
    caller: Caller<VerifyRequest>,
    Body(asked): Body<ApprovalRequest>,
) -> Result<(StatusCode, Json<ApprovalRequested>), Problem> {
    let tenant = caller.tenant();
    let target = asked.target.as_deref();
    if target.is_some_and(|target| target.trim().is_empty() || target.len() > TARGET) {
        let message = "a thing is named by 1 to 256 bytes; leave it out where there is none";
        return Err(Problem::invalid("target", message));
    }
    let ticket = find_ticket(&app, tenant, &asked.ticket_id).await?;
    let directory = outside::directory(&app, tenant).await?;
    let subject = requester(directory.as_ref(), &ticket).await?;
    named_so(&asked.user_name, &subject)?;
    if is_theirs(&asked.manager_email, &subject) {
        return Err(self_approval());
    }
    let (manager, mail) = manager_of(directory.as_ref(), &subject).await?;
    let named = subject.manager_mail.as_deref().unwrap_or_default();
    if !same_address(&asked.manager_email, named) {
        return Err(not_the_manager());
    }
    impartial(&manager, &[&subject])?;
    let asked_by = match caller.user_id() {
        None => format!("An API key ({})", caller.who().name()),
        Some(id) => {
            let user = app.store().user(tenant, id).await?;
            let user = user.ok_or_else(Problem::unauthenticated)?;
            if is_theirs(&user.email, &manager) || is_theirs(&user.username, &manager) {
                return Err(self_approval());
            }
            format!("{} ({})", one_line(&user.username), caller.who().name())
        }
    };
    let part = Planned {
        action: asked.action_type.as_str().to_owned(),
        subject: subject.id.clone(),
        target: target.map(|target| target.trim().to_owned()),
        expires_at: asked.expires_at,
        spent: None,
    };
    let approval = retried(|| async {
        let ticket = find_ticket(&app, tenant, &TicketName::Id(ticket.id)).await?;
        let approvals = app.store().approvals(tenant, ticket.id).await?;
        let question = Question {
            approver: manager.clone(),
            mail: mail.clone(),
            shown: vec![line(&part, &subject)],
            plan: vec![part.clone()],
            asked_by: asked_by.clone(),
            lasts: LASTS,
        };
        if let Some(standing) = standing(&approvals, &question, app.clock().now()) {
            return Ok(standing.clone());
        }
        let id = next_id(&ticket, &approvals);
        let whom = For::Caller(caller.actor());
        ask_manager(&app, tenant, &ticket, id, question, whom).await
    })
    .await?;
    let approval = match approval.sent_at {
        Some(_) => approval,
        None => mail_again(&app, tenant, &ticket, &approval.id, &caller.actor()).await?,
    };
    Ok((
        StatusCode::ACCEPTED,
        Json(ApprovalRequested::new(&approval)),
    ))
}

/// The request that stands, unanswered, for the same plan with the same manager.
fn standing<'a>(
    approvals: &'a [Approval],
    question: &Question,
    now: Timestamp,
) -> Option<&'a Approval> {
    let same = |approval: &&Approval| {
        approval.stands(now)
            && approval.approver == question.approver.id
            && approval.plan == question.plan
    };
    approvals.iter().rev().find(same)
}

/// The id of a ticket's next request.
pub(crate) fn next_id(ticket: &Ticket, approvals: &[Approval]) -> RequestId {
    let number = u32::try_from(approvals.len()).unwrap_or(u32::MAX);
    RequestId::of_approval(ticket.id, number.saturating_add(1))
}

/// Refuses a name that is not the person's.
fn named_so(name: &str, person: &Person) -> Result<(), Problem> {
    let plain = |text: &str| {
        let words: Vec<&str> = text.split_whitespace().collect();
        words.join(" ").to_lowercase()
    };
    if name.trim().is_empty()
        || plain(name) == plain(&person.display_name)
        || is_theirs(name, person)
    {
        return Ok(());
    }
    let message = "the directory has another name for this ticket's requester; what is asked for concerns them and \
                   nobody else";
    Err(Problem::invalid("user_name", message))
}

impl ApprovalRequested {
    fn new(approval: &Approval) -> Self {
        Self {
            request_id: approval.id.to_string(),
            manager_approval_request_id: approval.id.to_string(),
            status: approval.state.as_str(),
            expires_at: approval.expires_at,
            payload_hash: approval.plan_hash(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::consent_page::tests::asked;
    use crate::plan::tests::john;

    #[test]
    fn a_name_that_is_somebody_elses_is_refused_and_spelling_forgiven() {
        for name in ["", "john  doe", "John Doe", "john.doe@company.com"] {
            assert!(named_so(name, &john()).is_ok(), "{name}");
        }
        assert!(named_so("Jane Smith", &john()).is_err());
    }

    #[test]
    fn only_a_request_that_asks_just_this_of_just_them_stands_for_it() {
        let seen = asked();
        let question = |approver: &str| Question {
            approver: Person {
                id: domain::UserId::parse(approver).unwrap(),
                ..john()
            },
            mail: String::new(),
            plan: seen.plan.clone(),
            shown: Vec::new(),
            asked_by: String::new(),
            lasts: LASTS,
        };
        let stands = |question: &Question, now| standing(&[asked()], question, now).is_some();
        assert!(stands(&question("def-456"), seen.requested_at));
        assert!(!stands(&question("def-456"), seen.expires_at));
        assert!(!stands(&question("ghi-789"), seen.requested_at));
        let mut other = question("def-456");
        other.plan[0].target = None;
        assert!(!stands(&other, seen.requested_at));
    }
}
