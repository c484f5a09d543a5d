//! The features a model knows, and a text as a vector of them.

use crate::features::{Block, grams};
use crate::number::real;
use crate::text::Words;
use std::ops::Range;

/// How finely a feature's rarity is kept: a step of its byte.
const RARITY_STEP: f32 = 0.05;
/// How much the characters count beside the words.
const CHARS_SHARE: f32 = 0.8;

/// The features a model knows, in order of their keys.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Vocabulary {
    pub(crate) keys: Vec<u32>,
    /// For each feature the logarithm of how rare it is, in steps.
    pub(crate) rarities: Vec<u8>,
    /// How rare the rarest is.
    rarest: f32,
    /// For each value of a key's leading bits, the first feature that has it or a greater one.
    index: Vec<u32>,
    bits: u32,
}

/// A text as a model sees it.
#[derive(Debug, Clone, Default)]
pub struct Vector {
    /// Features by their place in the vocabulary, those of words first.
    pub(crate) entries: Vec<(u32, f32)>,
    pub(crate) words: usize,
    /// How much of what was said the model has met before, 0 to 1.
    pub(crate) known: f32,
}

impl Vector {
    /// Features by their place in the vocabulary, and how much of each there is.
    #[must_use]
    pub fn entries(&self) -> &[(u32, f32)] {
        &self.entries
    }
}

impl Vocabulary {
    /// The vocabulary of these features, in ascending order, each with the share of texts that have it.
    #[must_use]
    pub fn of(features: &[(u32, f32)]) -> Self {
        let rarities = features.iter().map(|(_, share)| {
            let rarity = 1.0 - libm::logf(share.max(1e-6));
            crate::number::step(rarity / RARITY_STEP)
        });
        Self::new(
            features.iter().map(|(key, _)| *key).collect(),
            rarities.collect(),
        )
    }

    pub(crate) fn new(keys: Vec<u32>, rarities: Vec<u8>) -> Self {
        let bits = keys.len().max(2).ilog2();
        let mut index = vec![0; (1 << bits) + 1];
        for key in &keys {
            index[(key >> (32 - bits)) as usize + 1] += 1;
        }
        for at in 1..index.len() {
            index[at] += index[at - 1];
        }
        let rarest = rarities.iter().copied().max();
        Self {
            keys,
            rarest: rarest.map_or(1.0, f32::from) * RARITY_STEP,
            rarities,
            index,
            bits,
        }
    }

    /// How many features there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.keys.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }

    /// Where the feature stands.
    pub(crate) fn find(&self, key: u32) -> Option<usize> {
        let lead = (key >> (32 - self.bits)) as usize;
        let (from, to) = (self.index[lead] as usize, self.index[lead + 1] as usize);
        let at = self.keys[from..to].iter().position(|known| *known == key)?;
        Some(from + at)
    }

    /// How rare the feature at `at` is.
    pub(crate) fn rarity(&self, at: usize) -> f32 {
        f32::from(self.rarities[at]) * RARITY_STEP
    }

    /// The text as a vector: how often each feature is there, dampened, by how rare it is; of one length in all.
    #[must_use]
    pub fn vector(&self, words: &Words) -> Vector {
        let mut blocks: [Vec<u32>; 2] = [Vec::new(), Vec::new()];
        let (mut met, mut new) = (0.0, 0.0);
        grams(words, |gram| {
            let found = self.find(gram.key);
            if gram.block == Block::Words {
                match found {
                    Some(at) => met += self.rarity(at),
                    None => new += self.rarest,
                }
            }
            if let Some(at) = found.and_then(|at| u32::try_from(at).ok()) {
                blocks[usize::from(gram.block == Block::Chars)].push(at);
            }
        });
        let [of_words, of_chars] = blocks;
        let mut entries = Vec::with_capacity(of_words.len() + of_chars.len());
        let split = self.weigh(of_words, 1.0, &mut entries);
        self.weigh(of_chars, CHARS_SHARE, &mut entries);
        Vector {
            entries,
            words: split.len(),
            known: if met > 0.0 { met / (met + new) } else { 0.0 },
        }
    }

    fn weigh(&self, mut found: Vec<u32>, share: f32, out: &mut Vec<(u32, f32)>) -> Range<usize> {
        found.sort_unstable();
        let from = out.len();
        for same in found.chunk_by(|a, b| a == b) {
            let often = match same.len() {
                1 => 1.0,
                more => 1.0 + libm::logf(real(more)),
            };
            out.push((same[0], often * self.rarity(same[0] as usize)));
        }
        let square: f32 = out[from..].iter().map(|(_, value)| value * value).sum();
        let scale = share / square.sqrt().max(f32::MIN_POSITIVE);
        for (_, value) in &mut out[from..] {
            *value *= scale;
        }
        from..out.len()
    }
}

#[cfg(test)]
mod tests {
    use super::Vocabulary;

    #[test]
    fn each_feature_is_found_and_no_other() {
        let keys: Vec<u32> = (0..1000_u32).map(|n| n.wrapping_mul(4_294_967)).collect();
        let vocabulary = Vocabulary::new(keys.clone(), vec![1; keys.len()]);
        for (at, key) in keys.iter().enumerate() {
            assert_eq!(vocabulary.find(*key), Some(at));
            assert_eq!(vocabulary.find(key + 1), None);
        }
        assert_eq!(Vocabulary::new(Vec::new(), Vec::new()).find(7), None);
    }
}
