//! What of a ticket may be shown to somebody outside.

use crate::text;
use domain::Intake;

/// Words that a secret stands behind.
const SECRETS: [&str; 10] = [
    "password",
    "passwords",
    "passwd",
    "passphrase",
    "passcode",
    "pwd",
    "pass",
    "pin",
    "code",
    "secret",
];
/// What stands between such a word and the secret itself.
const BETWEEN: [&str; 6] = ["is", "was", "to", "now", "new", "reads"];
/// Letters of a word that is kept: longer ones are rather keys than words.
const LONGEST: usize = 20;

/// The sender's own words, a sentence a line, in lower case and without marks: no quoted mail, no signature, no hidden text, no
/// address, link or number, and nothing that stands where a secret stands. It takes rather too much; what somebody writes in
/// plain words about a person or a secret stays.
#[must_use]
pub fn shareable(content: &Intake) -> String {
    let visible = Intake {
        subject: without_named_secrets(&content.subject),
        body: without_named_secrets(&content.body),
    };
    let lines: Vec<String> = text::read(&visible)
        .own
        .sentences()
        .map(|sentence| said(&sentence.iter().collect::<Vec<_>>()))
        .filter(|line| !line.is_empty())
        .collect();
    lines.join("\n")
}

/// A text without what stands behind "password:" or "pin=" on its line.
fn without_named_secrets(text: &str) -> String {
    let lines: Vec<&str> = text
        .lines()
        .map(|line| {
            let lower = line.to_ascii_lowercase();
            let mut ends = lower.match_indices([':', '=']).map(|(at, _)| at);
            let names = |at: &usize| {
                let word = lower[..*at]
                    .trim_end()
                    .rsplit(|c: char| !c.is_alphanumeric());
                word.take(1).any(|word| SECRETS.contains(&word))
            };
            ends.find(names).map_or(line, |at| &line[..at])
        })
        .collect();
    lines.join("\n")
}

/// The words of a sentence that may be shown.
fn said(words: &[&str]) -> String {
    let mut shown = Vec::new();
    // Whether a secret may come: a word for one was said, and words that lead to it.
    let (mut named, mut led) = (false, false);
    for word in words {
        let is_named = SECRETS.contains(word);
        let leads = named && BETWEEN.contains(word);
        let is_secret = led && !leads && !is_named;
        let tells = word.chars().any(|c| c.is_ascii_digit())
            || word.ends_with("-address")
            || word.chars().count() > LONGEST;
        if !is_secret && !tells {
            shown.push(*word);
        }
        named = is_named || leads;
        led = leads;
    }
    shown.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn of(subject: &str, body: &str) -> String {
        shareable(&Intake {
            subject: subject.into(),
            body: body.into(),
        })
    }

    #[test]
    fn what_is_asked_for_stays() {
        assert_eq!(
            of("Can't log in!", "Password doesn't work. Please reset it."),
            "can't log in\npassword doesn't work\nplease reset it"
        );
    }

    #[test]
    fn secrets_addresses_numbers_and_what_is_not_the_senders_own_go() {
        for (body, gone) in [
            ("My password is hunter now", "hunter"),
            ("the new pin was swordfish please", "swordfish"),
            ("Password: correct horse", "horse"),
            ("pwd=swordfish", "swordfish"),
            ("set it to Summer2026!", "2026"),
            ("call +44 1234 567890", "1234"),
            ("write to john.doe@company.com", "john"),
            ("see https://example.com/reset?t=abc", "abc"),
            ("help\n> my secret quoted words", "quoted"),
            ("help\n\nKind regards\nJohn Doe", "doe"),
            ("help <!-- hidden words -->", "hidden"),
            ("key abcdefghijklmnopqrstuvwxyz", "abcdef"),
        ] {
            let shown = of("Hello", body);
            assert!(!shown.contains(gone), "{body:?} became {shown:?}");
            assert!(shown.starts_with("hello"), "{shown:?}");
        }
        assert_eq!(
            of("", "password is wrong and is locked"),
            "password is and is locked"
        );
    }

    proptest! {
        #[test]
        fn nothing_can_close_a_fence_or_grow_without_end(body in "[a-z<>/ \n:=.1-3p]{0,900}") {
            let shown = of("", &body);
            prop_assert!(!shown.contains(['<', '>']));
            prop_assert!(shown.split_whitespace().count() <= 300);
            prop_assert!(!shown.chars().any(|c| c.is_ascii_digit()));
        }
    }
}
