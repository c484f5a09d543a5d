//! Text as the rules hear it.

/// Lower case, straight quotes, one space between words, at most `words` of them, a space at both ends.
pub(crate) fn normalized(text: &str, words: usize) -> String {
    let straight = text
        .to_lowercase()
        .replace(['\u{2018}', '\u{2019}', '\u{2bc}', '`'], "'");
    let spaced: String = straight
        .chars()
        .map(|c| {
            if c.is_alphanumeric() || c == '\'' {
                c
            } else {
                ' '
            }
        })
        .collect();
    let mut out = String::from(" ");
    for word in spaced.split_whitespace().take(words) {
        out.push_str(word);
        out.push(' ');
    }
    out
}
