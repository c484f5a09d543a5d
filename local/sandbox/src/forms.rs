//! Form bodies and query strings as maps; a repeated key keeps its last value.

use std::collections::BTreeMap;

use axum::http::{HeaderMap, header};
use url::form_urlencoded;

pub(crate) type Form = BTreeMap<String, String>;

pub(crate) fn parse(text: &[u8]) -> Form {
    form_urlencoded::parse(text).into_owned().collect()
}

pub(crate) fn is_form(headers: &HeaderMap) -> bool {
    content_type(headers).starts_with("application/x-www-form-urlencoded")
}

pub(crate) fn content_type(headers: &HeaderMap) -> &str {
    text(headers, header::CONTENT_TYPE)
}

/// A form body's fields; none when the content type says it is no form.
pub(crate) fn body(headers: &HeaderMap, bytes: &[u8]) -> Form {
    if is_form(headers) {
        parse(bytes)
    } else {
        Form::new()
    }
}

/// The address the caller reached us by, as it wrote it.
pub(crate) fn base_url(headers: &HeaderMap) -> String {
    format!("http://{}", text(headers, header::HOST))
}

fn text(headers: &HeaderMap, name: header::HeaderName) -> &str {
    headers
        .get(name)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default()
}
