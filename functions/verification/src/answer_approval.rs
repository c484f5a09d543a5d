//! `POST /approvals`: a manager approves or denies, with the page's form. The token is what vouches; it stands in the form
//! alone, so that no other page can send it.

use crate::consent_page::{COMMENT, another_plan, nowhere, question, settled, thanks};
use crate::decide::record;
use crate::link::linked;
use audit::Actor;
use axum::response::Response;
use domain::{ApprovalState, Verdict};
use http::StatusCode;
use kit::{Anyone, App, Form, Problem, Problems, path_prefix, same};
use utoipa::ToSchema;

/// The page's form.
#[expect(
    dead_code,
    reason = "the form as the document shows it; its fields are read by name"
)]
#[derive(ToSchema)]
pub struct ApprovalForm {
    /// From the link.
    token: String,
    /// The hash of the plan that the page showed.
    plan: String,
    /// `approve` or `deny`.
    decision: String,
    /// Up to 500 characters, for whoever asked.
    comment: Option<String>,
}

/// Approve or deny, once. The first answer stands; who comes second is told by whom.
#[utoipa::path(post, path = "/approvals", operation_id = "answer_approval",
    request_body(content = ApprovalForm, content_type = "application/x-www-form-urlencoded"),
    responses(Problems, (status = 200, description = "The answer stands.", body = String, content_type = "text/html"),
        (status = 404, description = "The link leads nowhere.", body = String, content_type = "text/html"),
        (status = 409, description = "It was decided before, or is not needed any more.", body = String, content_type = "text/html"),
        (status = 410, description = "It is too late to answer.", body = String, content_type = "text/html")))]
pub async fn answer_approval(app: App, _anyone: Anyone, form: Form) -> Result<Response, Problem> {
    let token = form.field("token");
    let Some(link) = linked(&app, token).await? else {
        return Ok(nowhere());
    };
    let approval = &link.approval;
    let verdict = match form.field("decision") {
        "approve" => Verdict::Approve,
        "deny" => Verdict::Deny,
        _ => {
            let prefix = path_prefix(&app.config().public_base_url);
            let alert = Some("Press Approve or Deny.");
            return Ok(question(prefix, &link.ticket, approval, token, alert));
        }
    };
    if !same(form.field("plan"), &approval.plan_hash()) {
        return Ok(another_plan());
    }
    let comment = comment(form.field("comment"));
    let approver = Actor::User(approval.approver.to_string());
    let recorded = record(
        &app,
        &link.tenant,
        &approval.id,
        verdict,
        comment.as_deref(),
        &approver,
    )
    .await?;
    let approval = &recorded.approval;
    if recorded.counted {
        return Ok(thanks(&link.ticket, approval));
    }
    let status = match approval.state {
        ApprovalState::Approved { .. }
        | ApprovalState::Denied { .. }
        | ApprovalState::Cancelled { .. } => StatusCode::CONFLICT,
        ApprovalState::Pending | ApprovalState::Expired { .. } => StatusCode::GONE,
    };
    Ok(settled(status, &link.ticket, approval))
}

/// What the manager wrote, if anything: without what is no text, and no longer than the page lets it be.
fn comment(text: &str) -> Option<String> {
    let text: String = text
        .chars()
        .filter(|c| !c.is_control() || *c == '\n')
        .take(COMMENT)
        .collect();
    let text = text.trim();
    (!text.is_empty()).then(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_comment_is_text_of_bounded_length_or_none() {
        assert_eq!(comment(" \r\n"), None);
        assert_eq!(comment(" fine\r\n\u{0}go "), Some("fine\ngo".to_owned()));
        assert_eq!(comment(&"a".repeat(9_000)).unwrap().len(), COMMENT);
    }
}
