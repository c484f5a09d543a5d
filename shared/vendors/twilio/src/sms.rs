//! The port `SendSms`.

use crate::Config;
use crate::message::{Accepted, Page};
use async_trait::async_trait;
use domain::PhoneNumber;
use jiff::Timestamp;
use ports::{CallError, CarrierId, SendSms};
use secrecy::{ExposeSecret, SecretString};
use url::form_urlencoded::Serializer;
use vendor_http::{Answer, Ask, Client, Hosts, Vendor, under};

/// The sender's queue at Twilio is full: nothing was taken, and it empties by itself.
const QUEUE_FULL: &str = "21611";

/// A Twilio account.
pub struct Twilio {
    vendor: Vendor,
    config: Config,
}

impl Twilio {
    /// The account in `config`, asked through `http`.
    #[must_use]
    pub fn new(config: Config, http: Client) -> Self {
        let hosts = Hosts::of([config.base_url.as_str()]);
        Self {
            vendor: http.vendor("Twilio", hosts),
            config,
        }
    }

    fn messages(&self) -> String {
        let path = format!(
            "2010-04-01/Accounts/{}/Messages.json",
            self.config.account_sid
        );
        under(&self.config.base_url, &path)
    }

    fn authorized(&self, ask: Ask) -> Result<Ask, CallError> {
        let (user, secret) = self.config.credential().ok_or_else(|| {
            self.vendor
                .misconfigured("put key_sid and key_secret, or auth_token, into the secret twilio")
        })?;
        Ok(ask.basic(user, secret))
    }

    fn refusal(&self, answer: &Answer, hide: &[&str]) -> CallError {
        let words = answer.words(&["/code"], &["/message"], hide);
        match answer.status() {
            404 => self.vendor.misconfigured(format!(
                "there is no account {}: {}",
                self.config.account_sid, words.message
            )),
            _ if words.code == QUEUE_FULL => self.vendor.unavailable(words.message),
            _ => self.vendor.refusal(answer, words),
        }
    }
}

#[async_trait]
impl SendSms for Twilio {
    #[expect(
        clippy::disallowed_methods,
        reason = "the text goes to the carrier, for the owner of the number"
    )]
    async fn send(&self, to: &PhoneNumber, text: &SecretString) -> Result<CarrierId, CallError> {
        let (sender, name) = self.config.sender().ok_or_else(|| {
            self.vendor
                .misconfigured("put from or messaging_service_sid into the secret twilio")
        })?;
        let text = text.expose_secret();
        let ask =
            Ask::act(&self.messages()).form(&[("To", to.as_str()), (sender, name), ("Body", text)]);
        let ask = self.authorized(ask)?;
        let answer = self.vendor.call(&ask, self.vendor.writing()).await?;
        if !answer.is_success() {
            return Err(self.refusal(&answer, &[text, to.as_str()]));
        }
        let accepted: Option<Accepted> = answer.json();
        let accepted = accepted.ok_or_else(|| self.vendor.garbled(&ask))?;
        Ok(CarrierId(accepted.sid))
    }

    #[expect(
        clippy::disallowed_methods,
        reason = "compared with what the carrier says it carried"
    )]
    async fn find(
        &self,
        to: &PhoneNumber,
        text: &SecretString,
        since: Timestamp,
    ) -> Result<Option<CarrierId>, CallError> {
        let query = Serializer::new(String::new())
            .append_pair("To", to.as_str())
            .append_pair("DateSent>", &since.strftime("%Y-%m-%d").to_string())
            .append_pair("PageSize", "100")
            .finish();
        let ask = self.authorized(Ask::get(&format!("{}?{query}", self.messages())))?;
        let answer = self.vendor.call(&ask, self.vendor.reading()).await?;
        let text = text.expose_secret();
        if !answer.is_success() {
            return Err(self.refusal(&answer, &[text, to.as_str()]));
        }
        let page: Option<Page> = answer.json();
        let page = page.ok_or_else(|| self.vendor.garbled(&ask))?;
        Ok(page.newest(text, since))
    }
}
