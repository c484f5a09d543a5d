//! Numbers made of other numbers, where what is lost is meant to be.

/// A count as a real number.
#[must_use]
#[expect(clippy::cast_precision_loss, reason = "counts here are far below 2^24")]
pub fn real(count: usize) -> f32 {
    count as f32
}

/// The nearest whole number from 0 to 255.
#[must_use]
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "clamped to what a byte holds"
)]
pub fn step(value: f32) -> u8 {
    value.round().clamp(0.0, 255.0) as u8
}

/// The nearest whole number from -127 to 127.
#[must_use]
#[expect(
    clippy::cast_possible_truncation,
    reason = "clamped to what a byte holds"
)]
pub fn signed_step(value: f32) -> i8 {
    value.round().clamp(-127.0, 127.0) as i8
}
