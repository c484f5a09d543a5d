//! From scores to a confidence that means what it says.

use crate::vocabulary::Vector;

/// How many numbers a confidence is made of.
pub const PIECES: usize = 8;

/// How steep the share of a score among all is.
const STEEPNESS: f32 = 6.0;

/// What a confidence is made of: the best score, its lead, the background's score and so on.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Evidence(pub [f32; PIECES]);

/// A logistic function of the evidence, each piece brought to a common measure before.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Confidence {
    /// What is taken off each piece.
    pub means: [f32; PIECES],
    /// What each piece is then multiplied with.
    pub measures: [f32; PIECES],
    /// How much each then counts.
    pub weights: [f32; PIECES],
    /// What is added in the end.
    pub bias: f32,
}

impl Evidence {
    pub(crate) fn of(
        scores: &[f32],
        label: usize,
        second: usize,
        background: Option<usize>,
        vector: &Vector,
        (by_words, by_chars): (&[f32], &[f32]),
    ) -> Self {
        let best = scores.get(label).copied().unwrap_or_default();
        let next = scores.get(second).copied().unwrap_or_default();
        let total: f32 = scores
            .iter()
            .map(|score| libm::expf(STEEPNESS * (score - best)))
            .sum();
        let part = |parts: &[f32]| parts.get(label).copied().unwrap_or_default();
        Self([
            best,
            best - next,
            background.map_or(0.0, |at| scores[at]),
            1.0 / total.max(1.0),
            libm::logf(total.max(1.0)),
            vector.known,
            part(by_words),
            part(by_chars),
        ])
    }
}

impl Confidence {
    /// The confidence, 0 to 1.
    #[must_use]
    pub fn of(&self, evidence: &Evidence) -> f32 {
        let mut sum = self.bias;
        for (at, piece) in evidence.0.iter().enumerate() {
            sum += (piece - self.means[at]) * self.measures[at] * self.weights[at];
        }
        1.0 / (1.0 + libm::expf(-sum))
    }
}
