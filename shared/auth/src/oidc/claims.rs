//! What an ID token says, and when it is for us.

use super::{Expected, IdTokenError};
use constant_time_eq::constant_time_eq;
use serde::Deserialize;
use serde_json::Value;
use std::collections::BTreeMap;

/// By how much an issuer's clock may differ from ours, in seconds.
const LEEWAY_S: i64 = 300;
/// Where Entra issues tokens.
const ENTRA: [&str; 3] = [
    "https://login.microsoftonline.com/",
    "https://login.microsoftonline.us/",
    "https://login.partner.microsoftonline.cn/",
];

/// What a token says of somebody.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IdClaims {
    /// Who it is, for good: Entra's object id, else the subject.
    pub subject: String,
    /// Their address, as the issuer has it.
    pub email: Option<String>,
    /// Whether the issuer says that it is theirs.
    pub email_verified: bool,
    /// Their given name.
    pub first_name: String,
    /// Their family name.
    pub last_name: String,
    /// Their groups.
    pub groups: Groups,
}

/// Somebody's groups.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Groups {
    /// These.
    Listed(Vec<String>),
    /// More than the token has room for, so it names none.
    TooMany,
}

/// A token's claims, as they stand in it.
#[derive(Deserialize)]
pub(super) struct Raw {
    iss: String,
    sub: String,
    aud: Audience,
    exp: i64,
    #[serde(default)]
    nbf: Option<i64>,
    #[serde(default)]
    iat: Option<i64>,
    #[serde(default)]
    nonce: Option<String>,
    #[serde(default)]
    azp: Option<String>,
    #[serde(default)]
    tid: Option<String>,
    #[serde(default)]
    oid: Option<String>,
    #[serde(default)]
    email: Option<String>,
    #[serde(default)]
    email_verified: Option<Value>,
    #[serde(default)]
    preferred_username: Option<String>,
    #[serde(default)]
    name: Option<String>,
    #[serde(default)]
    given_name: Option<String>,
    #[serde(default)]
    family_name: Option<String>,
    #[serde(default)]
    groups: Option<Vec<String>>,
    /// Entra: where the claims are that the token has no room for.
    #[serde(default, rename = "_claim_names")]
    elsewhere: Option<BTreeMap<String, Value>>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Audience {
    One(String),
    Several(Vec<String>),
}

impl Raw {
    /// Whether they are for us, now, in answer to what we asked.
    pub(super) fn check(&self, expected: Expected<'_>) -> Result<(), IdTokenError> {
        let no = |what| Err(IdTokenError::Invalid(what));
        if self.iss != expected.issuer {
            return no("issuer");
        }
        let for_us = match &self.aud {
            Audience::One(one) => one == expected.audience,
            Audience::Several(several) => {
                several.iter().any(|one| one == expected.audience)
                    && (several.len() == 1 || self.azp.is_some())
            }
        };
        if !for_us {
            return no("audience");
        }
        if self
            .azp
            .as_deref()
            .is_some_and(|azp| azp != expected.audience)
        {
            return no("authorized party");
        }
        let nonce = self.nonce.as_deref().unwrap_or_default();
        if !constant_time_eq(nonce.as_bytes(), expected.nonce.as_bytes()) {
            return no("nonce");
        }
        let now = expected.now.as_second();
        if now >= self.exp.saturating_add(LEEWAY_S) {
            return no("expiry");
        }
        let begins = [self.nbf, self.iat].into_iter().flatten().max();
        if begins.is_some_and(|at| now.saturating_add(LEEWAY_S) < at) {
            return no("begin");
        }
        if self.sub.is_empty() || self.sub.len() > 255 {
            return no("subject");
        }
        let is_entra = ENTRA.iter().any(|entra| self.iss.starts_with(entra));
        match (directory(&self.iss), self.tid.as_deref()) {
            (Some(directory), Some(tid)) if directory != tid => no("directory"),
            (_, None) | (None, _) if is_entra => no("directory"),
            _ => Ok(()),
        }
    }

    /// What they say of somebody.
    pub(super) fn told(self) -> IdClaims {
        // Only in Entra's tokens is the object id more lasting than the subject, and nobody's to choose.
        let by_directory = self.tid.is_some() && directory(&self.iss) == self.tid.as_deref();
        let subject = self.oid.filter(|oid| by_directory && !oid.is_empty());
        let says_verified = match &self.email_verified {
            Some(Value::Bool(yes)) => *yes,
            Some(Value::String(text)) => text == "true",
            _ => false,
        };
        let email_verified = self.email.is_some() && says_verified;
        let name = self.name.unwrap_or_default();
        let (first, last) = name.trim().split_once(' ').unwrap_or((name.trim(), ""));
        let left_out = self
            .elsewhere
            .is_some_and(|claims| claims.contains_key("groups"));
        IdClaims {
            subject: subject.unwrap_or(self.sub),
            email_verified,
            email: self.email.or(self.preferred_username),
            first_name: self.given_name.unwrap_or_else(|| first.to_owned()),
            last_name: self.family_name.unwrap_or_else(|| last.trim().to_owned()),
            groups: match self.groups {
                None if left_out => Groups::TooMany,
                groups => Groups::Listed(groups.unwrap_or_default()),
            },
        }
    }
}

/// The directory in an issuer's address: the part that is a GUID.
fn directory(issuer: &str) -> Option<&str> {
    let is_guid = |part: &&str| {
        part.len() == 36
            && part.char_indices().all(|(at, c)| match at {
                8 | 13 | 18 | 23 => c == '-',
                _ => c.is_ascii_hexdigit(),
            })
    };
    issuer.split('/').find(is_guid)
}
