//! `GET /account`: the page that says who is signed in.

use crate::page::{escape, page};
use crate::people::roles_of;
use auth::{AccountRead, Role};
use axum::response::Response;
use http::StatusCode;
use jiff::Timestamp;
use kit::{App, Problem, ProblemBody, Session, path_prefix};
use store::{SignInRow, UserRow};

/// The page that says who is signed in, with the button to sign out. Without a session: the way to the sign-in page.
#[utoipa::path(get, path = "/account", operation_id = "get_account_page",
    responses((status = 200, description = "The page.", body = String, content_type = "text/html"),
        (status = 303, description = "Nobody is signed in.", body = String, content_type = "text/html"),
        (status = 429, description = "The limit of requests is reached.", body = ProblemBody)))]
pub(crate) async fn get_account_page(
    app: App,
    session: Session<AccountRead>,
) -> Result<Response, Problem> {
    let caller = session.caller();
    let id = caller.user_id().ok_or_else(|| Problem::not_found("user"))?;
    let store = app.store();
    let (user, standing) = tokio::try_join!(
        store.user(caller.tenant(), id),
        store.sign_in(caller.tenant(), id)
    )?;
    let user = user.ok_or_else(|| Problem::not_found("user"))?;
    let sessions = standing.map_or(0, |standing| live(&standing, app.clock().now()));
    let shown = Account {
        user: &user,
        organization: caller.tenant().as_str(),
        sessions,
    };
    let prefix = path_prefix(&app.config().public_base_url);
    Ok(page(
        StatusCode::OK,
        "Your account",
        &shown.html(prefix, session.form_token()),
    ))
}

/// What stands on the page.
struct Account<'a> {
    user: &'a UserRow,
    organization: &'a str,
    sessions: usize,
}

impl Account<'_> {
    fn html(&self, prefix: &str, form_token: &str) -> String {
        let name = format!("{} {}", self.user.first_name, self.user.last_name);
        let roles = roles_of(self.user).into_iter().map(Role::name);
        let roles = roles.collect::<Vec<_>>().join(", ");
        let said = [
            ("Name", name.trim()),
            ("E-mail address", &self.user.email),
            ("Organization", self.organization),
            ("Roles", &roles),
            ("Open sessions", &self.sessions.to_string()),
        ];
        let list: Vec<String> = said
            .into_iter()
            .filter(|(_, said)| !said.is_empty())
            .map(|(what, said)| format!("<dt>{what}</dt><dd>{}</dd>", escape(said)))
            .collect();
        let list = list.concat();
        format!(
            "<dl>{list}</dl><form method=\"post\" action=\"{prefix}/login/end\">\
             <input type=\"hidden\" name=\"csrf\" value=\"{form_token}\"><button>Sign out</button></form>"
        )
    }
}

/// How many sessions have not ended yet.
fn live(standing: &SignInRow, now: Timestamp) -> usize {
    let now = u64::try_from(now.as_second()).unwrap_or(0);
    let sessions = standing.s.values();
    sessions.filter(|session| session.x > now).count()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::users::tests::user;
    use store::SessionRow;

    #[test]
    fn the_page_says_who_one_is_and_shows_names_as_text() {
        let mut jane = user(&[Role::Agent, Role::PlaybookAuthor]);
        jane.last_name = "<Smith>".to_owned();
        let shown = Account {
            user: &jane,
            organization: "acme-1",
            sessions: 2,
        };
        let html = shown.html("/live", "form-token");
        for part in [
            "Jane &lt;Smith&gt;",
            "jane@example.com",
            "acme-1",
            "Agent, Playbook author",
            "<dt>Open sessions</dt><dd>2</dd>",
            "action=\"/live/login/end\"",
            "value=\"form-token\"",
        ] {
            assert!(html.contains(part), "{part}: {html}");
        }
    }

    #[test]
    fn a_session_that_ended_is_not_counted() {
        let mut standing = SignInRow::new(true, Vec::new());
        for (sid, x) in [("a", 100), ("b", 101)] {
            standing.s.insert(sid.to_owned(), SessionRow { x, r: None });
        }
        assert_eq!(live(&standing, Timestamp::from_second(100).unwrap()), 1);
    }
}
