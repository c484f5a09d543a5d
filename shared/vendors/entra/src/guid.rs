//! GUIDs from our own names.

use sha2::{Digest, Sha256};

/// Whether `text` is a GUID.
pub(crate) fn is_guid(text: &str) -> bool {
    let hyphen = |at| matches!(at, 8 | 13 | 18 | 23);
    text.len() == 36
        && text.bytes().enumerate().all(|(at, b)| {
            if hyphen(at) {
                b == b'-'
            } else {
                b.is_ascii_hexdigit()
            }
        })
}

/// `text` itself when it is a GUID, else one made from it (version 8): new for each new text.
pub(crate) fn guid(text: &str) -> String {
    if is_guid(text) {
        return text.to_owned();
    }
    let mut bytes: [u8; 16] = [0; 16];
    bytes.copy_from_slice(&Sha256::digest(text)[..16]);
    bytes[6] = 0x80 | (bytes[6] & 0x0F);
    bytes[8] = 0x80 | (bytes[8] & 0x3F);
    let hex = hex::encode(bytes);
    [
        &hex[..8],
        &hex[8..12],
        &hex[12..16],
        &hex[16..20],
        &hex[20..],
    ]
    .join("-")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_guid_stays_and_any_other_text_becomes_one() {
        let given = "35f86a4d-f345-4e55-a8a6-c5de8fac9216";
        assert_eq!(guid(given), given);
        let made = guid("mfa_01J_1");
        assert_eq!(guid(&made), made);
        assert_eq!(&made[14..15], "8");
        assert_ne!(made, guid("mfa_01J_2"));
    }
}
