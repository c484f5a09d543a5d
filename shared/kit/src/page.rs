//! Pages for people. They run no script and load nothing.

use axum::body::Body;
use axum::response::Response;
use base64::{Engine, engine::general_purpose::STANDARD};
use http::{HeaderName, HeaderValue, StatusCode, header};
use sha2::{Digest, Sha256};

const STYLE: &str = "body{font:16px/1.5 system-ui,sans-serif;max-width:26rem;margin:10vh auto;padding:0 1rem;color:#1b1b1b}\
label{display:block;margin-top:1rem}input,textarea{font:inherit;width:100%;padding:.5rem;border:1px solid #767676;border-radius:4px;box-sizing:border-box}\
button,.button{font:inherit;display:block;width:100%;margin-top:1.5rem;padding:.6rem;border:0;border-radius:4px;background:#0b57d0;color:#fff;\
text-align:center;text-decoration:none;box-sizing:border-box;cursor:pointer}\
button.quiet{background:#fff;color:#b3261e;border:1px solid #b3261e}\
:focus-visible{outline:3px solid #0b57d0;outline-offset:2px}hr{margin:2rem 0;border:0;border-top:1px solid #ccc}\
[role=alert]{border-left:4px solid #b3261e;padding-left:.75rem}dt{font-weight:600}dd{margin:0 0 .75rem}";

/// A page: a heading, and `body` under it, which is HTML already.
#[must_use]
pub fn page(status: StatusCode, title: &str, body: &str) -> Response {
    let title = escape(title);
    let html = format!(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><title>{title} · Deskhand</title>\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"><style>{STYLE}</style></head>\
         <body><main><h1>{title}</h1>{body}</main></body></html>"
    );
    let mut response = Response::new(Body::from(html));
    *response.status_mut() = status;
    let headers: [(HeaderName, &'static str); 3] = [
        (header::CONTENT_TYPE, "text/html; charset=utf-8"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
    ];
    for (name, value) in headers {
        response
            .headers_mut()
            .insert(name, HeaderValue::from_static(value));
    }
    if let Ok(policy) = HeaderValue::from_str(&policy()) {
        response
            .headers_mut()
            .insert(header::CONTENT_SECURITY_POLICY, policy);
    }
    response
}

/// What a page may do: show its own style, and send its forms to us.
fn policy() -> String {
    let style = STANDARD.encode(Sha256::digest(STYLE));
    format!(
        "default-src 'none'; style-src 'sha256-{style}'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    )
}

/// Text as it stands in HTML, also within quotes.
#[must_use]
pub fn escape(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            other => safe.push(other),
        }
    }
    safe
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_runs_no_script_and_shows_text_as_text() {
        let shown = page(StatusCode::OK, "<b>", "<p></p>");
        let policy = shown.headers()[header::CONTENT_SECURITY_POLICY]
            .to_str()
            .unwrap();
        assert!(
            policy.starts_with("default-src 'none'; style-src 'sha256-"),
            "{policy}"
        );
        assert!(
            !policy.contains("script") && !policy.contains("unsafe"),
            "{policy}"
        );
        assert_eq!(
            escape("<a href=\"x\" b='&'>"),
            "&lt;a href=&quot;x&quot; b=&#39;&amp;&#39;&gt;"
        );
    }
}
