//! Faults on order: which vendor, which calls, how often, what goes wrong.

use axum::{
    Json,
    http::{HeaderValue, Method, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// A system the sandbox plays.
#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Vendor {
    Halopsa,
    Graph,
    EntraMfa,
    Twilio,
    Oidc,
    Ninjaone,
    Datto,
    Bedrock,
}

impl Vendor {
    /// Whose route this path is, tokens included.
    pub(crate) fn of(path: &str) -> Option<Self> {
        let (first, rest) = path.strip_prefix('/')?.split_once('/')?;
        match first {
            "halopsa" => Some(Self::Halopsa),
            "graph" => Some(Self::Graph),
            "twilio" => Some(Self::Twilio),
            "oidc" => Some(Self::Oidc),
            "ninjaone" => Some(Self::Ninjaone),
            "datto" => Some(Self::Datto),
            "bedrock" => Some(Self::Bedrock),
            "login" if rest.ends_with("/oauth2/v2.0/token") => Some(Self::Graph),
            "entra_mfa" | "login" => Some(Self::EntraMfa),
            _ => None,
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Value", into = "&'static str")]
pub(crate) enum Kind {
    /// HTTP 403: a right is missing.
    Forbidden,
    /// HTTP 429.
    TooMany,
    /// HTTP 500.
    Broken,
    /// No answer for 60 s.
    Timeout,
    /// The deed is done, the connection breaks before the answer.
    LostAnswer,
    /// The connection breaks, nothing is done.
    ConnectionReset,
    /// Success is said and nothing done. Graph's alone.
    Ignored,
    /// The deed is done, the answer is true and comes 3 s later.
    Late,
}

impl From<Kind> for &'static str {
    fn from(kind: Kind) -> Self {
        match kind {
            Kind::Forbidden => "403",
            Kind::TooMany => "429",
            Kind::Broken => "500",
            Kind::Timeout => "timeout",
            Kind::LostAnswer => "lost_answer",
            Kind::ConnectionReset => "connection_reset",
            Kind::Ignored => "ignored",
            Kind::Late => "late",
        }
    }
}

impl TryFrom<Value> for Kind {
    type Error = String;

    fn try_from(value: Value) -> Result<Self, String> {
        let text = value
            .as_str()
            .map_or_else(|| value.to_string(), str::to_owned);
        [
            Self::Forbidden,
            Self::TooMany,
            Self::Broken,
            Self::Timeout,
            Self::LostAnswer,
            Self::ConnectionReset,
            Self::Ignored,
            Self::Late,
        ]
        .into_iter()
        .find(|kind| <&str>::from(*kind) == text)
        .ok_or_else(|| {
            format!(
                "fault {text} is none of 403, 429, 500, timeout, lost_answer, connection_reset, ignored, late"
            )
        })
    }
}

/// One order for trouble.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Fault {
    vendor: Vendor,
    /// Part of the path; empty means every path.
    #[serde(default)]
    path: String,
    /// Only calls of this method, when set.
    #[serde(default)]
    method: Option<String>,
    /// How many calls it spoils.
    #[serde(default = "once")]
    times: u32,
    #[serde(rename = "fault")]
    pub(crate) kind: Kind,
    /// Seconds for the `Retry-After` of a 429 or 500; none is sent without it.
    #[serde(default)]
    retry_after: Option<u32>,
    /// With 403, 429, 500 and timeout: do the deed first.
    #[serde(default)]
    pub(crate) after: bool,
}

fn once() -> u32 {
    1
}

impl Fault {
    /// Why this order cannot be taken, if so.
    pub(crate) fn flaw(&self) -> Option<&'static str> {
        let wrong = self.kind == Kind::Ignored && self.vendor != Vendor::Graph;
        wrong.then_some("the fault ignored is Graph's alone: order it with vendor graph")
    }

    /// The vendor's own words for 403, 429 or 500.
    pub(crate) fn answer(&self) -> Response {
        let (status, code) = match self.kind {
            Kind::Forbidden => (StatusCode::FORBIDDEN, 20403),
            Kind::TooMany => (StatusCode::TOO_MANY_REQUESTS, 20429),
            _ => (StatusCode::INTERNAL_SERVER_ERROR, 20500),
        };
        let many = status == StatusCode::TOO_MANY_REQUESTS;
        let body = match self.vendor {
            Vendor::Halopsa if many => json!({"Message": "API calls quota exceeded."}),
            Vendor::Halopsa => json!({"Message": "An error has occurred."}),
            Vendor::Graph => {
                let code = match self.kind {
                    Kind::Forbidden => "Authorization_RequestDenied",
                    Kind::TooMany => "TooManyRequests",
                    _ => "InternalServerError",
                };
                crate::graph::error_body(code, "The sandbox was asked to fail this call.")
            }
            Vendor::EntraMfa | Vendor::Bedrock => Value::Null,
            Vendor::Ninjaone => crate::ninjaone::error_body("ordered_fault"),
            Vendor::Datto => {
                crate::datto::error_body(status, "The sandbox was asked to fail this call.")
            }
            Vendor::Oidc => json!({"error": "temporarily_unavailable"}),
            Vendor::Twilio => crate::twilio::error_body(
                status,
                code,
                status.canonical_reason().unwrap_or_default(),
            ),
        };
        let mut response = match body {
            _ if self.vendor == Vendor::Bedrock => crate::bedrock::fault(status),
            Value::Null => status.into_response(),
            body => (status, Json(body)).into_response(),
        };
        if let Some(seconds) = self.retry_after {
            response
                .headers_mut()
                .insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}

#[derive(Default)]
pub(crate) struct Faults(Vec<Fault>);

impl Faults {
    pub(crate) fn add(&mut self, fault: Fault) {
        self.0.push(fault);
    }

    pub(crate) fn clear(&mut self) {
        self.0.clear();
    }

    /// Those with tries left.
    pub(crate) fn left(&self) -> &[Fault] {
        &self.0
    }

    /// The fault for this call, if one was ordered; it has one try less afterwards.
    pub(crate) fn take(&mut self, vendor: Vendor, method: &Method, path: &str) -> Option<Fault> {
        let found = self.0.iter_mut().find(|fault| {
            fault.vendor == vendor
                && fault.times > 0
                && path.contains(&fault.path)
                && fault
                    .method
                    .as_deref()
                    .is_none_or(|only| only.eq_ignore_ascii_case(method.as_str()))
        })?;
        found.times -= 1;
        let taken = found.clone();
        self.0.retain(|fault| fault.times > 0);
        Some(taken)
    }
}
