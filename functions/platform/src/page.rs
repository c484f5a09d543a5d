//! What our public pages have in common.

use axum::body::Body;
use axum::response::Response;
use http::{HeaderName, HeaderValue, header};

/// What a page of ours may load: its own files and nothing else. Swagger UI styles its elements itself.
const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; \
     img-src 'self' data:; font-src 'self' data:; connect-src 'self'; base-uri 'self'; form-action 'none'; \
     frame-ancestors 'none'";

/// A public answer of this kind, which a browser neither guesses about nor lets load from elsewhere.
pub(crate) fn page(content_type: &str, body: impl Into<Body>) -> Response {
    let mut response = Response::new(body.into());
    let headers = response.headers_mut();
    let fixed: [(HeaderName, &'static str); 4] = [
        (header::CONTENT_SECURITY_POLICY, CONTENT_SECURITY_POLICY),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::CACHE_CONTROL, "public, max-age=300"),
    ];
    for (name, value) in fixed {
        headers.insert(name, HeaderValue::from_static(value));
    }
    if let Ok(value) = HeaderValue::from_str(content_type) {
        headers.insert(header::CONTENT_TYPE, value);
    }
    response
}

/// The page, which may also start workers from what it has made itself. ReDoc searches in one.
pub(crate) fn with_workers(mut page: Response) -> Response {
    if let Ok(policy) =
        HeaderValue::from_str(&format!("{CONTENT_SECURITY_POLICY}; worker-src blob:"))
    {
        page.headers_mut()
            .insert(header::CONTENT_SECURITY_POLICY, policy);
    }
    page
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_says_what_it_may_load() {
        let page = page("text/html", "<p>");
        assert_eq!(page.headers()[header::X_CONTENT_TYPE_OPTIONS], "nosniff");
        let policy = page.headers()[header::CONTENT_SECURITY_POLICY]
            .to_str()
            .unwrap();
        assert!(
            policy.starts_with("default-src 'none'; script-src 'self';"),
            "{policy}"
        );
    }

    #[test]
    fn only_a_page_that_says_so_starts_workers() {
        let policy = |page: &Response| page.headers()[header::CONTENT_SECURITY_POLICY].clone();
        let plain = page("text/html", "<p>");
        assert!(!policy(&plain).to_str().unwrap().contains("worker-src"));
        assert!(
            policy(&with_workers(plain))
                .to_str()
                .unwrap()
                .ends_with("; worker-src blob:")
        );
    }
}
