//! Standard Webhooks signatures, as our own callback carries them.

use base64::{Engine, engine::general_purpose::STANDARD};
use constant_time_eq::constant_time_eq;
use hmac::{Hmac, KeyInit, Mac};
use http::HeaderMap;
use jiff::Timestamp;
use secrecy::{ExposeSecret, SecretString};
use sha2::Sha256;

/// How far a signature's time may be from ours, in seconds, both ways.
const TOLERANCE: i64 = 300;

/// Whether `headers` sign `body` with `secret` (`whsec_` and base64) at about `now`.
#[expect(
    clippy::disallowed_methods,
    reason = "the secret is the HMAC's key and goes nowhere"
)]
pub(crate) fn signed(
    secret: &SecretString,
    headers: &HeaderMap,
    body: &[u8],
    now: Timestamp,
) -> bool {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let (Some(id), Some(at), Some(signatures)) = (
        text("webhook-id"),
        text("webhook-timestamp"),
        text("webhook-signature"),
    ) else {
        return false;
    };
    let fresh = at
        .parse::<i64>()
        .is_ok_and(|at| (now.as_second() - at).abs() <= TOLERANCE);
    let key = secret
        .expose_secret()
        .strip_prefix("whsec_")
        .and_then(|key| STANDARD.decode(key).ok());
    let (true, Some(key)) = (fresh, key) else {
        return false;
    };
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(&key) else {
        return false;
    };
    for part in [id.as_bytes(), b".", at.as_bytes(), b".", body] {
        mac.update(part);
    }
    let expected = STANDARD.encode(mac.finalize().into_bytes());
    signatures
        .split(' ')
        .filter_map(|signature| signature.strip_prefix("v1,"))
        .any(|given| constant_time_eq(given.as_bytes(), expected.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderValue;

    // The specification's own example.
    const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    const BODY: &[u8] = br#"{"test": 2432232314}"#;
    const SIGNATURE: &str = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";
    const AT: i64 = 1_614_265_330;

    fn check(signature: &str, body: &[u8], now: i64) -> bool {
        let mut headers = HeaderMap::new();
        headers.insert(
            "webhook-id",
            HeaderValue::from_static("msg_p5jXN8AQM9LWM0D4loKWxJek"),
        );
        headers.insert("webhook-timestamp", HeaderValue::from(AT));
        headers.insert(
            "webhook-signature",
            HeaderValue::from_str(signature).unwrap(),
        );
        signed(
            &SecretString::from(SECRET),
            &headers,
            body,
            Timestamp::from_second(now).unwrap(),
        )
    }

    #[test]
    fn the_specifications_example_verifies() {
        assert!(check(SIGNATURE, BODY, AT));
        assert!(check(&format!("v1,AAAA v2,x {SIGNATURE}"), BODY, AT + 300));
    }

    #[test]
    fn another_body_another_time_or_no_signature_does_not() {
        assert!(!check(SIGNATURE, b"{}", AT));
        assert!(!check(SIGNATURE, BODY, AT + 301));
        assert!(!check(SIGNATURE, BODY, AT - 301));
        assert!(!check("v1,", BODY, AT));
        assert!(!check("", BODY, AT));
        assert!(!check(&SIGNATURE.replace("v1,", "v1a,"), BODY, AT));
    }
}
