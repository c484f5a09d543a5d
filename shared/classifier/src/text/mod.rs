//! What a ticket says, as the model and the cautions hear it.
//!
//! A ticket is read once: markup is taken away, letters that only look different are made equal, quoted mails and
//! signatures are set apart. However long the ticket is, what comes out is bounded.

mod fold;
mod markup;
mod quoted;
mod words;

use domain::Intake;
pub use words::Words;

/// Bytes of a ticket's text that are looked at; mark-up can fill most of them.
const BYTES_READ: usize = 64 * 1024;
/// Characters kept once mark-up is gone.
const CHARS_KEPT: usize = 8 * 1024;
/// Words of the sender's own that decide.
const WORDS_READ: usize = 300;

/// A ticket that was read.
#[derive(Debug, Clone)]
pub struct Heard {
    /// What the sender wrote: no quoted mail, no signature.
    pub own: Words,
    /// Everything that was read, so that a caution misses nothing that is only quoted.
    pub all: Words,
    /// Whether some of it is kept from a reader's eyes.
    pub hides: bool,
    /// What was left out, for the reasons.
    pub left_out: Vec<&'static str>,
}

/// Reads a ticket.
#[must_use]
pub fn read(content: &Intake) -> Heard {
    let (subject, subject_cut, hidden_above) = plain(&content.subject);
    let (body, body_cut, hidden) = plain(&content.body);
    let (own, quoted) = quoted::own(&body);
    let mut left_out = Vec::new();
    if quoted {
        left_out.push("a quoted mail or a signature");
    }
    let mut said = Words::default();
    let fits = said.take(quoted::subject(&subject), WORDS_READ) && said.take(own, WORDS_READ);
    if !fits || subject_cut || body_cut {
        left_out.push("what stands behind the first 300 words");
    }
    let mut all = Words::default();
    all.take(&subject, CHARS_KEPT);
    all.take(&body, CHARS_KEPT);
    all.take(&hidden, CHARS_KEPT);
    Heard {
        own: said,
        all,
        hides: !hidden.trim().is_empty() || !hidden_above.trim().is_empty(),
        left_out,
    }
}

/// The words of a short text, as a ticket's are read.
pub(crate) fn said(text: &str) -> Words {
    let (folded, ..) = plain(text);
    let mut said = Words::default();
    said.take(&folded, WORDS_READ);
    said
}

/// Plain folded text, lines kept, whether some was cut, and what is hidden in it.
fn plain(text: &str) -> (String, bool, String) {
    let end = text.floor_char_boundary(BYTES_READ);
    let (visible, hidden) = markup::visible(&text[..end]);
    let (folded, cut) = fold::folded(&visible, CHARS_KEPT);
    let (hidden, _) = fold::folded(&hidden, CHARS_KEPT);
    (folded, cut || end < text.len(), hidden)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn own(subject: &str, body: &str) -> String {
        heard(subject, body).own.text().to_owned()
    }

    fn heard(subject: &str, body: &str) -> Heard {
        read(&Intake {
            subject: subject.into(),
            body: body.into(),
        })
    }

    #[test]
    fn marks_case_and_spaces_change_nothing() {
        let plain = own("I can't log in", "password does not work");
        assert_eq!(
            own("I CAN\u{2019}T  log\u{a0}in", "Password does\nnot work!"),
            plain
        );
    }

    #[test]
    fn letters_that_only_look_latin_are_latin() {
        assert_eq!(
            own("", "res\u{435}t my p\u{430}ssw\u{43e}rd"),
            "reset my password"
        );
        assert_eq!(
            own("", "re\u{200b}set my pass\u{ad}word"),
            "reset my password"
        );
        assert_eq!(
            own("", "\u{ff52}eset my pa\u{301}ssword"),
            "reset my password"
        );
        assert_eq!(own("", "reset my p@ssw0rd"), "reset my password");
    }

    #[test]
    fn markup_is_not_text() {
        let page = "<html><style>p { color: red }</style><body><p>Reset my&nbsp;password<br>please</p></body></html>";
        assert_eq!(own("", page), "reset my password please");
    }

    #[test]
    fn a_quoted_mail_and_a_signature_are_set_apart() {
        let mail = "I am locked out\n\nKind regards,\nJohn Doe\nSales\n\nOn Monday, Jane wrote:\n> order a printer";
        let heard = heard("Locked", mail);
        assert_eq!(heard.own.text(), "locked i am locked out");
        assert_eq!(heard.left_out.len(), 1);
        assert!(heard.all.text().contains("order a printer"));
    }

    #[test]
    fn a_megabyte_is_cut_and_says_so() {
        let heard = heard("Help", &"reset my password ".repeat(60_000));
        assert_eq!(heard.own.len(), WORDS_READ);
        assert_eq!(heard.left_out, ["what stands behind the first 300 words"]);
        assert!(heard.all.text().len() < 5 * CHARS_KEPT);
    }

    proptest! {
        #[test]
        fn anything_can_be_read(subject in ".{0,80}", body in "\\PC{0,400}|[<>&;#x0-9a-z/! \\n-]{0,400}") {
            let heard = heard(&subject, &body);
            prop_assert!(heard.own.len() <= WORDS_READ);
        }

        #[test]
        fn bytes_that_are_no_text_can_be_read(bytes in proptest::collection::vec(any::<u8>(), 0..2000)) {
            let text = String::from_utf8_lossy(&bytes);
            heard(&text, &text);
        }
    }
}
