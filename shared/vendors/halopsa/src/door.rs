//! Getting in: discovery and the token.

use crate::Config;
use ports::CallError;
use serde::Deserialize;
use tokio::sync::OnceCell;
use url::Url;
use vendor_http::{Answer, Ask, Client, Deadline, Grant, Hosts, Vendor, under};

/// Halo names no time on a 429; its own clients begin with 5 s.
const PATIENCE: std::time::Duration = std::time::Duration::from_secs(5);

/// Asks Halo's API as the configured application.
pub(crate) struct Door {
    vendor: Vendor,
    config: Config,
    grant: OnceCell<Grant>,
}

#[derive(Default, Deserialize)]
struct AuthInfo {
    #[serde(default)]
    auth_url: Option<String>,
    #[serde(default)]
    tenant_id: Option<String>,
}

impl Door {
    pub(crate) fn new(config: Config, http: Client) -> Self {
        let urls = [Some(config.base_url.as_str()), config.token_url.as_deref()];
        let vendor = http
            .vendor("HaloPSA", Hosts::of(urls.into_iter().flatten()))
            .patient(PATIENCE);
        Self {
            vendor,
            config,
            grant: OnceCell::new(),
        }
    }

    pub(crate) fn vendor(&self) -> &Vendor {
        &self.vendor
    }

    pub(crate) fn config(&self) -> &Config {
        &self.config
    }

    /// The address of `path` in the API.
    pub(crate) fn api(&self, path: &str) -> String {
        under(&under(&self.config.base_url, "api"), path)
    }

    pub(crate) async fn call(&self, ask: &Ask, by: Deadline) -> Result<Answer, CallError> {
        let grant = self.grant.get_or_try_init(|| self.discover(by)).await?;
        self.vendor.call_with(grant, ask, by).await
    }

    /// The error for an answer that is neither 2xx nor a 404 with a meaning of its own.
    pub(crate) fn refusal(&self, answer: &Answer) -> CallError {
        let words = answer.words(
            &["/resultCode", "/ClassName", "/error"],
            &["/errorMessage", "/Message", "/error_description", "/error"],
            &[],
        );
        self.vendor.refusal(answer, words)
    }

    async fn discover(&self, by: Deadline) -> Result<Grant, CallError> {
        let config = &self.config;
        let (url, tenant) = match &config.token_url {
            Some(url) => (url.clone(), config.tenant.clone()),
            None => self.authinfo(by).await?,
        };
        let url = match tenant {
            Some(tenant) => with_tenant(&url, &tenant),
            None => url,
        };
        Ok(Grant {
            url,
            client_id: config.client_id.clone(),
            client_secret: config.client_secret.clone(),
            by: vendor_http::By::Client,
            more: vec![("scope", "all".to_owned())],
        })
    }

    /// The token endpoint and tenant that the instance names; `/auth/token` when it names none.
    async fn authinfo(&self, by: Deadline) -> Result<(String, Option<String>), CallError> {
        let answer = self
            .vendor
            .call(&Ask::get(&self.api("authinfo")), by)
            .await?;
        let info: AuthInfo = answer.json().unwrap_or_default();
        let said = |text: Option<String>| text.filter(|text| !text.trim().is_empty());
        let auth_url = said(info.auth_url).unwrap_or_else(|| under(&self.config.base_url, "auth"));
        let tenant = self.config.tenant.clone().or_else(|| said(info.tenant_id));
        Ok((under(&auth_url, "token"), tenant))
    }
}

/// `url?tenant=…`, unless it names a tenant already. What is no URL is refused where it is asked.
fn with_tenant(url: &str, tenant: &str) -> String {
    let Ok(mut parsed) = Url::parse(url) else {
        return url.to_owned();
    };
    if !parsed.query_pairs().any(|(name, _)| name == "tenant") {
        parsed.query_pairs_mut().append_pair("tenant", tenant);
    }
    parsed.into()
}
