//! JSON writes a character beyond U+FFFF as two escapes, a surrogate pair; YAML writes one. Everything else in JSON is YAML.

use std::fmt::Write;

/// The text with each pair of escapes (`\ud83d\ude00`) as YAML's one (`\U0001F600`); `None` where it has no pair.
pub(crate) fn joined(text: &str) -> Option<String> {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    let mut found = false;
    while let Some(at) = rest.find('\\') {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        if let Some(scalar) = pair(rest) {
            // Writing to a String does not fail.
            let _ = write!(out, "\\U{scalar:08X}");
            rest = &rest[12..];
            found = true;
        } else {
            let escape = rest.chars().take(2).map(char::len_utf8).sum();
            out.push_str(&rest[..escape]);
            rest = &rest[escape..];
        }
    }
    out.push_str(rest);
    found.then_some(out)
}

/// The character that a text beginning with a surrogate pair begins with.
fn pair(text: &str) -> Option<u32> {
    let high = escape(text)?;
    let low = escape(text.get(6..)?)?;
    let is_pair = (0xD800..0xDC00).contains(&high) && (0xDC00..0xE000).contains(&low);
    is_pair.then(|| 0x1_0000 + ((high - 0xD800) << 10) + (low - 0xDC00))
}

fn escape(text: &str) -> Option<u32> {
    let digits = text.strip_prefix("\\u")?.get(..4)?;
    digits
        .bytes()
        .all(|b| b.is_ascii_hexdigit())
        .then(|| u32::from_str_radix(digits, 16).ok())?
}

#[cfg(test)]
mod tests {
    use super::joined;

    #[test]
    fn only_a_pair_that_is_not_itself_escaped_is_joined() {
        assert_eq!(
            joined(r#""\ud83d\uDE00 \n""#).as_deref(),
            Some(r#""\U0001F600 \n""#)
        );
        for other in [
            r"\\ud83d\ude00",
            r"\ud83d",
            r"\ud83dx\ude00",
            r"\ude00\ud83d",
            r"\u00e9\u00e9",
            "\\",
            "\\é",
            "é",
        ] {
            assert_eq!(joined(other), None, "{other}");
        }
    }
}
