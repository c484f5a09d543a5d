//! A vendor's own words, made safe to show.

const LONGEST: usize = 200;
const PLACEHOLDER: &str = "…";

/// What a vendor said when it refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Words {
    /// The vendor's code, or `http_<status>`.
    pub code: String,
    /// The vendor's words.
    pub message: String,
}

/// `text` on one line, at most 200 characters, without anything in `hide`, without phone numbers (7 digits and more, 10
/// right behind a letter, since `AADSTS7000215` is a code) and without anything that could be a token (40 characters and
/// more without a space).
#[must_use]
pub fn words(text: &str, hide: &[&str]) -> String {
    let mut text = text.to_owned();
    for secret in hide.iter().filter(|secret| !secret.is_empty()) {
        text = text.replace(*secret, PLACEHOLDER);
    }
    let shown: Vec<String> = text
        .split_whitespace()
        .map(|word| {
            if word.chars().count() >= 40 {
                PLACEHOLDER.to_owned()
            } else {
                word.to_owned()
            }
        })
        .collect();
    without_numbers(&shown.join(" "))
        .chars()
        .filter(|c| !c.is_control())
        .take(LONGEST)
        .collect()
}

/// `text` as a code: letters, digits and `_.-`, at most 64.
#[must_use]
pub fn code(text: &str) -> String {
    text.chars()
        .filter(|c| c.is_ascii_alphanumeric() || "_.-".contains(*c))
        .take(64)
        .collect()
}

fn without_numbers(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut run = String::new();
    let mut after_letter = false;
    for c in text.chars().chain(Some('\0')) {
        let joins = matches!(c, ' ' | '-' | '.' | '(' | ')') && !run.is_empty();
        if c.is_ascii_digit() || c == '+' || joins {
            run.push(c);
            continue;
        }
        let shortest = if after_letter { 10 } else { 7 };
        if run.chars().filter(char::is_ascii_digit).count() < shortest {
            out.push_str(&run);
        } else {
            out.push_str(PLACEHOLDER);
            if run.ends_with(' ') {
                out.push(' ');
            }
        }
        run.clear();
        after_letter = c.is_alphabetic();
        if c != '\0' {
            out.push(c);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_phone_number_is_not_shown_however_it_is_written() {
        for text in [
            "The 'To' number +441234567890 is not valid",
            "The 'To' number +44 (1234) 567-890 is not valid",
        ] {
            let shown = words(text, &[]);
            assert!(!shown.contains("567"), "{shown}");
            assert!(shown.starts_with("The 'To' number …"), "{shown}");
        }
    }

    #[test]
    fn a_small_number_stays() {
        let text = "The valid range between 60 and 480.";
        assert_eq!(words(text, &[]), text);
    }

    #[test]
    fn a_token_and_a_named_secret_are_not_shown() {
        let token = format!("eyJ{}", "x".repeat(60));
        assert_eq!(
            words(&format!("bad\n{token} for ABC+1/2"), &["ABC+1/2"]),
            "bad … for …"
        );
    }
}
