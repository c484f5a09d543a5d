//! Asking Microsoft Graph.

use crate::Config;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use ports::CallError;
use url::{Host, Url};
use vendor_http::{Answer, Ask, Client, Deadline, Grant, Hosts, Vendor, under};

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

    /// The address of `path`.
    pub(crate) fn at(&self, path: &str) -> String {
        under(&self.base, path)
    }

    pub(crate) async fn call(&self, ask: &Ask, by: Deadline) -> Result<Answer, CallError> {
        self.vendor.call_with(&self.grant, ask, by).await
    }

    /// The error for an answer that is not 2xx: a 404 is about `what`.
    pub(crate) fn refusal(&self, answer: &Answer, what: &'static str) -> CallError {
        if answer.status() == 404 {
            return self.vendor.not_found(what);
        }
        let words = answer.words(&["/error/code"], &["/error/message"], &[]);
        self.vendor.refusal(answer, words)
    }
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
