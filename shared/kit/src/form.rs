//! Forms, as a browser sends them.

use crate::extract::too_large;
use crate::{MAX_BODY, Problem};
use axum::extract::{FromRequest, Request};
use http::{StatusCode, header};
use std::collections::HashMap;
use url::form_urlencoded;

const KIND: &str = "application/x-www-form-urlencoded";

/// A form's fields; of a name that comes twice, the last. It shows nothing of itself: it may hold a password.
pub struct Form(HashMap<String, String>);

impl Form {
    fn read(bytes: &[u8]) -> Self {
        Self(form_urlencoded::parse(bytes).into_owned().collect())
    }

    /// What was entered; nothing where there is no such field.
    #[must_use]
    pub fn field(&self, name: &str) -> &str {
        self.0.get(name).map_or("", String::as_str)
    }
}

impl<S: Send + Sync> FromRequest<S> for Form {
    type Rejection = Problem;

    async fn from_request(request: Request, _: &S) -> Result<Self, Problem> {
        let kind = request.headers().get(header::CONTENT_TYPE);
        let kind = kind.and_then(|kind| kind.to_str().ok()).unwrap_or_default();
        let is_form = kind
            .split(';')
            .next()
            .is_some_and(|kind| kind.trim().eq_ignore_ascii_case(KIND));
        if !is_form {
            return Err(Problem::new(
                StatusCode::BAD_REQUEST,
                "MALFORMED",
                "this takes a form; send it as application/x-www-form-urlencoded",
            ));
        }
        let bytes = axum::body::to_bytes(request.into_body(), MAX_BODY).await;
        Ok(Self::read(&bytes.map_err(|_| too_large())?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_read_as_a_browser_writes_them() {
        let form =
            Form::read("email=jane%40example.com&password=a+b%2B%C3%BC&email=joe".as_bytes());
        assert_eq!(
            (form.field("email"), form.field("password")),
            ("joe", "a b+ü")
        );
        assert_eq!(form.field("next"), "");
    }
}
