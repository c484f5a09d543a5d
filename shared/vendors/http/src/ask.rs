//! A request.

use base64::prelude::{BASE64_STANDARD, Engine};
use reqwest::Method;
use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use secrecy::{ExposeSecret, SecretString};
use serde::Serialize;
use url::form_urlencoded::Serializer;
use zeroize::Zeroizing;

/// What asking twice does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Effect {
    /// Nothing: it reads.
    None,
    /// The same as asking once.
    Same,
    /// It happens twice.
    Twice,
}

/// A request to a vendor. It shows nothing of itself: it may carry a secret.
#[derive(Clone)]
pub struct Ask {
    pub(crate) method: Method,
    pub(crate) url: String,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Zeroizing<Vec<u8>>,
    pub(crate) effect: Effect,
    pub(crate) flaw: Option<&'static str>,
}

/// `path` under `base`, with one slash between.
#[must_use]
pub fn under(base: &str, path: &str) -> String {
    format!(
        "{}/{}",
        base.trim_end_matches('/'),
        path.trim_start_matches('/')
    )
}

impl Ask {
    fn new(method: Method, url: &str, effect: Effect) -> Self {
        let mut headers = HeaderMap::new();
        headers.insert(reqwest::header::ACCEPT, HeaderValue::from_static("*/*"));
        Self {
            method,
            url: url.to_owned(),
            headers,
            body: Zeroizing::default(),
            effect,
            flaw: None,
        }
    }

    /// A GET.
    #[must_use]
    pub fn get(url: &str) -> Self {
        Self::new(Method::GET, url, Effect::None)
    }

    /// A POST that only reads.
    #[must_use]
    pub fn query(url: &str) -> Self {
        Self::new(Method::POST, url, Effect::None)
    }

    /// A POST that may be repeated: twice is once.
    #[must_use]
    pub fn set(url: &str) -> Self {
        Self::new(Method::POST, url, Effect::Same)
    }

    /// A POST that must not be repeated unless it was certainly not received.
    #[must_use]
    pub fn act(url: &str) -> Self {
        Self::new(Method::POST, url, Effect::Twice)
    }

    /// A PUT that must not be repeated unless it was certainly not received.
    #[must_use]
    pub fn act_put(url: &str) -> Self {
        Self::new(Method::PUT, url, Effect::Twice)
    }

    /// A PATCH that must not be repeated unless it was certainly not received.
    #[must_use]
    pub fn change(url: &str) -> Self {
        Self::new(Method::PATCH, url, Effect::Twice)
    }

    /// A DELETE that must not be repeated unless it was certainly not received.
    #[must_use]
    pub fn remove(url: &str) -> Self {
        Self::new(Method::DELETE, url, Effect::Twice)
    }

    /// With a JSON body.
    #[must_use]
    pub fn json(mut self, body: &impl Serialize) -> Self {
        match serde_json::to_vec(body) {
            Ok(bytes) => self.body = Zeroizing::new(bytes),
            Err(_) => self.flaw = Some("a request body cannot be written as JSON"),
        }
        self.content_type("application/json")
    }

    /// With an XML body.
    #[must_use]
    pub fn xml(mut self, body: &str) -> Self {
        self.body = Zeroizing::new(body.as_bytes().to_vec());
        self.content_type("application/xml")
    }

    /// With a form body, in this order.
    #[must_use]
    pub fn form(mut self, fields: &[(&str, &str)]) -> Self {
        let mut form = Serializer::new(String::new());
        form.extend_pairs(fields);
        self.body = Zeroizing::new(form.finish().into_bytes());
        self.content_type("application/x-www-form-urlencoded")
    }

    /// With a header more.
    #[must_use]
    pub fn header(mut self, name: &'static str, value: &str) -> Self {
        match HeaderValue::from_str(value) {
            Ok(value) => {
                self.headers.insert(HeaderName::from_static(name), value);
            }
            Err(_) => self.flaw = Some("a header holds a character that headers cannot hold"),
        }
        self
    }

    /// Where it goes.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// What it says, to be signed.
    #[must_use]
    pub fn body(&self) -> &[u8] {
        &self.body
    }

    /// With the headers of a signature over it, which may hold a token.
    #[must_use]
    pub fn signed(mut self, headers: &[(String, String)]) -> Self {
        for (name, value) in headers {
            let name = HeaderName::from_bytes(name.as_bytes());
            match (name, HeaderValue::from_str(value)) {
                (Ok(name), Ok(mut value)) => {
                    value.set_sensitive(true);
                    self.headers.insert(name, value);
                }
                _ => self.flaw = Some("a signature holds a character that headers cannot hold"),
            }
        }
        self
    }

    /// As this user, by Basic.
    #[must_use]
    #[expect(
        clippy::disallowed_methods,
        reason = "the secret goes to the vendor it belongs to, in the header made for it"
    )]
    pub fn basic(self, user: &str, secret: &SecretString) -> Self {
        let pair = Zeroizing::new(format!("{user}:{}", secret.expose_secret()));
        self.authorized(&format!(
            "Basic {}",
            BASE64_STANDARD.encode(pair.as_bytes())
        ))
    }

    /// With this token.
    #[expect(
        clippy::disallowed_methods,
        reason = "the token goes to the vendor it was made for, in the header made for it"
    )]
    pub(crate) fn bearer(&self, token: &SecretString) -> Self {
        let value = Zeroizing::new(format!("Bearer {}", token.expose_secret()));
        self.clone().authorized(&value)
    }

    fn authorized(mut self, value: &str) -> Self {
        match HeaderValue::from_str(value) {
            Ok(mut value) => {
                value.set_sensitive(true);
                self.headers.insert(AUTHORIZATION, value);
            }
            Err(_) => self.flaw = Some("a credential holds a character that headers cannot hold"),
        }
        self
    }

    fn content_type(mut self, value: &'static str) -> Self {
        self.headers
            .insert(CONTENT_TYPE, HeaderValue::from_static(value));
        self
    }
}
