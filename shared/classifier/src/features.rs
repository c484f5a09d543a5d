//! Hashed n-grams of words and of characters.
//!
//! A feature is a number made of what it is; the same words give the same numbers for ever, since a model knows nothing
//! else. Apostrophes are not heard, so that "cant" and "can't" are one word.

use crate::meaning;
use crate::text::Words;
use std::ops::Range;

/// What a feature was made of. Words and characters are weighed apart, so that neither drowns the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Block {
    /// One to three words.
    Words,
    /// Two to five characters of a word, its ends included.
    Chars,
}

/// One occurrence of a feature.
#[derive(Debug, Clone)]
pub struct Gram {
    /// The feature.
    pub key: u32,
    /// What it was made of.
    pub block: Block,
    /// The words it was made of.
    pub words: Range<usize>,
}

/// Shortest and longest run of characters.
const RUNS: Range<usize> = 2..6;
/// Characters of a word that stand for its family: "resetting" and "resets" both begin as "reset".
const STEM: usize = 5;

const WORD: u32 = 0x57;
const PAIR: u32 = 0x50;
const TRIPLE: u32 = 0x54;
const SKIP: u32 = 0x53;
const FAMILY: u32 = 0x46;
const RUN: u32 = 0x52;
const MEANING: u32 = 0x4d;
const MEANINGS: u32 = 0x4e;
const BEGIN: u32 = 0x0be9;
const END: u32 = 0x0e4d;

/// Hands every feature of `words` to `each`.
pub fn grams(words: &Words, mut each: impl FnMut(Gram)) {
    of_words(words, &mut each);
    of_chars(words, &mut each);
}

/// The features of characters.
fn of_chars(words: &Words, each: &mut impl FnMut(Gram)) {
    let mut letters: Vec<u32> = Vec::new();
    for (at, word) in words.iter().enumerate() {
        letters.clear();
        letters.push(u32::from('_'));
        letters.extend(word.chars().filter(|c| *c != '\'').map(u32::from));
        letters.push(u32::from('_'));
        for from in 0..letters.len() {
            let mut hash = begun(RUN);
            for (length, letter) in (1..RUNS.end).zip(&letters[from..]) {
                hash = with(hash, *letter);
                if RUNS.contains(&length) {
                    each(Gram {
                        key: mixed(hash),
                        block: Block::Chars,
                        words: at..at + 1,
                    });
                }
            }
        }
    }
}

/// The features of words.
pub(crate) fn of_words(words: &Words, each: &mut impl FnMut(Gram)) {
    let count = words.len();
    let mut hashes = Vec::with_capacity(count + 2);
    hashes.push(BEGIN);
    let mut letters: Vec<u32> = Vec::new();
    let mut meant: Option<(u32, usize)> = None;
    for (at, word) in words.iter().enumerate() {
        letters.clear();
        letters.extend(word.chars().filter(|c| *c != '\'').map(u32::from));
        let mut give = |key| {
            each(Gram {
                key,
                block: Block::Words,
                words: at..at + 1,
            });
        };
        let hash = hashed(WORD, &letters);
        hashes.push(hash);
        give(hash);
        if letters.len() > STEM {
            give(hashed(FAMILY, &letters[..STEM]));
        }
        if let Some(meaning) = meaning::of(word) {
            give(hashed(MEANING, &[meaning]));
            if let Some((before, from)) = meant.replace((meaning, at)) {
                each(Gram {
                    key: hashed(MEANINGS, &[before, meaning]),
                    block: Block::Words,
                    words: from..at + 1,
                });
            }
        }
    }
    hashes.push(END);
    // hashes[i + 1] is word i; the ends have no words of their own.
    let span = |from: usize, length: usize| from.saturating_sub(1)..(from + length - 1).min(count);
    for (kind, length) in [(PAIR, 2), (TRIPLE, 3)] {
        for (from, run) in hashes.windows(length).enumerate() {
            each(Gram {
                key: hashed(kind, run),
                block: Block::Words,
                words: span(from, length),
            });
        }
    }
    for (from, run) in hashes.windows(3).enumerate() {
        each(Gram {
            key: hashed(SKIP, &[run[0], run[2]]),
            block: Block::Words,
            words: span(from, 3),
        });
    }
}

/// FNV-1a over units of 32 bits.
fn hashed(kind: u32, units: &[u32]) -> u32 {
    mixed(
        units
            .iter()
            .fold(begun(kind), |hash, unit| with(hash, *unit)),
    )
}

fn begun(kind: u32) -> u64 {
    with(0xcbf2_9ce4_8422_2325, kind)
}

fn with(hash: u64, unit: u32) -> u64 {
    (hash ^ u64::from(unit)).wrapping_mul(0x0100_0000_01b3)
}

/// The bits mixed once more, since the upper ones decide where a feature is looked for.
fn mixed(hash: u64) -> u32 {
    let mixed = (hash ^ (hash >> 32)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    u32::try_from(mixed >> 32).unwrap_or_default()
}
