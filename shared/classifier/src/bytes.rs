//! A model as bytes: little-endian, in the order of its parts. What is embedded, and what is trained.

use crate::confidence::{Confidence, PIECES};
use crate::model::Model;
use crate::vocabulary::Vocabulary;
use std::borrow::Cow;

/// The first bytes of every model of this form.
const MARK: &[u8; 4] = b"DHM1";

/// Bytes that are no model.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("these bytes are no model of this version; make one with `cargo run -- train`")]
pub struct NoModel;

impl Model {
    /// The bytes that [`Model::parse`] reads. The version is made of all the others.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut out = MARK.to_vec();
        number(&mut out, self.labels.len());
        number(&mut out, self.background.map_or(0, |at| at + 1));
        for label in &self.labels {
            number(&mut out, label.len());
            out.extend(label.as_bytes());
        }
        let confidence = &self.confidence;
        let reals = self.scales.iter().chain(&self.biases);
        let reals = reals.chain(&confidence.means).chain(&confidence.measures);
        let reals = reals.chain(&confidence.weights);
        for value in reals.chain([&confidence.bias, &self.threshold]) {
            out.extend(value.to_le_bytes());
        }
        number(&mut out, self.vocabulary.len());
        for key in &self.vocabulary.keys {
            out.extend(key.to_le_bytes());
        }
        out.extend(&self.vocabulary.rarities);
        out.extend(self.weights.iter());
        let name = named(&out);
        out.extend(name.to_le_bytes());
        out
    }

    /// The model in these bytes.
    ///
    /// # Errors
    /// When they are cut off, longer than they say, or of another form.
    pub fn parse(bytes: &'static [u8]) -> Result<Self, NoModel> {
        let mut rest = Rest(bytes);
        if rest.take(MARK.len())? != MARK {
            return Err(NoModel);
        }
        let count = rest.number()?;
        let background = rest.number()?.checked_sub(1);
        let mut labels = Vec::new();
        for _ in 0..count {
            let length = rest.number()?;
            let name = std::str::from_utf8(rest.take(length)?).map_err(|_| NoModel)?;
            labels.push(name.to_owned());
        }
        let scales = rest.reals(count)?;
        let biases = rest.reals(count)?;
        let confidence = Confidence {
            means: rest.pieces()?,
            measures: rest.pieces()?,
            weights: rest.pieces()?,
            bias: rest.real()?,
        };
        let threshold = rest.real()?;
        let features = rest.number()?;
        let keys = rest.take(features.checked_mul(4).ok_or(NoModel)?)?;
        let keys: Vec<u32> = keys
            .as_chunks::<4>()
            .0
            .iter()
            .map(|key| u32::from_le_bytes(*key))
            .collect();
        let rarities = rest.take(features)?.to_vec();
        let weights = rest.take(features.checked_mul(count).ok_or(NoModel)?)?;
        let name = u32::from_le_bytes(rest.four()?);
        let whole = rest.0.is_empty() && keys.is_sorted() && count > 0;
        if !whole || background.is_some_and(|at| at >= count) {
            return Err(NoModel);
        }
        Ok(Self {
            labels,
            background,
            vocabulary: Vocabulary::new(keys, rarities),
            weights: Cow::Borrowed(weights),
            scales,
            biases,
            confidence,
            threshold,
            version: format!("linear-1-{name:08x}"),
        })
    }
}

fn number(out: &mut Vec<u8>, value: usize) {
    out.extend(u32::try_from(value).unwrap_or(u32::MAX).to_le_bytes());
}

/// FNV-1a, folded: names bytes so that two trainings can be told apart.
fn named(bytes: &[u8]) -> u32 {
    bytes.iter().fold(0x811c_9dc5, |hash, byte| {
        (hash ^ u32::from(*byte)).wrapping_mul(0x0100_0193)
    })
}

struct Rest(&'static [u8]);

impl Rest {
    fn take(&mut self, length: usize) -> Result<&'static [u8], NoModel> {
        let (taken, rest) = self.0.split_at_checked(length).ok_or(NoModel)?;
        self.0 = rest;
        Ok(taken)
    }

    fn four(&mut self) -> Result<[u8; 4], NoModel> {
        let (taken, rest) = self.0.split_first_chunk().ok_or(NoModel)?;
        self.0 = rest;
        Ok(*taken)
    }

    fn number(&mut self) -> Result<usize, NoModel> {
        usize::try_from(u32::from_le_bytes(self.four()?)).map_err(|_| NoModel)
    }

    fn real(&mut self) -> Result<f32, NoModel> {
        Ok(f32::from_le_bytes(self.four()?))
    }

    fn reals(&mut self, count: usize) -> Result<Vec<f32>, NoModel> {
        (0..count).map(|_| self.real()).collect()
    }

    fn pieces(&mut self) -> Result<[f32; PIECES], NoModel> {
        self.reals(PIECES)?.try_into().map_err(|_| NoModel)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text;
    use domain::Intake;

    fn small() -> Model {
        let words = text::read(&Intake {
            subject: String::new(),
            body: "locked account".into(),
        })
        .own;
        let mut keys = Vec::new();
        crate::features::grams(&words, |gram| keys.push(gram.key));
        keys.sort_unstable();
        keys.dedup();
        let features: Vec<(u32, f32)> = keys.into_iter().map(|key| (key, 0.5)).collect();
        let vocabulary = Vocabulary::of(&features);
        Model {
            labels: vec!["unlock".into(), "none".into()],
            background: Some(1),
            weights: [10_u8, 246].repeat(vocabulary.len()).into(),
            vocabulary,
            scales: vec![0.01; 2],
            biases: vec![0.1, -0.1],
            confidence: Confidence::default(),
            threshold: 0.9,
            version: "linear-1-00000000".into(),
        }
    }

    #[test]
    fn a_model_survives_its_bytes() {
        let model = small();
        let bytes: &'static [u8] = model.to_bytes().leak();
        let mut read = Model::parse(bytes).unwrap();
        assert_ne!(read.version, model.version);
        read.version.clone_from(&model.version);
        assert_eq!(read, model);
    }

    #[test]
    fn bytes_that_are_cut_or_too_long_are_no_model() {
        let mut bytes = small().to_bytes();
        for length in [0, 3, 20, bytes.len() - 1] {
            let cut: &'static [u8] = bytes[..length].to_vec().leak();
            assert_eq!(Model::parse(cut), Err(NoModel), "{length}");
        }
        bytes.push(0);
        assert_eq!(Model::parse(bytes.leak()), Err(NoModel));
    }
}
