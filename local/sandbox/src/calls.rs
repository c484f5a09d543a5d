//! The record of every call a vendor received, with secrets masked.

use std::collections::VecDeque;

use axum::http::{HeaderMap, Method, StatusCode, Uri};
use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;

use crate::{
    faults::{Kind, Vendor},
    forms,
};

/// Calls kept; older ones are forgotten.
const KEPT: usize = 50_000;
/// Bodies longer than this are recorded by their length only.
const BODY_BYTES: usize = 16 * 1024;

#[derive(Clone, Serialize)]
pub(crate) struct Call {
    id: u64,
    pub(crate) vendor: Vendor,
    pub(crate) method: String,
    pub(crate) path: String,
    query: Option<String>,
    /// What was answered or, with a lost answer, would have been; null while nothing is.
    status: Option<u16>,
    time: Timestamp,
    body: Value,
    answer: Value,
    fault: Option<Kind>,
}

#[derive(Default)]
pub(crate) struct Calls {
    last: u64,
    all: VecDeque<Call>,
}

impl Calls {
    pub(crate) fn emptied(self) -> Self {
        Self {
            last: self.last,
            all: VecDeque::new(),
        }
    }

    pub(crate) fn all(&self) -> impl Iterator<Item = &Call> {
        self.all.iter()
    }

    pub(crate) fn open(
        &mut self,
        vendor: Vendor,
        (method, uri): (&Method, &Uri),
        body: Value,
        fault: Option<Kind>,
        time: Timestamp,
    ) -> u64 {
        self.last += 1;
        if self.all.len() == KEPT {
            self.all.pop_front();
        }
        self.all.push_back(Call {
            id: self.last,
            vendor,
            method: method.to_string(),
            path: uri.path().to_owned(),
            query: uri.query().map(str::to_owned),
            status: None,
            time,
            body,
            answer: Value::Null,
            fault,
        });
        self.last
    }

    pub(crate) fn close(&mut self, id: u64, status: StatusCode, answer: Value) {
        if let Some(call) = self.all.iter_mut().rev().find(|call| call.id == id) {
            call.status = Some(status.as_u16());
            call.answer = answer;
        }
    }
}

/// A body as it may be shown: JSON and forms with their secrets masked, XML as it is, anything else by its length.
pub(crate) fn shown(vendor: Vendor, headers: &HeaderMap, bytes: &[u8]) -> Value {
    let length = || Value::String(format!("<{} bytes>", bytes.len()));
    if bytes.is_empty() {
        return Value::Null;
    }
    if bytes.len() > BODY_BYTES {
        return length();
    }
    let kind = forms::content_type(headers);
    if forms::is_form(headers) {
        let fields = forms::parse(bytes)
            .into_iter()
            .map(|(key, value)| (key, Value::String(value)));
        return masked(vendor, Value::Object(fields.collect()));
    }
    if kind.contains("xml") {
        return Value::String(String::from_utf8_lossy(bytes).into_owned());
    }
    serde_json::from_slice(bytes).map_or_else(|_| length(), |body| masked(vendor, body))
}

fn masked(vendor: Vendor, body: Value) -> Value {
    match body {
        Value::Object(fields) => fields
            .into_iter()
            .map(|(key, value)| match value {
                Value::String(_) if is_secret(vendor, &key) => (key, Value::String("***".into())),
                value => (key, masked(vendor, value)),
            })
            .collect(),
        Value::Array(items) => items.into_iter().map(|item| masked(vendor, item)).collect(),
        plain => plain,
    }
}

fn is_secret(vendor: Vendor, key: &str) -> bool {
    const ALWAYS: [&str; 7] = [
        "client_secret",
        "client_assertion",
        "password",
        "temporaryaccesspass",
        "access_token",
        "refresh_token",
        "id_token",
    ];
    let key = key.to_ascii_lowercase();
    ALWAYS.contains(&key.as_str())
        || (vendor == Vendor::Twilio && key == "body")
        || (vendor == Vendor::Oidc && matches!(key.as_str(), "code" | "code_verifier"))
}
