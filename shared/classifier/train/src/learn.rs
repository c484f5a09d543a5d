//! Learning a linear model: one separating plane a label, all at once.
//!
//! Dual coordinate descent for the L2-regularised squared hinge loss (Hsieh et al., 2008), one against the rest. All labels
//! are moved together for each text, so that a feature's weights are read once for all of them.

use crate::chance::Chance;
use classifier::features::grams;
use classifier::number::{real, signed_step};
use classifier::text::Words;
use classifier::{Confidence, Model, Vector, Vocabulary};
use std::collections::BTreeMap;

/// How it learns.
#[derive(Debug, Clone, Copy)]
pub struct Settings {
    /// Texts a feature must be in.
    pub seen_in: u32,
    /// What a text of a label on its plane's wrong side costs.
    pub cost: f32,
    /// How much more a text of the label itself costs than one of another.
    pub own_cost: f32,
    /// Rounds over all texts.
    pub rounds: usize,
    /// Seeds the order of the texts.
    pub seed: u64,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            seen_in: 2,
            cost: 1.0,
            own_cost: 4.0,
            rounds: 8,
            seed: 1,
        }
    }
}

/// A text and its label's place.
#[derive(Debug, Clone)]
pub struct Example {
    /// What it says.
    pub words: Words,
    /// Its label.
    pub label: usize,
}

/// Learns from `examples`. The confidence and the threshold are not set yet.
#[must_use]
pub fn learn(
    labels: &[String],
    background: Option<usize>,
    examples: &[&Example],
    settings: &Settings,
) -> Model {
    let vocabulary = vocabulary(examples, settings.seen_in);
    let vectors: Vec<Vector> = examples
        .iter()
        .map(|e| vocabulary.vector(&e.words))
        .collect();
    let planes = Planes::fitted(labels.len(), vocabulary.len(), examples, &vectors, settings);
    let (weights, scales) = planes.quantised();
    Model {
        labels: labels.to_vec(),
        background,
        vocabulary,
        weights: weights.into(),
        scales,
        biases: planes.biases,
        confidence: Confidence::default(),
        threshold: 1.0,
        version: String::new(),
    }
}

fn vocabulary(examples: &[&Example], seen_in: u32) -> Vocabulary {
    let mut seen: BTreeMap<u32, u32> = BTreeMap::new();
    let mut keys = Vec::new();
    for example in examples {
        keys.clear();
        grams(&example.words, |gram| keys.push(gram.key));
        keys.sort_unstable();
        keys.dedup();
        for key in &keys {
            *seen.entry(*key).or_default() += 1;
        }
    }
    let all = real(examples.len());
    let features: Vec<(u32, f32)> = seen
        .into_iter()
        .filter(|(_, count)| *count >= seen_in)
        .map(|(key, count)| (key, real(count as usize) / all))
        .collect();
    Vocabulary::of(&features)
}

struct Planes {
    labels: usize,
    weights: Vec<f32>,
    biases: Vec<f32>,
}

impl Planes {
    fn fitted(
        labels: usize,
        features: usize,
        examples: &[&Example],
        vectors: &[Vector],
        settings: &Settings,
    ) -> Self {
        let mut planes = Self {
            labels,
            weights: vec![0.0; features * labels],
            biases: vec![0.0; labels],
        };
        let mut pulls = vec![0.0_f32; examples.len() * labels];
        let mut order: Vec<usize> = (0..examples.len()).collect();
        let mut chance = Chance::of(settings.seed);
        let mut scores = vec![0.0_f32; labels];
        for _ in 0..settings.rounds {
            chance.shuffle(&mut order);
            for at in &order {
                let vector = vectors[*at].entries();
                let square = 1.0 + vector.iter().map(|(_, v)| v * v).sum::<f32>();
                planes.score(vector, &mut scores);
                let pulls = &mut pulls[at * labels..(at + 1) * labels];
                for (label, (score, pull)) in scores.iter_mut().zip(pulls).enumerate() {
                    let own = label == examples[*at].label;
                    let (side, cost) = if own {
                        (1.0, settings.cost * settings.own_cost)
                    } else {
                        (-1.0, settings.cost)
                    };
                    let slack = 0.5 / cost;
                    let slope = side * *score - 1.0 + *pull * slack;
                    let moved = (*pull - slope / (square + slack)).max(0.0);
                    *score = (moved - *pull) * side;
                    *pull = moved;
                }
                planes.shift(vector, &scores);
            }
        }
        planes
    }

    fn score(&self, vector: &[(u32, f32)], scores: &mut [f32]) {
        scores.copy_from_slice(&self.biases);
        for (at, value) in vector {
            let from = *at as usize * self.labels;
            let row = &self.weights[from..from + self.labels];
            for (score, weight) in scores.iter_mut().zip(row) {
                *score += value * weight;
            }
        }
    }

    fn shift(&mut self, vector: &[(u32, f32)], by: &[f32]) {
        for (bias, by) in self.biases.iter_mut().zip(by) {
            *bias += by;
        }
        for (at, value) in vector {
            let from = *at as usize * self.labels;
            let row = &mut self.weights[from..from + self.labels];
            for (weight, by) in row.iter_mut().zip(by) {
                *weight += value * by;
            }
        }
    }

    /// Each label's weights in steps of its own size.
    fn quantised(&self) -> (Vec<u8>, Vec<f32>) {
        let mut largest = vec![f32::MIN_POSITIVE; self.labels];
        for row in self.weights.chunks(self.labels) {
            for (largest, weight) in largest.iter_mut().zip(row) {
                *largest = largest.max(weight.abs());
            }
        }
        let scales: Vec<f32> = largest.iter().map(|most| most / 127.0).collect();
        let steps = self.weights.chunks(self.labels).flat_map(|row| {
            row.iter()
                .zip(&scales)
                .map(|(weight, scale)| signed_step(weight / scale).cast_unsigned())
        });
        (steps.collect(), scales)
    }
}
