//! An issuer: where people sign in, what becomes of a code, and the keys its tokens are signed with.

use crate::Config;
use crate::shelf::{Metadata, Shelf};
use auth::oidc::{Keys, challenge};
use ports::CallError;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use std::iter::once;
use url::Url;
use vendor_http::{Ask, Client, Deadline, Hosts, Vendor, under};

/// What we ask for beside the sign-in itself.
const SCOPE: &str = "openid profile email";

/// An issuer that a tenant's people sign in at.
pub struct Oidc {
    vendor: Vendor,
    config: Config,
}

/// A sign-in that begins.
#[derive(Debug, Clone, Copy)]
pub struct Begin<'a> {
    /// Where the person comes back to.
    pub redirect_uri: &'a str,
    /// What they bring back.
    pub state: &'a str,
    /// What the ID token has to say.
    pub nonce: &'a str,
    /// PKCE's verifier; only its challenge is sent.
    pub verifier: &'a str,
}

#[derive(Deserialize)]
struct Given {
    #[serde(default)]
    id_token: Option<SecretString>,
}

impl Oidc {
    /// The issuer in `config`, asked through `http`.
    #[must_use]
    pub fn new(config: Config, http: Client) -> Self {
        let hosts = config.hosts.iter().map(String::as_str);
        let hosts = Hosts::of(once(config.issuer.as_str()).chain(hosts));
        Self {
            vendor: http.vendor("the company's sign-in", hosts),
            config,
        }
    }

    /// The tenant's configuration.
    #[must_use]
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// Where to send a person who signs in.
    ///
    /// # Errors
    /// When the metadata cannot be read or names a host that may not be asked.
    pub async fn authorization(&self, begin: Begin<'_>) -> Result<String, CallError> {
        let metadata = self.metadata(self.vendor.reading()).await?;
        let endpoint = &metadata.authorization_endpoint;
        self.allowed(endpoint)?;
        let mut url = Url::parse(endpoint).map_err(|_| {
            self.vendor
                .misconfigured("its authorization_endpoint is no URL")
        })?;
        url.query_pairs_mut()
            .append_pair("response_type", "code")
            .append_pair("client_id", &self.config.client_id)
            .append_pair("redirect_uri", begin.redirect_uri)
            .append_pair("scope", SCOPE)
            .append_pair("state", begin.state)
            .append_pair("nonce", begin.nonce)
            .append_pair("code_challenge", &challenge(begin.verifier))
            .append_pair("code_challenge_method", "S256");
        Ok(url.into())
    }

    /// The ID token for a code.
    ///
    /// # Errors
    /// `Refused` when the code is none, was used, or the verifier is not its own; `Unknown` when the answer was lost.
    #[expect(
        clippy::disallowed_methods,
        reason = "the secret goes to the issuer it belongs to, and is named once more to be left out of what is shown"
    )]
    pub async fn exchange(
        &self,
        code: &str,
        verifier: &str,
        redirect_uri: &str,
    ) -> Result<SecretString, CallError> {
        let by = self.vendor.reading();
        let metadata = self.metadata(by).await?;
        self.allowed(&metadata.token_endpoint)?;
        let secret = self.config.client_secret.expose_secret();
        let ask = Ask::act(&metadata.token_endpoint).form(&[
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", redirect_uri),
            ("client_id", &self.config.client_id),
            ("client_secret", secret),
            ("code_verifier", verifier),
        ]);
        let answer = self.vendor.call(&ask, by).await?;
        if !answer.is_success() {
            let hide = [secret, code, verifier];
            let words = answer.words(&["/error"], &["/error_description", "/error"], &hide);
            return Err(self.vendor.refusal(&answer, words));
        }
        let given: Given = answer.json().ok_or_else(|| self.vendor.garbled(&ask))?;
        given.id_token.ok_or_else(|| {
            self.vendor
                .misconfigured("it gives no id_token; allow our application the scope openid")
        })
    }

    /// The issuer's keys, read again when `kid` is not among those that are kept.
    ///
    /// # Errors
    /// When there are none yet and they cannot be read.
    pub async fn keys(&self, kid: &str) -> Result<Keys, CallError> {
        let (issuer, now) = (&self.config.issuer, self.vendor.now());
        let mut shelf = Shelf::of(issuer);
        if let Some(keys) = shelf.keys(kid, now) {
            return Ok(keys.clone());
        }
        shelf.look_again(now);
        shelf.keep(issuer);
        let read = self.read_keys().await;
        let mut shelf = Shelf::of(issuer);
        match (read, shelf.any_keys()) {
            (Ok(keys), _) => {
                shelf.put_keys(keys.clone(), now);
                shelf.keep(issuer);
                Ok(keys)
            }
            (Err(_), Some(old)) => Ok(old.clone()),
            (Err(error), None) => Err(error),
        }
    }

    async fn read_keys(&self) -> Result<Keys, CallError> {
        let by = self.vendor.reading();
        let metadata = self.metadata(by).await?;
        self.allowed(&metadata.jwks_uri)?;
        let ask = Ask::get(&metadata.jwks_uri);
        let answer = self.vendor.call(&ask, by).await?;
        if !answer.is_success() {
            return Err(self
                .vendor
                .refusal(&answer, answer.words(&["/error"], &[], &[])));
        }
        let keys = answer.text().and_then(Keys::read);
        keys.ok_or_else(|| self.vendor.garbled(&ask))
    }

    async fn metadata(&self, by: Deadline) -> Result<Metadata, CallError> {
        let (issuer, now) = (&self.config.issuer, self.vendor.now());
        if let Some(kept) = Shelf::of(issuer).metadata(now) {
            return Ok(kept.clone());
        }
        let ask = Ask::get(&under(issuer, ".well-known/openid-configuration"));
        let answer = self.vendor.call(&ask, by).await?;
        if !answer.is_success() {
            return Err(self.vendor.misconfigured(format!(
                "HTTP {} instead of its metadata; check issuer in the secret oidc",
                answer.status()
            )));
        }
        let metadata: Metadata = answer.json().ok_or_else(|| self.vendor.garbled(&ask))?;
        if metadata.issuer != *issuer {
            return Err(self.vendor.misconfigured(
                "its metadata names another issuer; write issuer in the secret oidc exactly as the metadata does",
            ));
        }
        let mut shelf = Shelf::of(issuer);
        shelf.put_metadata(metadata.clone(), now);
        shelf.keep(issuer);
        Ok(metadata)
    }

    /// Whether an endpoint stands where the secret says.
    fn allowed(&self, endpoint: &str) -> Result<(), CallError> {
        self.vendor.allows(endpoint).map_err(|error| match error {
            CallError::Misconfigured { message, .. } => self.vendor.misconfigured(format!(
                "{message}; if it is the issuer's, add its address to hosts in the secret oidc"
            )),
            other => other,
        })
    }
}
