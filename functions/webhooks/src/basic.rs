//! HTTP Basic, as webhooks present it.

use base64::{Engine, engine::general_purpose::STANDARD};
use http::{HeaderMap, header::AUTHORIZATION};

/// The name and the password's raw bytes, if the request shows them.
pub(crate) fn credential(headers: &HeaderMap) -> Option<(String, Vec<u8>)> {
    let text = headers.get(AUTHORIZATION)?.to_str().ok()?;
    let (scheme, encoded) = text.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") || encoded.len() > 1_024 {
        return None;
    }
    let decoded = STANDARD.decode(encoded.trim()).ok()?;
    let colon = decoded.iter().position(|byte| *byte == b':')?;
    let name = String::from_utf8(decoded[..colon].to_vec()).ok()?;
    Some((name, decoded[colon + 1..].to_vec()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderValue;

    fn of(value: &str) -> Option<(String, Vec<u8>)> {
        let mut headers = HeaderMap::new();
        headers.insert(AUTHORIZATION, HeaderValue::from_str(value).unwrap());
        credential(&headers)
    }

    #[test]
    fn a_password_may_hold_colons_and_any_bytes() {
        let shown = format!("basic {}", STANDARD.encode(b"src:a:b\xff"));
        assert_eq!(of(&shown), Some(("src".into(), b"a:b\xff".to_vec())));
    }

    #[test]
    fn what_is_not_basic_is_no_credential() {
        for bad in [
            "",
            "Basic",
            "Basic !!!",
            "Bearer abc",
            &format!("Basic {}", STANDARD.encode("no-colon")),
        ] {
            assert_eq!(of(bad), None, "{bad:?}");
        }
    }
}
