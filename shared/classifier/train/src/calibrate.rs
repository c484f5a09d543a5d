//! Making confidences mean what they say: a logistic function of the evidence, fitted to texts that the model had not seen.

use classifier::number::real;
use classifier::{Confidence, Evidence, PIECES};

/// Rounds of Newton's method; it settles in fewer than ten.
const ROUNDS: usize = 25;
/// Holds a weight back that the examples say little about.
const HOLD: f64 = 1.0;

/// One text: what the model made of it, whether its label was right, and how much the text counts.
#[derive(Debug, Clone, Copy)]
pub struct Case {
    /// What the model made of it.
    pub evidence: Evidence,
    /// Whether the label was right.
    pub right: bool,
    /// How much it counts.
    pub counts: f32,
}

const SIZE: usize = PIECES + 1;

/// The confidence that fits `cases` best.
#[must_use]
pub fn fitted(cases: &[Case]) -> Confidence {
    let mut confidence = measures(cases);
    let mut weights = [0.0_f64; SIZE];
    for _ in 0..ROUNDS {
        let mut slope = [0.0_f64; SIZE];
        let mut bend = [[0.0_f64; SIZE]; SIZE];
        for case in cases {
            let pieces = brought(&confidence, case);
            let sum: f64 = pieces.iter().zip(&weights).map(|(p, w)| p * w).sum();
            let likely = 1.0 / (1.0 + libm::exp(-sum));
            let counts = f64::from(case.counts);
            let miss = f64::from(u8::from(case.right)) - likely;
            let sure = (likely * (1.0 - likely)).max(1e-9);
            for row in 0..SIZE {
                slope[row] += counts * miss * pieces[row];
                for column in 0..=row {
                    bend[row][column] += counts * sure * pieces[row] * pieces[column];
                }
            }
        }
        for row in 0..PIECES {
            slope[row] -= HOLD * weights[row];
            bend[row][row] += HOLD;
        }
        bend[PIECES][PIECES] += 1e-6;
        let step = solved(bend, slope);
        for (weight, step) in weights.iter_mut().zip(step) {
            *weight += step;
        }
    }
    for (to, from) in confidence.weights.iter_mut().zip(weights) {
        *to = single(from);
    }
    confidence.bias = single(weights[PIECES]);
    confidence
}

/// The evidence in common measure, and 1 for what is added in the end.
fn brought(confidence: &Confidence, case: &Case) -> [f64; SIZE] {
    let mut out = [1.0; SIZE];
    for (at, out) in out.iter_mut().enumerate().take(PIECES) {
        *out = f64::from((case.evidence.0[at] - confidence.means[at]) * confidence.measures[at]);
    }
    out
}

fn measures(cases: &[Case]) -> Confidence {
    let mut confidence = Confidence::default();
    let count = f64::from(real(cases.len().max(1)));
    for at in 0..PIECES {
        let values = || cases.iter().map(|case| f64::from(case.evidence.0[at]));
        let mean = values().sum::<f64>() / count;
        let spread = values()
            .map(|value| (value - mean) * (value - mean))
            .sum::<f64>()
            / count;
        confidence.means[at] = single(mean);
        confidence.measures[at] = if spread > 1e-9 {
            single(1.0 / libm::sqrt(spread))
        } else {
            0.0
        };
    }
    confidence
}

/// Solves the symmetric system whose lower half is `bend`, by Cholesky's method.
fn solved(mut bend: [[f64; SIZE]; SIZE], mut value: [f64; SIZE]) -> [f64; SIZE] {
    for row in 0..SIZE {
        for column in 0..=row {
            let mut rest = bend[row][column];
            let before = bend[row].iter().zip(&bend[column]).take(column);
            rest -= before.map(|(a, b)| a * b).sum::<f64>();
            bend[row][column] = if row == column {
                libm::sqrt(rest.max(1e-12))
            } else {
                rest / bend[column][column]
            };
        }
    }
    for row in 0..SIZE {
        for before in 0..row {
            value[row] -= bend[row][before] * value[before];
        }
        value[row] /= bend[row][row];
    }
    for row in (0..SIZE).rev() {
        for after in row + 1..SIZE {
            value[row] -= bend[after][row] * value[after];
        }
        value[row] /= bend[row][row];
    }
    value
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "a model keeps single precision"
)]
fn single(value: f64) -> f32 {
    value as f32
}
