//! Which words of a ticket decided, in its own words.

use crate::features::of_words;
use crate::model::Model;
use crate::number::real;
use crate::text::Words;
use crate::vocabulary::Vector;
use std::ops::Range;

/// Phrases that are named.
const PHRASES: usize = 3;
/// Words of a phrase.
const LONGEST: usize = 4;
/// What a phrase or a word beside it must weigh, as a share of the heaviest word.
const WORTH_NAMING: f32 = 0.3;

impl Model {
    /// The phrases of `words` that speak loudest for `label`, loudest first.
    #[must_use]
    pub fn because<'a>(&self, words: &'a Words, vector: &Vector, label: usize) -> Vec<&'a str> {
        let mut weights = self.by_word(words, vector, label);
        let mut phrases = Vec::new();
        let mut loudest = 0.0;
        while phrases.len() < PHRASES {
            let Some(range) = phrase(&weights, &mut loudest) else {
                break;
            };
            weights[range.clone()].fill(f32::MIN);
            phrases.push(words.phrase(range));
        }
        phrases
    }

    /// How much each word speaks for `label`; a feature of several words is shared among them.
    fn by_word(&self, words: &Words, vector: &Vector, label: usize) -> Vec<f32> {
        let mut weights = vec![0.0; words.len()];
        let entries = &vector.entries[..vector.words];
        of_words(words, &mut |gram| {
            let found = self.vocabulary.find(gram.key).and_then(|at| {
                let entry = entries.binary_search_by_key(&at, |(row, _)| *row as usize);
                Some(entries[entry.ok()?].1 * self.speaks(at, label))
            });
            let share = found.unwrap_or_default() / real(gram.words.len().max(1));
            for weight in &mut weights[gram.words] {
                *weight += share;
            }
        });
        weights
    }
}

/// The heaviest word and those beside it that are worth naming with it.
fn phrase(weights: &[f32], loudest: &mut f32) -> Option<Range<usize>> {
    let (at, weight) = weights
        .iter()
        .enumerate()
        .max_by(|a, b| a.1.total_cmp(b.1).then(b.0.cmp(&a.0)))?;
    *loudest = loudest.max(*weight);
    let enough = *loudest * WORTH_NAMING;
    if *weight <= 0.0 || *weight < enough {
        return None;
    }
    let (mut from, mut to) = (at, at + 1);
    while to - from < LONGEST {
        let before = from.checked_sub(1).map(|at| weights[at]);
        let after = weights.get(to).copied();
        let more = |side: Option<f32>| side.filter(|weight| *weight >= enough);
        match (more(before), more(after)) {
            (Some(before), after) if after.is_none_or(|after| before >= after) => from -= 1,
            (_, Some(_)) => to += 1,
            _ => break,
        }
    }
    Some(from..to)
}

#[cfg(test)]
mod tests {
    use super::phrase;

    #[test]
    fn a_phrase_is_the_heaviest_word_and_its_heavy_neighbours() {
        let mut loudest = 0.0;
        assert_eq!(phrase(&[0.1, 0.5, 1.0, 0.4, 0.0], &mut loudest), Some(1..4));
        assert_eq!(phrase(&[0.2, 0.1], &mut loudest), None);
        assert_eq!(phrase(&[], &mut loudest), None);
    }
}
