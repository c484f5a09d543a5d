//! Why a transition did not happen.

/// A transition that the state it met does not allow.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("cannot {asked} what is {current}; allowed from: {}", allowed.join(", "))]
pub struct Refusal {
    /// What was asked for, as a verb.
    pub asked: &'static str,
    /// The state that was met.
    pub current: &'static str,
    /// The states from which it would have been allowed.
    pub allowed: &'static [&'static str],
}
