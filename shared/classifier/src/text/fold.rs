//! Characters that read the same made the same: compatibility forms, accents, case, look-alikes, invisible ones.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// Cyrillic and Greek letters and the Latin ones they are taken for.
const LOOK_ALIKES: [(char, char); 39] = [
    ('а', 'a'),
    ('в', 'b'),
    ('с', 'c'),
    ('ԁ', 'd'),
    ('е', 'e'),
    ('ɡ', 'g'),
    ('һ', 'h'),
    ('н', 'h'),
    ('і', 'i'),
    ('ј', 'j'),
    ('к', 'k'),
    ('ӏ', 'l'),
    ('м', 'm'),
    ('п', 'n'),
    ('о', 'o'),
    ('р', 'p'),
    ('ԛ', 'q'),
    ('г', 'r'),
    ('ѕ', 's'),
    ('т', 't'),
    ('υ', 'u'),
    ('ѵ', 'v'),
    ('ԝ', 'w'),
    ('х', 'x'),
    ('у', 'y'),
    ('α', 'a'),
    ('β', 'b'),
    ('ε', 'e'),
    ('η', 'n'),
    ('ι', 'i'),
    ('κ', 'k'),
    ('ν', 'v'),
    ('ο', 'o'),
    ('ρ', 'p'),
    ('τ', 't'),
    ('χ', 'x'),
    ('γ', 'y'),
    ('ı', 'i'),
    ('ɑ', 'a'),
];

/// Digits and signs and the letters they are written for inside a word.
const FOR_LETTERS: [(char, char); 7] = [
    ('0', 'o'),
    ('1', 'l'),
    ('3', 'e'),
    ('4', 'a'),
    ('5', 's'),
    ('@', 'a'),
    ('$', 's'),
];

/// `text` in lower case with equal characters for what reads the same, at most `most` of them, and whether some was cut.
pub(super) fn folded(text: &str, most: usize) -> (String, bool) {
    let mut characters = text
        .chars()
        .filter(|c| !invisible(*c))
        .nfkd()
        .filter(|c| !is_combining_mark(*c))
        .flat_map(char::to_lowercase)
        .filter(|c| !is_combining_mark(*c))
        .map(plain);
    let out: String = characters.by_ref().take(most).collect();
    let cut = characters.next().is_some();
    (words_by_sight(&out), cut)
}

fn plain(c: char) -> char {
    match c {
        '\n' => '\n',
        '\u{2018}' | '\u{2019}' | '\u{2bc}' | '`' | '\u{b4}' => '\'',
        '\u{2010}'..='\u{2015}' => '-',
        c if c.is_control() || c.is_whitespace() => ' ',
        c => c,
    }
}

pub(super) fn invisible(c: char) -> bool {
    matches!(c,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{e0000}'..='\u{e01ef}')
}

/// Look-alikes are Latin where the text is mostly Latin; digits are letters inside words that are mostly letters.
fn words_by_sight(text: &str) -> String {
    let latin = text.chars().filter(char::is_ascii_lowercase).count();
    let other = text
        .chars()
        .filter(|c| !c.is_ascii() && c.is_alphabetic())
        .count();
    let mut out = String::with_capacity(text.len());
    for piece in text.split_inclusive([' ', '\n']) {
        let mixed = piece.contains(|c: char| c.is_ascii_lowercase());
        let latinize = !piece.is_ascii() && (mixed || latin > other);
        let spelled = in_word_digits(piece);
        out.extend(piece.chars().enumerate().map(|(at, c)| {
            if latinize && let Some(like) = like(c, &LOOK_ALIKES) {
                return like;
            }
            if spelled
                && at > 0
                && let Some(like) = like(c, &FOR_LETTERS)
            {
                return like;
            }
            c
        }));
    }
    out
}

fn like(c: char, table: &[(char, char)]) -> Option<char> {
    table.iter().find(|(from, _)| *from == c).map(|(_, to)| *to)
}

/// Whether a word has a letter's stand-in or two between letters, as in "p@ssw0rd", and is no address.
fn in_word_digits(piece: &str) -> bool {
    let word = piece.trim_end();
    let letters = word.chars().filter(|c| c.is_alphabetic()).count();
    let others = word.chars().count() - letters;
    let ends_in_letter = word.ends_with(|c: char| c.is_alphabetic());
    (1..=2).contains(&others) && letters >= 3 && ends_in_letter && !word.contains(['.', '-', '\''])
}
