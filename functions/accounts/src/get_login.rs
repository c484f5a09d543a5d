//! `GET /login`: the page where people sign in with a browser.

use crate::company::company;
use crate::page::{HOME, escape, onward, page};
use auth::is_token;
use axum::response::Response;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use http::{HeaderMap, StatusCode};
use kit::{Anyone, App, Params, Problem, ProblemBody, cookie, path_prefix, set_cookie};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Deserialize;
use utoipa::IntoParams;

/// The cookie that shows that our page sent its form.
pub(crate) const CSRF: &str = "deskhand_csrf";
/// How long the page may lie open, in seconds.
const PAGE_S: u64 = 3600;

/// What the page is to show.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct LoginQuery {
    /// The path to go on to afterwards.
    #[serde(default)]
    #[param(example = "/account")]
    next: String,
    /// The name or id of the organization whose people sign in with their company.
    #[serde(default)]
    #[param(example = "example")]
    organization: String,
}

/// What stands on the page.
pub(crate) struct LoginPage<'a> {
    /// The path to go on to.
    pub(crate) next: &'a str,
    /// What was entered as the address.
    pub(crate) email: &'a str,
    /// The id of an organization whose people sign in with their company.
    pub(crate) organization: Option<&'a str>,
    /// What is wrong.
    pub(crate) alert: Option<&'a str>,
}

/// The page where people sign in with a browser: with a password, or with their company.
#[utoipa::path(get, path = "/login", operation_id = "get_login", params(LoginQuery),
    responses((status = 200, description = "The page.", body = String, content_type = "text/html"),
        (status = 429, description = "Too many requests from this address.", body = ProblemBody)))]
pub(crate) async fn get_login(
    app: App,
    _anyone: Anyone,
    headers: HeaderMap,
    Params(asked): Params<LoginQuery>,
) -> Result<Response, Problem> {
    let named = asked.organization.trim();
    let known = if named.is_empty() {
        None
    } else {
        company(&app, named).await?
    };
    let alert = (known.is_none() && !named.is_empty()).then_some(
        "There is no company sign-in under this name. Check the name, or sign in with your password.",
    );
    let login = LoginPage {
        next: onward(&asked.next),
        email: "",
        organization: known.as_ref().map(|company| company.tenant.as_str()),
        alert,
    };
    Ok(login.shown(&app, &headers, StatusCode::OK))
}

impl LoginPage<'_> {
    /// The page, with what its form has to show for itself.
    pub(crate) fn shown(&self, app: &App, headers: &HeaderMap, status: StatusCode) -> Response {
        let kept = cookie(headers, CSRF).filter(|kept| is_token(kept));
        let csrf = kept.map_or_else(
            || URL_SAFE_NO_PAD.encode(app.ids().bytes(32)),
            str::to_owned,
        );
        let prefix = path_prefix(&app.config().public_base_url);
        let mut response = page(status, "Sign in", &self.html(prefix, &csrf));
        set_cookie(&mut response, app.config(), CSRF, &csrf, PAGE_S);
        response
    }

    fn html(&self, prefix: &str, csrf: &str) -> String {
        let (next, email) = (escape(self.next), escape(self.email));
        let alert = self.alert.map_or(String::new(), |alert| {
            format!("<p role=\"alert\">{}</p>", escape(alert))
        });
        let organization = escape(self.organization.unwrap_or_default());
        let with_company = match self.organization {
            Some(id) => format!(
                "<a class=\"button\" href=\"{prefix}/oidc/login?organization={}&amp;next={}\">Sign in with your company</a>",
                encoded(id),
                encoded(self.next)
            ),
            None => format!(
                "<form method=\"get\" action=\"{prefix}/login\"><input type=\"hidden\" name=\"next\" value=\"{next}\">\
                 <label for=\"organization\">Your organization's name or id</label>\
                 <input id=\"organization\" name=\"organization\" autocomplete=\"organization\" required>\
                 <button>Sign in with your company</button></form>"
            ),
        };
        format!(
            "{alert}<form method=\"post\" action=\"{prefix}/login\">\
             <input type=\"hidden\" name=\"csrf\" value=\"{csrf}\"><input type=\"hidden\" name=\"next\" value=\"{next}\">\
             <input type=\"hidden\" name=\"organization\" value=\"{organization}\">\
             <label for=\"email\">E-mail address</label>\
             <input id=\"email\" name=\"email\" value=\"{email}\" autocomplete=\"username\" autocapitalize=\"none\" required autofocus>\
             <label for=\"password\">Password</label>\
             <input id=\"password\" name=\"password\" type=\"password\" autocomplete=\"current-password\" required>\
             <button>Sign in</button></form><hr>{with_company}"
        )
    }
}

/// Text as it stands in a query.
fn encoded(text: &str) -> String {
    utf8_percent_encode(text, NON_ALPHANUMERIC).to_string()
}

impl Default for LoginPage<'_> {
    fn default() -> Self {
        Self {
            next: HOME,
            email: "",
            organization: None,
            alert: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_entered_comes_back_as_text() {
        let page = LoginPage {
            next: "/a?b=\"c\"&d",
            email: "\"><script>alert(1)</script>",
            organization: Some("acme-1"),
            alert: Some("<no>"),
        };
        let html = page.html("/live", "token");
        assert!(
            !html.contains("<script>") && !html.contains("<no>"),
            "{html}"
        );
        assert!(html.contains("action=\"/live/login\""), "{html}");
        let way = "href=\"/live/oidc/login?organization=acme%2D1&amp;next=%2Fa%3Fb%3D%22c%22%26d\"";
        assert!(html.contains(way), "{html}");
    }

    #[test]
    fn every_field_has_its_label_and_the_password_is_never_filled_in() {
        let html = LoginPage::default().html("", "token");
        for field in ["email", "password", "organization"] {
            assert!(
                html.contains(&format!("<label for=\"{field}\">")),
                "{field}"
            );
            assert!(
                html.contains(&format!("<input id=\"{field}\" name=\"{field}\"")),
                "{field}"
            );
        }
        assert!(html.contains("name=\"csrf\" value=\"token\""));
        assert!(!html.contains("type=\"password\" value"));
    }
}
