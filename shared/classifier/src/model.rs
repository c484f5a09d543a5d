//! A linear model: for each feature one small whole number a label, and what makes of its scores a confidence.

use crate::confidence::{Confidence, Evidence};
use crate::text::Words;
use crate::vocabulary::{Vector, Vocabulary};
use std::borrow::Cow;

/// What a model is made of.
#[derive(Debug, Clone, PartialEq)]
pub struct Model {
    /// What a text can be about.
    pub labels: Vec<String>,
    /// The label that stands for everything else, if there is one.
    pub background: Option<usize>,
    /// What it has met.
    pub vocabulary: Vocabulary,
    /// One signed byte for each feature and label, a feature's labels together.
    pub weights: Cow<'static, [u8]>,
    /// What a step of a label's weights is worth.
    pub scales: Vec<f32>,
    /// What each label begins with.
    pub biases: Vec<f32>,
    /// How scores become a confidence.
    pub confidence: Confidence,
    /// The confidence from which on it may act.
    pub threshold: f32,
    /// Names exactly these bytes.
    pub version: String,
}

/// What a model makes of a text.
#[derive(Debug, Clone, PartialEq)]
pub struct Verdict {
    /// The label it is most likely to have, the background left aside.
    pub label: usize,
    /// How likely that label is right, 0 to 1.
    pub confidence: f32,
    /// The score of each label; above 0 it speaks for it.
    pub scores: Vec<f32>,
    /// What the confidence was made of.
    pub evidence: Evidence,
}

impl Model {
    /// What the text is about.
    #[must_use]
    pub fn verdict(&self, words: &Words) -> Verdict {
        self.judge(&self.vocabulary.vector(words))
    }

    /// What the text behind the vector is about.
    #[must_use]
    pub fn judge(&self, vector: &Vector) -> Verdict {
        let (by_words, by_chars) = vector.entries.split_at(vector.words);
        let by_words = self.sum(by_words);
        let by_chars = self.sum(by_chars);
        let scores: Vec<f32> = by_words
            .iter()
            .zip(&by_chars)
            .zip(&self.biases)
            .map(|((words, chars), bias)| words + chars + bias)
            .collect();
        let label = self.first(&scores, None).unwrap_or_default();
        let second = self.first(&scores, Some(label)).unwrap_or(label);
        let evidence = Evidence::of(
            &scores,
            label,
            second,
            self.background,
            vector,
            (&by_words, &by_chars),
        );
        Verdict {
            label,
            confidence: self.confidence.of(&evidence),
            scores,
            evidence,
        }
    }

    /// Whether the verdict's label is likelier than the background.
    #[must_use]
    pub fn names_one(&self, verdict: &Verdict) -> bool {
        let score = |at: usize| verdict.scores.get(at).copied().unwrap_or_default();
        self.background
            .is_none_or(|at| score(verdict.label) >= score(at))
    }

    /// The label with the highest score, the background and `but` left aside.
    fn first(&self, scores: &[f32], but: Option<usize>) -> Option<usize> {
        (0..scores.len())
            .filter(|at| Some(*at) != self.background && Some(*at) != but)
            .max_by(|a, b| scores[*a].total_cmp(&scores[*b]).then(b.cmp(a)))
    }

    fn sum(&self, entries: &[(u32, f32)]) -> Vec<f32> {
        let labels = self.labels.len();
        let mut sums = vec![0.0_f32; labels];
        for (at, value) in entries {
            for (sum, weight) in sums.iter_mut().zip(self.row(*at as usize)) {
                *sum += value * f32::from(weight.cast_signed());
            }
        }
        for (sum, scale) in sums.iter_mut().zip(&self.scales) {
            *sum *= scale;
        }
        sums
    }

    /// The weights of a feature.
    fn row(&self, at: usize) -> &[u8] {
        let labels = self.labels.len();
        self.weights
            .get(at * labels..(at + 1) * labels)
            .unwrap_or_default()
    }

    /// How much the feature at `at` speaks for `label` rather than for the labels on average.
    pub(crate) fn speaks(&self, at: usize, label: usize) -> f32 {
        let worth = |label: usize| {
            let weight = self.row(at).get(label).copied().unwrap_or_default();
            f32::from(weight.cast_signed()) * self.scales[label]
        };
        worth(label)
            - (0..self.labels.len()).map(worth).sum::<f32>()
                / crate::number::real(self.labels.len())
    }
}
