//! Credentials we hand out: 32 bytes of chance, of which we keep a hash.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use sha2::{Digest, Sha256};

/// A credential at the one moment it can be read.
pub struct MintedSecret {
    /// What its holder presents.
    pub plain: String,
    /// What we keep.
    pub fingerprint: String,
}

/// Makes a credential from 32 random bytes, with a prefix that tells its kind.
#[must_use]
pub fn mint(prefix: &str, random: &[u8]) -> MintedSecret {
    let plain = format!("{prefix}{}", URL_SAFE_NO_PAD.encode(random));
    let fingerprint = fingerprint(plain.as_bytes());
    MintedSecret { plain, fingerprint }
}

/// What we keep of a credential. A plain hash will do: its input is 256 bits of chance, not a password somebody chose.
#[must_use]
pub fn fingerprint(presented: &[u8]) -> String {
    hex::encode(Sha256::digest(presented))
}

/// Whether this has the form of a secret that was minted without a beginning: 32 bytes in base64url. What has not is looked up
/// nowhere and shown on no page.
#[must_use]
pub fn is_token(text: &str) -> bool {
    let fits = |b: u8| b.is_ascii_alphanumeric() || b == b'-' || b == b'_';
    text.len() == 43 && text.bytes().all(fits)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_looks_like_a_token_is_one() {
        assert!(is_token(&mint("", &[7; 32]).plain));
        let script = "\"><script>alert(1)</script>xxxxxxxxxxxxxxxxx";
        for bad in [
            "",
            "short",
            script,
            &"<".repeat(43),
            &mint("vetrai_", &[7; 32]).plain,
        ] {
            assert!(!is_token(bad), "{bad}");
        }
    }
}
