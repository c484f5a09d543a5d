//! Signing tokens: RSA, by a KMS key whose private half nobody has. Needs the environment's `TOKEN_KEY`.

use aws_sdk_kms::primitives::Blob;
use aws_sdk_kms::types::{MessageType, SigningAlgorithmSpec};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use jiff::Timestamp;
use sha2::{Digest, Sha256};
use store::SigningKeyRow;
use tokio::sync::OnceCell;

/// Signs tokens.
pub struct Signer {
    client: aws_sdk_kms::Client,
    key: String,
    public: OnceCell<SigningKeyRow>,
}

/// Why a token was not signed.
#[derive(Debug, thiserror::Error)]
pub enum SignError {
    /// KMS could not be asked.
    #[error("the key service is not available")]
    Unavailable(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The key is no RSA key, or the environment names none.
    #[error("the token key is not an RSA key in KMS")]
    NoKey,
}

impl Signer {
    pub(crate) fn new(client: aws_sdk_kms::Client, key: &str) -> Self {
        Self {
            client,
            key: key.to_owned(),
            public: OnceCell::new(),
        }
    }

    /// The public half, to be published before the first token is signed.
    ///
    /// # Errors
    /// When KMS cannot be asked, or the key is not RSA.
    pub async fn public_key(&self, now: Timestamp) -> Result<&SigningKeyRow, SignError> {
        self.public
            .get_or_try_init(|| async {
                let answer = self.client.get_public_key().key_id(&self.key).send().await;
                let answer = answer.map_err(|error| SignError::Unavailable(Box::new(error)))?;
                let der = answer.public_key.ok_or(SignError::NoKey)?.into_inner();
                let (n, e) = rsa_components(&der).ok_or(SignError::NoKey)?;
                Ok(SigningKeyRow {
                    kid: hex::encode(&Sha256::digest(&der)[..8]),
                    n: URL_SAFE_NO_PAD.encode(n),
                    e: URL_SAFE_NO_PAD.encode(e),
                    created_at: now,
                })
            })
            .await
    }

    /// The RS256 signature of `text`.
    ///
    /// # Errors
    /// When KMS cannot be asked.
    pub async fn sign(&self, text: &str) -> Result<Vec<u8>, SignError> {
        let answer = self
            .client
            .sign()
            .key_id(&self.key)
            .message_type(MessageType::Raw)
            .message(Blob::new(text.as_bytes()))
            .signing_algorithm(SigningAlgorithmSpec::RsassaPkcs1V15Sha256)
            .send()
            .await
            .map_err(|error| SignError::Unavailable(Box::new(error)))?;
        Ok(answer.signature.ok_or(SignError::NoKey)?.into_inner())
    }
}

/// Modulus and exponent of an RSA key in `SubjectPublicKeyInfo` form (RFC 5280, RFC 8017), without leading zeros.
fn rsa_components(spki: &[u8]) -> Option<(&[u8], &[u8])> {
    let (outer, _) = element(spki, 0x30)?;
    let (_algorithm, rest) = element(outer, 0x30)?;
    let (bits, _) = element(rest, 0x03)?;
    let (key, _) = element(bits.strip_prefix(&[0])?, 0x30)?;
    let (n, rest) = element(key, 0x02)?;
    let (e, _) = element(rest, 0x02)?;
    Some((without_zeros(n), without_zeros(e)))
}

/// The content of the DER element that `bytes` begin with, which has this tag, and what follows it.
fn element(bytes: &[u8], tag: u8) -> Option<(&[u8], &[u8])> {
    let (&found, rest) = bytes.split_first()?;
    let (&first, rest) = rest.split_first()?;
    if found != tag {
        return None;
    }
    let (length, rest) = if first < 0x80 {
        (usize::from(first), rest)
    } else {
        let (length, rest) = rest.split_at_checked(usize::from(first & 0x7f))?;
        if length.is_empty() || length.len() > 3 {
            return None;
        }
        let length = length
            .iter()
            .fold(0, |sum, byte| sum << 8 | usize::from(*byte));
        (length, rest)
    };
    rest.split_at_checked(length)
}

fn without_zeros(number: &[u8]) -> &[u8] {
    let zeros = number.iter().take_while(|byte| **byte == 0).count();
    &number[zeros..]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_numbers_of_a_key_are_read_and_anything_else_is_refused() {
        // A key of 16 bits, written by hand: n = 0x00c5_01, e = 65537.
        let spki = [
            0x30, 0x21, 0x30, 0x0d, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01,
            0x01, 0x05, 0x00, 0x03, 0x10, 0x00, 0x30, 0x0d, 0x02, 0x03, 0x00, 0xc5, 0x01, 0x02,
            0x03, 0x01, 0x00, 0x01, 0x00, 0x00, 0x00,
        ];
        let (n, e) = rsa_components(&spki).unwrap();
        assert_eq!((n, e), (&[0xc5, 0x01][..], &[1, 0, 1][..]));
        for cut in 0..28 {
            assert!(rsa_components(&spki[..cut]).is_none(), "{cut}");
        }
        assert!(rsa_components(&[0x30, 0x84, 0xff, 0xff, 0xff, 0xff]).is_none());
    }
}
