//! The pages people see when they sign in.

use axum::response::Response;
use http::StatusCode;
pub(crate) use kit::{escape, page};

/// Where people go when they asked for nothing else.
pub(crate) const HOME: &str = "/account";

/// A page with one sentence that says what to do, and the way back to signing in.
pub(crate) fn sentence(prefix: &str, status: StatusCode, title: &str, text: &str) -> Response {
    let text = escape(text);
    let body = format!(
        "<p role=\"alert\">{text}</p><p><a class=\"button\" href=\"{prefix}/login\">Back to signing in</a></p>"
    );
    page(status, title, &body)
}

/// The path to go on to: one of ours, whatever was asked for.
pub(crate) fn onward(asked: &str) -> &str {
    let plain = asked.len() <= 1024 && asked.bytes().all(|b| b.is_ascii_graphic() && b != b'\\');
    let path = asked.split(['?', '#']).next().unwrap_or_default();
    if plain && path.starts_with('/') && !path.contains("//") {
        asked
    } else {
        HOME
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_go_on_to_a_path_of_ours_only() {
        for good in ["/account", "/", "/docs?x=//y", "/a/b?c=%2F%2Fd"] {
            assert_eq!(onward(good), good);
        }
        for bad in [
            "",
            "account",
            "//evil.example.com",
            "/\\evil.example.com",
            "\\/evil.example.com",
            "https://evil.example.com",
            "/.//evil.example.com",
            "/\t/evil.example.com",
            " /account",
            "/a\r\nset-cookie: x=y",
            &format!("/{}", "a".repeat(2_000)),
        ] {
            assert_eq!(onward(bad), HOME, "{bad:?}");
        }
    }
}
