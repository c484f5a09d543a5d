//! Signature Version 4.

use aws_credential_types::Credentials;
use aws_sigv4::http_request::{SignableBody, SignableRequest, SigningSettings, sign};
use aws_sigv4::sign::v4::SigningParams;
use std::time::SystemTime;
use vendor_http::Ask;

/// The name that Bedrock's signatures are made for, also at `bedrock-runtime`.
const SERVICE: &str = "bedrock";

/// `ask` with its signature, for one region and a few minutes; none when it cannot be signed.
pub(crate) fn signed(
    ask: Ask,
    credentials: &Credentials,
    region: &str,
    now: SystemTime,
) -> Option<Ask> {
    let identity = credentials.clone().into();
    let params = SigningParams::builder()
        .identity(&identity)
        .region(region)
        .name(SERVICE)
        .time(now)
        .settings(SigningSettings::default())
        .build()
        .ok()?
        .into();
    let body = SignableBody::Bytes(ask.body());
    let request = SignableRequest::new("POST", ask.url(), std::iter::empty(), body).ok()?;
    let (instructions, _) = sign(request, &params).ok()?.into_parts();
    let headers: Vec<(String, String)> = instructions
        .headers()
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect();
    Some(ask.signed(&headers))
}
