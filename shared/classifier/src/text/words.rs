//! Words in order, in sentences.

use std::ops::Range;

/// Characters of a word that are kept; a longer one is no word.
const LONGEST_WORD: usize = 40;

/// Words of a text: lower case, one space between them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Words {
    text: String,
    /// Where each word stands in `text`.
    spans: Vec<(usize, usize)>,
    /// The words that begin a sentence.
    sentences: Vec<usize>,
}

impl Words {
    /// All of them, one space between two.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.spans.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.spans.is_empty()
    }

    /// Each word.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.spans.iter().map(|(from, to)| &self.text[*from..*to])
    }

    /// The words in `range` with the spaces between them; nothing for a range that is not there.
    #[must_use]
    pub fn phrase(&self, range: Range<usize>) -> &str {
        let ends = self
            .spans
            .get(range.start)
            .zip(self.spans.get(range.end.wrapping_sub(1)));
        ends.and_then(|((from, _), (_, to))| self.text.get(*from..*to))
            .unwrap_or_default()
    }

    /// Each sentence as words of its own.
    pub fn sentences(&self) -> impl Iterator<Item = Words> + '_ {
        let ends = self.sentences.iter().skip(1).copied();
        let ends = ends.chain(std::iter::once(self.len()));
        let starts = self.sentences.iter().zip(ends);
        starts.map(|(from, to)| self.part(*from..to))
    }

    /// The words in `range`, as one sentence.
    #[must_use]
    pub fn part(&self, range: Range<usize>) -> Words {
        let mut part = Words::default();
        for at in range.clone() {
            part.push(self.phrase(at..at + 1), at == range.start);
        }
        part
    }

    /// Each sentence as it was said.
    pub fn spoken(&self) -> impl Iterator<Item = &str> {
        let ends = self.sentences.iter().skip(1).copied();
        let ends = ends.chain(std::iter::once(self.len()));
        self.sentences
            .iter()
            .zip(ends)
            .map(|(from, to)| self.phrase(*from..to))
    }

    /// Adds the words of `text` while there are fewer than `most`. Whether all found room.
    pub(super) fn take(&mut self, text: &str, most: usize) -> bool {
        for line in text.lines() {
            let mut begins = true;
            for piece in line.split(' ') {
                for word in words(piece) {
                    if self.len() >= most {
                        return false;
                    }
                    self.push(word, begins);
                    begins = false;
                }
                begins |= piece.ends_with(['.', '!', '?', ';']);
            }
        }
        true
    }

    fn push(&mut self, word: &str, begins: bool) {
        if begins {
            self.sentences.push(self.len());
        }
        if !self.text.is_empty() {
            self.text.push(' ');
        }
        let from = self.text.len();
        self.text.push_str(word);
        self.spans.push((from, self.text.len()));
    }
}

/// The words between two spaces; an address or a long number is the word for its kind.
fn words(piece: &str) -> impl Iterator<Item = &str> {
    let address = piece
        .split_once('@')
        .is_some_and(|(_, host)| host.contains('.'));
    let link = piece.contains("://") || piece.contains("www.") || is_page(piece);
    let whole = match (link, address) {
        (true, _) => "web-address",
        (_, true) => "mail-address",
        _ => "",
    };
    let parts = if whole.is_empty() { piece } else { "" };
    let parts = parts
        .split(|c: char| !c.is_alphanumeric() && c != '\'')
        .map(|word| word.trim_matches('\''))
        .map(named);
    std::iter::once(whole)
        .chain(parts)
        .filter(|word| !word.is_empty())
}

/// "example.com/a": an address without its scheme.
fn is_page(piece: &str) -> bool {
    piece.split_once('/').is_some_and(|(host, path)| {
        let domain = host.rsplit_once('.').map(|(_, domain)| domain);
        domain.is_some_and(|domain| {
            domain.len() >= 2 && domain.bytes().all(|c| c.is_ascii_lowercase())
        }) && path.starts_with(|c: char| c.is_ascii_alphanumeric())
    })
}

fn named(word: &str) -> &str {
    if word.len() > 3 && word.bytes().all(|c| c.is_ascii_digit()) {
        return "0000";
    }
    word.char_indices()
        .nth(LONGEST_WORD)
        .map_or(word, |(end, _)| &word[..end])
}

#[cfg(test)]
mod tests {
    use super::Words;

    #[test]
    fn sentences_and_phrases_are_what_was_said() {
        let mut words = Words::default();
        assert!(words.take("it's locked. please help\nref 12345 to a@b.de", 20));
        let sentences: Vec<String> = words.sentences().map(|s| s.text().to_owned()).collect();
        assert_eq!(
            sentences,
            ["it's locked", "please help", "ref 0000 to mail-address"]
        );
        let spoken: Vec<&str> = words.spoken().collect();
        assert_eq!(spoken, sentences);
        assert_eq!(words.phrase(1..4), "locked please help");
        assert_eq!(words.phrase(7..99), "");
        assert_eq!(words.phrase(3..3), "");
    }

    #[test]
    fn an_address_is_the_word_for_its_kind() {
        let mut words = Words::default();
        assert!(words.take("bit.ly/3x and/or 8.30/day \\\\files\\a www.example.com", 20));
        assert_eq!(
            words.text(),
            "web-address and or 8 30 day files a web-address"
        );
    }
}
