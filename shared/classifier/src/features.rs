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
    let count = words.len();
    let mut hashes = Vec::with_capacity(count + 2);
    hashes.push(BEGIN);
    let mut letters: Vec<u32> = Vec::new();
    let mut meant: Option<(u32, usize)> = None;
    for (at, word) in words.iter().enumerate() {
        letters.clear();
        letters.push(u32::from('_'));
        letters.extend(word.chars().filter(|c| *c != '\'').map(u32::from));
        letters.push(u32::from('_'));
        let inner = &letters[1..letters.len() - 1];
        let mut give = |key, block| {
            each(Gram {
                key,
                block,
                words: at..at + 1,
            });
        };
        let hash = hashed(WORD, inner);
        hashes.push(hash);
        give(hash, Block::Words);
        if inner.len() > STEM {
            give(hashed(FAMILY, &inner[..STEM]), Block::Words);
        }
        if let Some(meaning) = meaning::of(word) {
            give(hashed(MEANING, &[meaning]), Block::Words);
        }
        for length in RUNS {
            for run in letters.windows(length) {
                give(hashed(RUN, run), Block::Chars);
            }
        }
        if let Some(meaning) = meaning::of(word)
            && let Some((before, from)) = meant.replace((meaning, at))
        {
            each(Gram {
                key: hashed(MEANINGS, &[before, meaning]),
                block: Block::Words,
                words: from..at + 1,
            });
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

/// FNV-1a over units of 32 bits, its bits mixed once more, since its lower ones decide where a feature is kept.
fn hashed(kind: u32, units: &[u32]) -> u32 {
    let mut hash = 0xcbf2_9ce4_8422_2325_u64 ^ u64::from(kind);
    hash = hash.wrapping_mul(0x0100_0000_01b3);
    for unit in units {
        hash = (hash ^ u64::from(*unit)).wrapping_mul(0x0100_0000_01b3);
    }
    hash ^= hash >> 32;
    hash = hash.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    u32::try_from(hash >> 32).unwrap_or_default()
}
