//! A browser in front of our pages.

use std::collections::BTreeMap;

use deskhand_tests::{anonymous, answer};
use reqwest::{Client, Method, RequestBuilder, Response, Url, redirect::Policy};
use serde_json::{Value, json};

use crate::desk::{Desk, Person};

/// A browser that follows no redirect by itself, and what it keeps for us.
pub(crate) struct Browser<'a> {
    pub(crate) desk: Desk<'a>,
    http: Client,
    pub(crate) jar: BTreeMap<String, String>,
}

/// What a browser was answered with.
pub(crate) struct Shown {
    pub(crate) status: u16,
    pub(crate) to: String,
    pub(crate) page: String,
}

impl Browser<'static> {
    /// One in front of the deployment that all journeys share.
    pub(crate) async fn open() -> Self {
        Self::before(Desk::shared().await)
    }
}

impl<'a> Browser<'a> {
    /// One in front of a desk's deployment.
    pub(crate) fn before(desk: Desk<'a>) -> Self {
        let http = Client::builder().no_proxy().redirect(Policy::none());
        Self {
            desk,
            http: http.build().unwrap(),
            jar: BTreeMap::new(),
        }
    }

    /// A request with what the browser keeps for us.
    pub(crate) fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let url = format!("{}{path}", self.desk.deployment.api());
        let pairs = self
            .jar
            .iter()
            .map(|(name, value)| format!("{name}={value}"));
        let cookies = pairs.collect::<Vec<_>>().join("; ");
        self.http.request(method, url).header("cookie", cookies)
    }

    /// Sends a request and keeps what it is told to.
    pub(crate) async fn show(&mut self, request: RequestBuilder) -> Shown {
        let response: Response = request.send().await.unwrap();
        for line in response.headers().get_all("set-cookie") {
            let line = line.to_str().unwrap();
            assert!(line.contains("; HttpOnly; SameSite=Lax"), "{line}");
            let (name, rest) = line.split_once('=').unwrap();
            let value = rest.split(';').next().unwrap();
            if line.contains("Max-Age=0") {
                self.jar.remove(name);
            } else {
                self.jar.insert(name.to_owned(), value.to_owned());
            }
        }
        let to = response.headers().get("location");
        Shown {
            status: response.status().as_u16(),
            to: to.map_or("", |to| to.to_str().unwrap()).to_owned(),
            page: response.text().await.unwrap(),
        }
    }

    pub(crate) async fn get(&mut self, path: &str) -> Shown {
        let request = self.request(Method::GET, path);
        self.show(request).await
    }

    pub(crate) async fn post(&mut self, path: &str, form: &[(&str, &str)]) -> Shown {
        let request = self.request(Method::POST, path).form(form);
        self.show(request).await
    }

    /// The path by which the company's sign-in sends this person back to us.
    pub(crate) async fn way_back(&mut self, person: &str) -> String {
        let organization = self.desk.deployment.endpoints().tenant();
        self.way_back_to(organization, person).await
    }

    /// The same to an organization of one's own.
    pub(crate) async fn way_back_to(&mut self, organization: &str, person: &str) -> String {
        let begun = self
            .get(&format!(
                "/oidc/login?organization={organization}&next=/account"
            ))
            .await;
        assert_eq!(begun.status, 302, "{}", begun.page);
        let mut issuer = Url::parse(&begun.to).unwrap();
        assert!(
            issuer.as_str().starts_with(self.desk.deployment.sandbox()),
            "{issuer}"
        );
        issuer
            .query_pairs_mut()
            .append_pair("login_hint", person)
            .append_pair("auto", "1");
        let sent = self.http.get(issuer).send().await.unwrap();
        assert_eq!(sent.status(), 302);
        let back = sent.headers()["location"].to_str().unwrap();
        let path = back.strip_prefix(self.desk.deployment.api());
        path.unwrap_or_else(|| panic!("{back} is not ours"))
            .to_owned()
    }

    /// Signs this person in with their company.
    pub(crate) async fn sign_in(&mut self, person: &Person) -> Shown {
        let back = self.way_back(&person.email).await;
        self.get(&back).await
    }

    /// The session's token.
    pub(crate) fn token(&self) -> &str {
        &self.jar["deskhand_session"]
    }

    /// Who the session says they are.
    pub(crate) async fn me(&self) -> (u16, Value) {
        let request = anonymous(self.desk.deployment, Method::GET, "/api/me");
        answer(request.bearer_auth(self.token())).await
    }

    /// Gives this person these groups.
    pub(crate) async fn group(&self, person: &Person, groups: &[&str]) {
        let path = format!("/_sandbox/users/{}", person.email);
        let groups = json!({"groups": groups});
        self.desk.sandbox(Method::PUT, &path, Some(&groups)).await;
    }
}

/// The value of a page's hidden field.
pub(crate) fn field<'a>(page: &'a str, name: &str) -> &'a str {
    let mark = format!("name=\"{name}\" value=\"");
    let (_, rest) = page
        .split_once(&mark)
        .unwrap_or_else(|| panic!("no {name}: {page}"));
    rest.split('"').next().unwrap()
}
