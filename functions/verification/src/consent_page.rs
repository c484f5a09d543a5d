//! The page behind the link in a manager's mail. It works without scripts.

use crate::consent_mail::short;
use crate::plan::moment;
use axum::response::Response;
use domain::{Approval, ApprovalState};
use http::StatusCode;
use kit::{escape, page};

/// Characters that a comment may have.
pub(crate) const COMMENT: usize = 500;

/// The page with the plan and both buttons.
pub(crate) fn question(
    prefix: &str,
    ticket: &str,
    approval: &Approval,
    token: &str,
    alert: Option<&str>,
) -> Response {
    let alert = alert.map(|text| format!("<p role=\"alert\">{}</p>", escape(text)));
    let body = format!(
        "{}{}<form method=\"post\" action=\"{prefix}/approvals\">\
         <input type=\"hidden\" name=\"token\" value=\"{}\"><input type=\"hidden\" name=\"plan\" value=\"{}\">\
         <label for=\"comment\">Comment, if you like</label>\
         <textarea id=\"comment\" name=\"comment\" rows=\"3\" maxlength=\"{COMMENT}\"></textarea>\
         <button name=\"decision\" value=\"approve\">Approve</button>\
         <button class=\"quiet\" name=\"decision\" value=\"deny\">Deny</button></form>",
        alert.as_deref().unwrap_or_default(),
        plan(ticket, approval),
        escape(token),
        escape(&approval.plan_hash()),
    );
    let status = if alert.is_some() {
        StatusCode::UNPROCESSABLE_ENTITY
    } else {
        StatusCode::OK
    };
    page(status, "Do you approve?", &body)
}

/// The page once this answer was recorded.
pub(crate) fn thanks(ticket: &str, approval: &Approval) -> Response {
    let (title, text) = match approval.state {
        ApprovalState::Approved { .. } => (
            "You approved",
            "It goes on now. You can close this page; the link says no more than this.",
        ),
        _ => (
            "You denied",
            "Nothing of this is done. An agent takes over. You can close this page.",
        ),
    };
    let body = format!("<p>{text}</p>{}", plan(ticket, approval));
    page(StatusCode::OK, title, &body)
}

/// The page of a request that takes no answer any more: what became of it, and by whom.
pub(crate) fn settled(status: StatusCode, ticket: &str, approval: &Approval) -> Response {
    let by = escape(&approval.approver_mail);
    let (title, text) = match &approval.state {
        ApprovalState::Approved { at } => (
            "Already decided",
            format!("It was approved by {by} at {}.", moment(*at)),
        ),
        ApprovalState::Denied { at } => (
            "Already decided",
            format!("It was denied by {by} at {}.", moment(*at)),
        ),
        ApprovalState::Cancelled { at } => (
            "No answer is needed any more",
            format!("What asked for it was stopped at {}.", moment(*at)),
        ),
        ApprovalState::Pending | ApprovalState::Expired { .. } => (
            "It is too late to answer",
            format!(
                "The question stood until {}. Nothing of this is done by it; an agent takes over, or asks you again.",
                moment(approval.expires_at)
            ),
        ),
    };
    let body = format!("<p role=\"alert\">{text}</p>{}", plan(ticket, approval));
    page(status, title, &body)
}

/// The page of a link that leads nowhere. It is the same for each, so that nobody learns why.
pub(crate) fn nowhere() -> Response {
    page(
        StatusCode::NOT_FOUND,
        "This link does not work",
        "<p>It is not whole, is too old, or a newer mail has taken its place. Open the link of the newest mail, or ask \
         the service desk.</p>",
    )
}

/// The page of a form that was not made for this plan.
pub(crate) fn another_plan() -> Response {
    page(
        StatusCode::CONFLICT,
        "This page is out of date",
        "<p role=\"alert\">What you were shown is not what is asked now. Open the link of your mail again.</p>",
    )
}

fn plan(ticket: &str, approval: &Approval) -> String {
    let lines = approval.shown.iter();
    let lines: Vec<String> = lines
        .map(|line| format!("<li>{}</li>", escape(line)))
        .collect();
    format!(
        "<ul>{}</ul><dl><dt>Ticket</dt><dd>{}</dd><dt>Asked by</dt><dd>{}</dd><dt>Asked of</dt><dd>{}</dd>\
         <dt>Answer until</dt><dd>{}</dd><dt>Plan</dt><dd><code>{}</code></dd></dl>",
        lines.concat(),
        escape(ticket),
        escape(&approval.asked_by),
        escape(&approval.approver_mail),
        moment(approval.expires_at),
        short(approval),
    )
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use domain::{Planned, RequestId, TicketId, UserId};
    use jiff::Timestamp;

    pub(crate) fn asked() -> Approval {
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        let ticket_id = TicketId::from_bits(1);
        Approval {
            id: RequestId::of_approval(ticket_id, 1),
            ticket_id,
            approver: UserId::parse("def-456").unwrap(),
            approver_mail: "jane.smith@company.com".to_owned(),
            plan: vec![Planned {
                action: "grant_access".to_owned(),
                subject: UserId::parse("abc-123").unwrap(),
                target: Some("grp-1".to_owned()),
                expires_at: None,
                spent: None,
            }],
            shown: vec!["Give access to <John>: grp-1".to_owned()],
            asked_by: "An API key (key-1)".to_owned(),
            state: ApprovalState::Pending,
            channel: None,
            comment: None,
            requested_at: at("2026-11-22T07:00:00Z"),
            sent_at: None,
            expires_at: at("2026-11-22T08:00:00Z"),
            link_hash: String::new(),
            waiting: None,
            sealed_token: None,
            rev: 1,
        }
    }

    async fn html(response: Response) -> String {
        let bytes = axum::body::to_bytes(response.into_body(), 1 << 16).await;
        String::from_utf8(bytes.unwrap().to_vec()).unwrap()
    }

    #[tokio::test]
    async fn a_page_shows_the_plan_as_text_and_asks_with_two_buttons_and_no_script() {
        let shown = question("/live", "HLP-7", &asked(), "t0k-en", None);
        assert_eq!(shown.status(), StatusCode::OK);
        let html = html(shown).await;
        for part in [
            "<li>Give access to &lt;John&gt;: grp-1</li>",
            "action=\"/live/approvals\"",
            "name=\"token\" value=\"t0k-en\"",
            "<button name=\"decision\" value=\"approve\">",
            "value=\"deny\">Deny</button>",
            "<label for=\"comment\">",
            &asked().plan_hash()[..12],
        ] {
            assert!(html.contains(part), "{part} is not in {html}");
        }
        assert!(!html.contains("<script") && !html.contains("onclick"));
    }

    #[tokio::test]
    async fn a_settled_request_says_by_whom_and_offers_no_button() {
        let at = asked().requested_at;
        let denied = Approval {
            state: ApprovalState::Denied { at },
            ..asked()
        };
        let html = html(settled(StatusCode::CONFLICT, "HLP-7", &denied)).await;
        assert!(
            html.contains("denied by jane.smith@company.com at 2026-11-22 07:00 UTC"),
            "{html}"
        );
        assert!(!html.contains("<button"), "{html}");
    }
}
