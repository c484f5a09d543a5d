//! Asking Microsoft Graph.

use crate::Config;
use domain::{GroupId, UserId};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use ports::CallError;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use url::{Host, Url};
use vendor_http::{Answer, Ask, Client, Deadline, Grant, Hosts, Vendor, Words, under};

/// The header by which Microsoft's support finds a call of ours.
pub(crate) const REQUEST_ID: &str = "client-request-id";

/// What a path segment or a quoted text in a query may hold unencoded.
const PLAIN: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~')
    .remove(b'@');

pub(crate) struct Graph {
    vendor: Vendor,
    base: String,
    grant: Grant,
}

impl Graph {
    pub(crate) fn new(config: &Config, http: Client) -> Self {
        let hosts = Hosts::of([config.graph_url.as_str(), config.login_url.as_str()]);
        let tenant = encoded(&config.tenant_id);
        Self {
            vendor: http.vendor("Microsoft Graph", hosts),
            base: under(&config.graph_url, "v1.0"),
            grant: Grant {
                url: under(&config.login_url, &format!("{tenant}/oauth2/v2.0/token")),
                client_id: config.client_id.clone(),
                client_secret: config.client_secret.clone(),
                by: vendor_http::By::Client,
                more: vec![("scope", scope(&config.graph_url))],
            },
        }
    }

    pub(crate) fn vendor(&self) -> &Vendor {
        &self.vendor
    }

    /// Our own application.
    pub(crate) fn client_id(&self) -> &str {
        &self.grant.client_id
    }

    /// The address of `path`.
    pub(crate) fn at(&self, path: &str) -> String {
        under(&self.base, path)
    }

    pub(crate) async fn call(&self, ask: &Ask, by: Deadline) -> Result<Answer, CallError> {
        self.vendor.call_with(&self.grant, ask, by).await
    }

    /// `id` as one segment of a path. The two names that a path takes for steps, and none, name nothing.
    pub(crate) fn segment(&self, id: &str, about: About) -> Result<String, CallError> {
        if matches!(id.trim(), "" | "." | "..") {
            return Err(self.vendor.not_found(about.what));
        }
        Ok(encoded(id))
    }

    /// What there is at `path`.
    pub(crate) async fn read<T: DeserializeOwned>(
        &self,
        path: &str,
        about: About,
        by: Deadline,
    ) -> Result<T, CallError> {
        self.read_at(&self.at(path), about, by).await
    }

    /// What the first `most` pages of the collection at `path` hold, and whether that is all. Any page but the last
    /// may be empty.
    pub(crate) async fn pages<T: DeserializeOwned>(
        &self,
        path: &str,
        about: About,
        most: usize,
        by: Deadline,
    ) -> Result<(Vec<T>, bool), CallError> {
        let mut values = Vec::new();
        let mut next = Some(self.at(path));
        for _ in 0..most {
            let Some(url) = next else {
                break;
            };
            let page: Page<T> = self.read_at(&url, about, by).await?;
            values.extend(page.value);
            next = page.next_link;
        }
        Ok((values, next.is_none()))
    }

    async fn read_at<T: DeserializeOwned>(
        &self,
        url: &str,
        about: About,
        by: Deadline,
    ) -> Result<T, CallError> {
        self.read_by(&Ask::get(url), about, by).await
    }

    /// What `ask`, which reads, is answered.
    pub(crate) async fn read_by<T: DeserializeOwned>(
        &self,
        ask: &Ask,
        about: About,
        by: Deadline,
    ) -> Result<T, CallError> {
        let answer = self.call(ask, by).await?;
        if !answer.is_success() {
            return Err(self.refusal(&answer, about));
        }
        answer.json().ok_or_else(|| self.vendor.garbled(ask))
    }

    /// Does what `ask` says; only 2xx is success.
    pub(crate) async fn act(&self, ask: &Ask, about: About, by: Deadline) -> Result<(), CallError> {
        let answer = self.call(ask, by).await?;
        if answer.is_success() {
            return Ok(());
        }
        Err(self.refusal(&answer, about))
    }

    /// Takes a member out of a group. This is the one place that writes such a path, because without `/$ref` the same
    /// DELETE takes the user out of the directory.
    pub(crate) async fn unlink(
        &self,
        (group, user): (&GroupId, &UserId),
        client_request_id: &str,
        about: About,
        by: Deadline,
    ) -> Result<(), CallError> {
        let group = self.segment(group.as_str(), about)?;
        let user = self.segment(user.as_str(), about)?;
        let path = format!("groups/{group}/members/{user}/$ref");
        self.remove(&path, client_request_id, about, by).await
    }

    /// Takes a sign-in method of somebody's away; `kind` is the collection it is in.
    pub(crate) async fn remove_method(
        &self,
        user: &UserId,
        (kind, id): (&'static str, &str),
        client_request_id: &str,
        about: About,
    ) -> Result<(), CallError> {
        let user = self.segment(user.as_str(), about)?;
        let id = self.segment(id, about)?;
        let path = format!("users/{user}/authentication/{kind}/{id}");
        let by = self.vendor.writing();
        self.remove(&path, client_request_id, about, by).await
    }

    /// What is not there is taken away already.
    async fn remove(
        &self,
        path: &str,
        client_request_id: &str,
        about: About,
        by: Deadline,
    ) -> Result<(), CallError> {
        let ask = Ask::remove(&self.at(path)).header(REQUEST_ID, client_request_id);
        let answer = self.call(&ask, by).await?;
        if answer.is_success() || answer.status() == 404 {
            return Ok(());
        }
        Err(self.refusal(&answer, about))
    }

    /// The error for an answer that is not 2xx.
    pub(crate) fn refusal(&self, answer: &Answer, about: About) -> CallError {
        if answer.status() == 404 {
            return self.vendor.not_found(about.what);
        }
        let error = self.vendor.refusal(answer, words(answer));
        match error {
            CallError::Misconfigured { vendor, message } if answer.status() == 403 => {
                let advice = format!(
                    "; consent to the application permission {} in the tenant",
                    about.right
                );
                CallError::Misconfigured {
                    vendor,
                    message: message + &advice,
                }
            }
            other => other,
        }
    }
}

/// Graph's own code and words.
pub(crate) fn words(answer: &Answer) -> Words {
    answer.words(&["/error/code"], &["/error/message"], &[])
}

/// What a call is about: for a 404, what it did not find; for a 403, which application permission it takes.
#[derive(Clone, Copy)]
pub(crate) struct About {
    pub(crate) what: &'static str,
    pub(crate) right: &'static str,
}

impl About {
    pub(crate) const fn of(what: &'static str, right: &'static str) -> Self {
        Self { what, right }
    }
}

/// Reading a user.
pub(crate) const USER: About = About::of("user", "User.Read.All");

#[derive(Deserialize)]
pub(crate) struct Page<T> {
    pub(crate) value: Vec<T>,
    #[serde(rename = "@odata.nextLink")]
    next_link: Option<String>,
}

pub(crate) fn encoded(text: &str) -> String {
    utf8_percent_encode(text, PLAIN).to_string()
}

/// Graph's own scope; a national cloud's is under its own host.
fn scope(graph_url: &str) -> String {
    let national = Url::parse(graph_url).ok().and_then(|url| {
        let Some(Host::Domain(host)) = url.host() else {
            return None;
        };
        (url.scheme() == "https").then(|| host.to_owned())
    });
    let host = national.as_deref().unwrap_or("graph.microsoft.com");
    format!("https://{host}/.default")
}
