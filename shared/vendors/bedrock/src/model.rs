//! The port `SecondOpinion`.

use crate::converse::{Answer, request};
use crate::sign::signed;
use async_trait::async_trait;
use aws_credential_types::Credentials;
use domain::PlaybookName;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use ports::{CallError, NoOpinion, Opinion, SecondOpinion};
use vendor_http::{Ask, Client, Hosts, Vendor, under};

/// What stands in a path as it is.
const PLAIN: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// Which model is asked, and where.
#[derive(Debug, Clone)]
pub struct Config {
    /// `https://bedrock-runtime.<region>.amazonaws.com`.
    pub base_url: String,
    /// The region that requests are signed for.
    pub region: String,
    /// The model's id.
    pub model: String,
}

/// A model at Bedrock.
pub struct Bedrock {
    vendor: Vendor,
    config: Config,
    credentials: Credentials,
}

impl Bedrock {
    /// The model in `config`, asked through `http` with these credentials.
    #[must_use]
    pub fn new(config: Config, credentials: Credentials, http: Client) -> Self {
        let hosts = Hosts::of([config.base_url.as_str()]);
        Self {
            vendor: http.vendor("Bedrock", hosts),
            config,
            credentials,
        }
    }

    async fn converse(&self, said: &str, playbooks: &[PlaybookName]) -> Result<Answer, CallError> {
        let model = utf8_percent_encode(&self.config.model, PLAIN);
        let url = under(&self.config.base_url, &format!("model/{model}/converse"));
        // Each answer is paid for: nothing that may have been heard is said again.
        let ask = Ask::act(&url).json(&request(said, playbooks));
        let now = self.vendor.now().into();
        let ask = signed(ask, &self.credentials, &self.config.region, now);
        let ask = ask.ok_or_else(|| self.vendor.misconfigured("a request cannot be signed"))?;
        let answer = match self.vendor.call(&ask, self.vendor.reading()).await {
            // Nothing happened there that anybody has to look for.
            Err(CallError::Unknown { message, .. }) => {
                return Err(self.vendor.unavailable(message));
            }
            other => other?,
        };
        if !answer.is_success() {
            let mut words = answer.words(&[], &["/message", "/Message"], &[said]);
            if let Some(kind) = answer.header("x-amzn-errortype") {
                kind.split(':')
                    .next()
                    .unwrap_or_default()
                    .clone_into(&mut words.code);
            }
            return Err(self.vendor.refusal(&answer, words));
        }
        let read = answer.json();
        read.ok_or_else(|| self.vendor.unavailable("its answer cannot be understood"))
    }
}

#[async_trait]
impl SecondOpinion for Bedrock {
    fn name(&self) -> &str {
        &self.config.model
    }

    async fn opinion(&self, said: &str, playbooks: &[PlaybookName]) -> Result<Opinion, NoOpinion> {
        let answer = self.converse(said, playbooks).await?;
        answer.opinion(playbooks).map_err(|what| NoOpinion::Odd {
            vendor: "Bedrock",
            what,
        })
    }
}
