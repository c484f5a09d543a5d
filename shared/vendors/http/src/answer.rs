//! An answer.

use crate::{Words, words};
use reqwest::StatusCode;
use reqwest::header::HeaderMap;
use serde::de::DeserializeOwned;
use serde_json::Value;
use zeroize::Zeroizing;

/// What a vendor answered. It shows nothing of itself: it may carry a secret.
pub struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Zeroizing<Vec<u8>>,
}

impl Answer {
    /// The status.
    #[must_use]
    pub fn status(&self) -> u16 {
        self.status.as_u16()
    }

    /// A header, where it is text.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// Whether the status is 2xx.
    #[must_use]
    pub fn is_success(&self) -> bool {
        self.status.is_success()
    }

    /// The body as text; none when it is not UTF-8.
    #[must_use]
    pub fn text(&self) -> Option<&str> {
        std::str::from_utf8(&self.body)
            .ok()
            .map(|text| text.trim_start_matches('\u{feff}'))
    }

    /// The body read as JSON; none when it is something else.
    #[must_use]
    pub fn json<T: DeserializeOwned>(&self) -> Option<T> {
        serde_json::from_str(self.text()?).ok()
    }

    /// What an error body says: the first of `codes` and the first of `messages` (JSON pointers) that are there, else
    /// the status and the text. Nothing in `hide` is shown.
    #[must_use]
    pub fn words(&self, codes: &[&str], messages: &[&str], hide: &[&str]) -> Words {
        let body: Value = self.json().unwrap_or_default();
        let at = |pointers: &[&str]| {
            pointers
                .iter()
                .find_map(|pointer| match body.pointer(pointer) {
                    Some(Value::String(text)) if !text.is_empty() => Some(text.clone()),
                    Some(Value::Number(number)) => Some(number.to_string()),
                    _ => None,
                })
        };
        let plain = || match &body {
            Value::String(text) => Some(text.clone()),
            Value::Null => self
                .text()
                .filter(|text| !text.trim_start().starts_with('<'))
                .map(str::to_owned),
            _ => None,
        };
        let status = self.status();
        Words {
            code: at(codes).map_or_else(|| format!("http_{status}"), |code| crate::code(&code)),
            message: at(messages)
                .or_else(plain)
                .filter(|text| !text.is_empty())
                .map_or_else(|| format!("HTTP {status}"), |text| words(&text, hide)),
        }
    }
}
