//! Invitations: what the mail says, and the page behind its link.

use crate::page::{escape, page};
use axum::response::Response;
use http::StatusCode;
use jiff::SignedDuration;
use kit::Problem;

/// How long an invitation works.
pub(crate) const LASTS: SignedDuration = SignedDuration::from_hours(7 * 24);
/// The subject of its mail.
pub(crate) const SUBJECT: &str = "You are invited";

/// The text of an invitation's mail.
pub(crate) fn text(base: &str, organization: &str, token: &str) -> String {
    format!(
        "You are invited to work with {organization} on Deskhand.\n\n\
         To accept, open this page within 7 days and choose a password:\n\n\
         {base}/invitations?token={token}\n\n\
         If you expect no invitation, do nothing.\n"
    )
}

/// The beginning of an invitation's hash, by which the record names it.
pub(crate) fn short(hash: &str) -> &str {
    &hash[..hash.len().min(12)]
}

/// The token is none, was used, or is over: nobody learns which.
pub(crate) fn gone() -> Problem {
    Problem::new(
        StatusCode::NOT_FOUND,
        "RESOURCE_NOT_FOUND",
        "this invitation is unknown, was used, or is more than 7 days old; ask whoever invited you for another",
    )
}

/// The page with the form that accepts an invitation.
pub(crate) fn form(prefix: &str, organization: &str, email: &str, token: &str) -> Response {
    let (organization, email) = (escape(organization), escape(email));
    let field = |name: &str, label: &str, more: &str| {
        format!("<label for=\"{name}\">{label}</label><input id=\"{name}\" name=\"{name}\" {more}>")
    };
    let fields = [
        field(
            "username",
            "User name",
            &format!("value=\"{email}\" autocomplete=\"username\" autocapitalize=\"none\" maxlength=\"150\" required"),
        ),
        field("first_name", "First name", "autocomplete=\"given-name\" maxlength=\"150\""),
        field("last_name", "Last name", "autocomplete=\"family-name\" maxlength=\"150\""),
        field(
            "password",
            "Password, 8 characters or more",
            "type=\"password\" autocomplete=\"new-password\" minlength=\"8\" required",
        ),
    ]
    .concat();
    let body = format!(
        "<p>{organization} invites {email}.</p><form method=\"post\" action=\"{prefix}/invitations\">\
         <input type=\"hidden\" name=\"token\" value=\"{}\">{fields}<button>Accept</button></form>",
        escape(token)
    );
    page(StatusCode::OK, "You are invited", &body)
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn html(response: Response) -> String {
        let bytes = axum::body::to_bytes(response.into_body(), 1 << 16).await;
        String::from_utf8(bytes.unwrap().to_vec()).unwrap()
    }

    #[test]
    fn the_link_stands_alone_on_its_line() {
        let token = auth::mint("", &[7; 32]).plain;
        let text = text("https://desk.example.com", "Example", &token);
        let link = format!("https://desk.example.com/invitations?token={token}");
        assert!(text.lines().any(|line| line == link), "{text}");
        assert_eq!(short(&auth::fingerprint(token.as_bytes())).len(), 12);
    }

    #[tokio::test]
    async fn a_name_is_no_html_on_the_page_and_every_field_has_its_label() {
        let html = html(form("/live", "<b>\"A\" & 'B'", "jane@example.com", "t")).await;
        assert!(
            html.contains("&lt;b&gt;&quot;A&quot; &amp; &#39;B&#39; invites"),
            "{html}"
        );
        assert!(
            html.contains("action=\"/live/invitations\"")
                && html.contains("name=\"token\" value=\"t\"")
        );
        for name in ["username", "password", "first_name", "last_name"] {
            assert!(html.contains(&format!("<label for=\"{name}\">")), "{name}");
            assert!(
                html.contains(&format!("<input id=\"{name}\" name=\"{name}\"")),
                "{name}"
            );
        }
    }
}
