//! One try.

use crate::{Answer, Ask, Deadline};
use reqwest::Method;
use reqwest::header::{CONTENT_LENGTH, HeaderValue};
use std::time::Instant;
use url::Url;
use zeroize::Zeroizing;

const LARGEST_BODY: usize = 1 << 20;

/// What one try came to.
pub(crate) enum Seen {
    Answer(Answer),
    NotSent(&'static str),
    Lost(&'static str),
}

/// Asks once and notes it in the log: host, status and time, never path or body.
pub(crate) async fn attempt(
    http: &reqwest::Client,
    vendor: &'static str,
    ask: &Ask,
    url: &Url,
    by: Deadline,
) -> Seen {
    let left = by.left();
    if left.is_zero() {
        return Seen::NotSent("no time left to ask");
    }
    let began = Instant::now();
    let mut headers = ask.headers.clone();
    if ask.body.is_empty() && ask.method == Method::POST {
        // Nothing would be written about it, and front ends answer such a POST with 411.
        headers.insert(CONTENT_LENGTH, HeaderValue::from(0));
    }
    let request = http
        .request(ask.method.clone(), url.clone())
        .headers(headers)
        .body(ask.body.to_vec())
        .timeout(left);
    let seen = match request.send().await {
        Ok(response) => read(response).await,
        Err(error) if error.is_connect() => Seen::NotSent("no connection"),
        Err(error) if error.is_builder() => Seen::NotSent("the request cannot be written"),
        Err(error) if error.is_timeout() => Seen::Lost("no answer in time"),
        Err(_) => Seen::Lost("the connection broke"),
    };
    let status = match &seen {
        Seen::Answer(answer) => answer.status().to_string(),
        Seen::NotSent(what) | Seen::Lost(what) => (*what).to_owned(),
    };
    tracing::info!(
        vendor,
        host = url.host_str(),
        method = %ask.method,
        status,
        took_ms = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX),
        "asked a vendor"
    );
    seen
}

/// Reads the body. An answer that is not 2xx has said enough by its status, so a body lost there is an empty one.
async fn read(mut response: reqwest::Response) -> Seen {
    let status = response.status();
    let headers = std::mem::take(response.headers_mut());
    match body(&mut response).await {
        Ok(body) => Seen::Answer(Answer {
            status,
            headers,
            body,
        }),
        Err(_) if !status.is_success() => Seen::Answer(Answer {
            status,
            headers,
            body: Zeroizing::default(),
        }),
        Err(what) => Seen::Lost(what),
    }
}

async fn body(response: &mut reqwest::Response) -> Result<Zeroizing<Vec<u8>>, &'static str> {
    let mut body = Zeroizing::new(Vec::new());
    loop {
        match response.chunk().await {
            Ok(None) => return Ok(body),
            Ok(Some(chunk)) if body.len() + chunk.len() <= LARGEST_BODY => {
                body.extend_from_slice(&chunk);
            }
            Ok(Some(_)) => return Err("an answer of more than 1 MB"),
            Err(error) if error.is_timeout() => return Err("no whole answer in time"),
            Err(_) => return Err("the connection broke within the answer"),
        }
    }
}
