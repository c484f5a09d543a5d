//! Writing down what came of a deed.

/// Pauses before each try to record a result, in milliseconds. The deed is done by then: giving up loses it.
pub(crate) const RECORD_PAUSES_MS: [u64; 5] = [0, 100, 300, 900, 2_000];
