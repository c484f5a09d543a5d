//! A playbook's text as a caller sends it: JSON or YAML, by `Content-Type`.

use axum::extract::{FromRequest, Request};
use domain::PlaybookName;
use http::{HeaderMap, StatusCode, header};
use kit::{MAX_BODY, Problem};
use playbook::{Flaw, PlaybookVersion};
use serde::Serialize;
use serde::de::IgnoredAny;
use serde_json::json;
use utoipa::ToSchema;

/// What is wrong with a playbook, and where.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub(crate) struct PlaybookFlaw {
    /// The place in the document; `$` is the document itself.
    #[schema(example = "steps[1].with.user_id")]
    pub(crate) path: String,
    /// The line in the text, from 1; null where it is not about a line.
    pub(crate) line: Option<u32>,
    /// What kind of flaw.
    #[schema(example = "bad_reference")]
    pub(crate) code: String,
    /// What to change.
    pub(crate) message: String,
}

impl From<Flaw> for PlaybookFlaw {
    fn from(flaw: Flaw) -> Self {
        let code = json!(flaw.code);
        Self {
            path: flaw.path,
            line: flaw.line,
            code: code.as_str().unwrap_or_default().to_owned(),
            message: flaw.message,
        }
    }
}

/// A text that was sent, perhaps none.
pub(crate) struct Definition {
    text: String,
    is_json: bool,
}

impl<S: Send + Sync> FromRequest<S> for Definition {
    type Rejection = Problem;

    async fn from_request(request: Request, _: &S) -> Result<Self, Problem> {
        let is_json = is_json(request.headers())?;
        let too_large = |_| {
            let message = "the body is over 64 KB; send less";
            Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "TOO_LARGE", message)
        };
        let bytes = axum::body::to_bytes(request.into_body(), MAX_BODY)
            .await
            .map_err(too_large)?;
        let text = String::from_utf8(bytes.to_vec())
            .map_err(|_| Problem::invalid("$", "a playbook is a text in UTF-8"))?;
        Ok(Self { text, is_json })
    }
}

impl Definition {
    /// Whether there is none.
    pub(crate) fn is_empty(&self) -> bool {
        self.text.trim().is_empty()
    }

    /// Everything that is wrong with it, or the playbook it says.
    pub(crate) fn read(&self) -> Result<PlaybookVersion, Vec<PlaybookFlaw>> {
        playbook::parse_draft(&self.text)
            .map_err(|flaws| flaws.into_iter().map(PlaybookFlaw::from).collect())
    }

    /// The playbook it says.
    ///
    /// # Errors
    /// 400 when it was sent as JSON and is none; 422 with everything that is wrong with it.
    pub(crate) fn valid(&self) -> Result<(PlaybookName, PlaybookVersion), Problem> {
        if self.is_json {
            serde_json::from_str::<IgnoredAny>(&self.text).map_err(|error| {
                let message = format!("the body is not JSON: {error}");
                Problem::new(StatusCode::BAD_REQUEST, "MALFORMED", message)
                    .with("line", error.line())
                    .with("column", error.column())
            })?;
        }
        let read = self.read().map_err(|flaws| flawed(&flaws))?;
        let name = PlaybookName::parse(read.name.as_str())
            .map_err(|error| Problem::invalid("name", error.to_string()))?;
        Ok((name, read))
    }
}

/// The answer about a text with these flaws.
fn flawed(flaws: &[PlaybookFlaw]) -> Problem {
    let Some(first) = flaws.first() else {
        return Problem::invalid("$", "this is no playbook");
    };
    let place = first
        .line
        .map_or_else(String::new, |line| format!("line {line}, "));
    let message = format!("{place}{}: {}", first.path, first.message);
    Problem::invalid(&first.path, message)
        .with("line", json!(first.line))
        .with("errors", json!(flaws))
}

/// Whether the body says that it is JSON. Without a `Content-Type` it may be either.
fn is_json(headers: &HeaderMap) -> Result<bool, Problem> {
    let kind = headers.get(header::CONTENT_TYPE);
    let kind = kind.map_or("", |kind| kind.to_str().unwrap_or("?"));
    let kind = kind.split(';').next().unwrap_or_default().trim();
    match kind.to_ascii_lowercase().as_str() {
        "application/json" => Ok(true),
        "" | "application/yaml" | "application/x-yaml" | "text/yaml" | "text/x-yaml" => Ok(false),
        _ => Err(Problem::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "UNSUPPORTED_MEDIA_TYPE",
            "send a playbook as application/json or application/yaml",
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "name: p\nsteps:\n  - id: ask\n    service: verification.mfa\n    with: {user_id: abc-123}\n";

    fn sent(text: &str, is_json: bool) -> Definition {
        Definition {
            text: text.to_owned(),
            is_json,
        }
    }

    #[test]
    fn a_text_without_a_version_is_read_for_us_to_number() {
        let (name, read) = sent(TEXT, false).valid().unwrap();
        assert_eq!(name.as_str(), "p");
        assert_eq!(read.version.to_string(), "1.0");
        let numbered = format!("version: 'one'\n{TEXT}");
        let problem = sent(&numbered, false).valid().unwrap_err();
        assert_eq!(problem.status(), StatusCode::UNPROCESSABLE_ENTITY);
    }

    #[test]
    fn each_flaw_is_said_with_its_place() {
        let text = TEXT.replace("verification.mfa", "verification.fax");
        let flaws = sent(&text, false).read().unwrap_err();
        let (path, line, code) = (&flaws[0].path, flaws[0].line, &flaws[0].code);
        assert_eq!(
            (path.as_str(), line, code.as_str()),
            ("steps[0].service", Some(4), "unknown")
        );
    }

    #[test]
    fn what_is_sent_as_json_and_is_none_is_malformed() {
        let problem = sent(TEXT, true).valid().unwrap_err();
        assert_eq!(problem.status(), StatusCode::BAD_REQUEST);
    }

    #[test]
    fn another_kind_of_body_is_not_taken() {
        let with = |kind| HeaderMap::from_iter([(header::CONTENT_TYPE, kind)]);
        let taken = |kind: &'static str| is_json(&with(http::HeaderValue::from_static(kind))).ok();
        assert_eq!(taken("application/json; charset=utf-8"), Some(true));
        assert_eq!(taken("application/yaml"), Some(false));
        assert_eq!(taken("application/x-www-form-urlencoded"), None);
        assert_eq!(is_json(&HeaderMap::new()).ok(), Some(false));
    }
}
