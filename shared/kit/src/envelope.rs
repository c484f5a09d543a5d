//! Contract B states that answers come as `{data, message, errors}` and shows none that does. So answers come unwrapped, and
//! whoever accepts `application/vnd.tts.envelope+json` gets them wrapped.

use axum::body::{Body, to_bytes};
use axum::response::Response;
use http::{HeaderMap, HeaderValue, header};
use serde_json::{Value, json};

const KIND: &str = "application/vnd.tts.envelope+json";

/// Whether this request wants its answer wrapped.
pub(crate) fn wanted(headers: &HeaderMap) -> bool {
    let accepts = headers.get(header::ACCEPT);
    let accepts = accepts.and_then(|value| value.to_str().ok());
    accepts.is_some_and(|accepts| accepts.contains(KIND))
}

/// The answer, wrapped; one that is not JSON stays as it is.
pub(crate) async fn wrapped(response: Response) -> Response {
    let kind = response.headers().get(header::CONTENT_TYPE);
    if kind != Some(&HeaderValue::from_static("application/json")) {
        return response;
    }
    let (mut parts, body) = response.into_parts();
    let bytes = to_bytes(body, usize::MAX).await.unwrap_or_default();
    let Ok(body) = serde_json::from_slice::<Value>(&bytes) else {
        return Response::from_parts(parts, Body::from(bytes));
    };
    let good = parts.status.is_success();
    let enveloped = envelope(good, &body).to_string();
    parts.headers.remove(header::CONTENT_LENGTH);
    parts
        .headers
        .insert(header::CONTENT_TYPE, HeaderValue::from_static(KIND));
    Response::from_parts(parts, Body::from(enveloped))
}

fn envelope(good: bool, body: &Value) -> Value {
    let said = if good { "message" } else { "error" };
    let message = body.get(said).cloned().unwrap_or_else(|| "Success".into());
    if good {
        json!({"data": body, "message": message, "errors": []})
    } else {
        json!({"data": null, "message": message, "errors": [body]})
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_good_answer_is_the_data_and_a_problem_one_of_the_errors() {
        let made = envelope(
            true,
            &json!({"id": 2, "message": "User created successfully"}),
        );
        assert_eq!(
            (&made["data"]["id"], &made["message"], &made["errors"]),
            (&json!(2), &json!("User created successfully"), &json!([]))
        );
        let listed = envelope(true, &json!([1]));
        assert_eq!(
            (&listed["data"], &listed["message"]),
            (&json!([1]), &json!("Success"))
        );
        let refused = envelope(false, &json!({"error": "no", "code": "X"}));
        assert_eq!(
            (
                &refused["data"],
                &refused["errors"][0]["code"],
                &refused["message"]
            ),
            (&Value::Null, &json!("X"), &json!("no"))
        );
    }

    #[tokio::test]
    async fn a_page_is_not_wrapped() {
        let mut page = Response::new(Body::from("<p>"));
        let html = HeaderValue::from_static("text/html");
        page.headers_mut().insert(header::CONTENT_TYPE, html);
        let same = wrapped(page).await;
        assert_eq!(same.headers()[header::CONTENT_TYPE], "text/html");
    }
}
