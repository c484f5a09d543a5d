//! Ids and other chance.

use jiff::Timestamp;

/// Makes ids that nobody made before and nobody can guess.
pub trait Ids: Send + Sync {
    /// The bits of a ULID made at `now`: later ones sort behind earlier ones.
    fn ulid(&self, now: Timestamp) -> u128;

    /// `bytes` of chance.
    fn bytes(&self, bytes: usize) -> Vec<u8>;
}

/// The operating system's chance.
#[derive(Debug, Clone, Copy, Default)]
pub struct RandomIds;

impl Ids for RandomIds {
    fn ulid(&self, now: Timestamp) -> u128 {
        let mut random = [0_u8; 16];
        random[6..].copy_from_slice(&self.bytes(10));
        let millis = u64::try_from(now.as_millisecond()).unwrap_or(0);
        ulid::Ulid::from_parts(millis, u128::from_be_bytes(random)).0
    }

    /// # Panics
    /// When the operating system has no chance to give: without it nothing here is safe.
    #[expect(
        clippy::expect_used,
        reason = "an id or a key without chance must not be made at all"
    )]
    fn bytes(&self, bytes: usize) -> Vec<u8> {
        let mut out = vec![0; bytes];
        getrandom::fill(&mut out).expect("the operating system gives random bytes");
        out
    }
}
