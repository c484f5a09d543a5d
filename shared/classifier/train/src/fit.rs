//! A whole training: planes from all examples, the confidence from what models that had not seen an example made of it.

use crate::calibrate::{Case, fitted};
use crate::chance::Chance;
use crate::learn::{Example, Settings, learn};
use classifier::number::real;
use classifier::{Model, Verdict};

/// Parts that are held out in turn.
const FOLDS: usize = 5;

/// What the background's examples weigh together when the confidence is fitted, as a share of the others, where they are
/// few: what nobody has a playbook for is not as rare as its examples.
const BACKGROUND_SHARE: f32 = 0.3;

/// An example as a model saw it that was trained without it.
#[derive(Debug, Clone)]
pub struct Unseen {
    /// What that model made of it.
    pub verdict: Verdict,
    /// What it is.
    pub label: usize,
    /// Which of the examples it is.
    pub example: usize,
    /// Whether that model would let a person look first, whatever the confidence.
    pub cautioned: bool,
}

/// Whether a person should look at an example first, by the model that had not seen it.
pub type Watch<'a> = dyn Fn(&Model, usize, &Verdict) -> bool + 'a;

/// Each example through a model of the others.
#[must_use]
pub fn unseen(
    labels: &[String],
    background: Option<usize>,
    examples: &[Example],
    settings: &Settings,
    watch: Option<&Watch>,
) -> Vec<Unseen> {
    let parts = parts(examples, labels.len(), settings.seed);
    let mut all = Vec::with_capacity(examples.len());
    for part in 0..FOLDS {
        let rest: Vec<&Example> = examples
            .iter()
            .zip(&parts)
            .filter(|(_, of)| **of != part)
            .map(|(example, _)| example)
            .collect();
        let model = learn(labels, background, &rest, settings);
        for (at, example) in examples
            .iter()
            .enumerate()
            .filter(|(at, _)| parts[*at] == part)
        {
            let verdict = model.verdict(&example.words);
            let cautioned = watch.is_some_and(|watch| watch(&model, at, &verdict));
            all.push(Unseen {
                verdict,
                label: example.label,
                example: at,
                cautioned,
            });
        }
    }
    all.sort_by_key(|unseen| unseen.example);
    all
}

/// The model of all examples, its confidence fitted to `unseen`.
#[must_use]
pub fn fit(
    labels: &[String],
    background: Option<usize>,
    examples: &[Example],
    settings: &Settings,
    unseen: &[Unseen],
) -> Model {
    let all: Vec<&Example> = examples.iter().collect();
    let mut model = learn(labels, background, &all, settings);
    let beside = unseen
        .iter()
        .filter(|unseen| Some(unseen.label) == background)
        .count();
    let background_counts =
        (BACKGROUND_SHARE * real(unseen.len() - beside) / real(beside.max(1))).max(1.0);
    let cases: Vec<Case> = unseen
        .iter()
        .map(|unseen| Case {
            evidence: unseen.verdict.evidence,
            right: unseen.verdict.label == unseen.label,
            counts: if Some(unseen.label) == background {
                background_counts
            } else {
                1.0
            },
        })
        .collect();
    model.confidence = fitted(&cases);
    model
}

/// The part of each example: every label is spread over all parts.
fn parts(examples: &[Example], labels: usize, seed: u64) -> Vec<usize> {
    let mut chance = Chance::of(seed ^ 0x5eed);
    let mut parts = vec![0; examples.len()];
    for label in 0..labels {
        let mut of_label: Vec<usize> = (0..examples.len())
            .filter(|at| examples[*at].label == label)
            .collect();
        chance.shuffle(&mut of_label);
        for (nth, at) in of_label.into_iter().enumerate() {
            parts[at] = nth % FOLDS;
        }
    }
    parts
}
