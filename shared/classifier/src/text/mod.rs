//! What a ticket says, as the model and the cautions hear it.
//!
//! A ticket is read once: markup is taken away, letters that only look different are made equal, quoted mails and
//! signatures are set apart. However long the ticket is, what comes out is bounded.

mod fold;
mod markup;
mod quoted;
mod signs;
mod words;

use domain::Intake;
pub use signs::Sign;
pub use words::Words;

/// Bytes of a ticket's text that are looked at; mark-up can fill most of them.
const BYTES_READ: usize = 64 * 1024;
/// Characters kept once mark-up is gone.
const CHARS_KEPT: usize = 8 * 1024;
/// Words of the sender's own that decide.
const WORDS_READ: usize = 300;
/// What is left out when a mail is quoted.
pub(crate) const QUOTED: &str = "a quoted mail or a signature";

/// A ticket that was read.
#[derive(Debug, Clone)]
pub struct Heard {
    /// What the sender wrote: no quoted mail, no signature.
    pub own: Words,
    /// What stands below their farewell.
    pub signature: Words,
    /// Everything that was read, so that a caution misses nothing that is only quoted.
    pub all: Words,
    /// What its form gives away, most telling first.
    pub signs: Vec<Sign>,
    /// What was left out, for the reasons.
    pub left_out: Vec<&'static str>,
}

/// Reads a ticket.
#[must_use]
pub fn read(content: &Intake) -> Heard {
    let subject = Plain::of(&content.subject);
    let body = Plain::of(&content.body);
    let parts = quoted::parts(&body.seen);
    let own = parts.own;
    let mut left_out = Vec::new();
    if parts.has_more {
        left_out.push(QUOTED);
    }
    let mut said = Words::default();
    let fits = said.take(quoted::subject(&subject.seen), WORDS_READ) && said.take(own, WORDS_READ);
    if !fits || subject.cut || body.cut {
        left_out.push("what stands behind the first 300 words");
    }
    let mut all = Words::default();
    for part in [&subject.seen, &body.seen, &subject.unseen, &body.unseen] {
        all.take(part, CHARS_KEPT);
    }
    let mut signature = Words::default();
    signature.take(parts.signature, WORDS_READ);
    let list = signs::is_list(own).then_some(Sign::List);
    let mut signs: Vec<Sign> = subject
        .signs
        .into_iter()
        .chain(body.signs)
        .chain(list)
        .collect();
    signs.sort_unstable();
    signs.dedup();
    Heard {
        own: said,
        signature,
        all,
        signs,
        left_out,
    }
}

/// The words of a short text, as a ticket's are read.
pub(crate) fn said(text: &str) -> Words {
    let mut said = Words::default();
    said.take(&Plain::of(text).seen, WORDS_READ);
    said
}

/// Plain text, lines kept.
struct Plain {
    /// What a reader sees, folded.
    seen: String,
    /// Whether some was cut.
    cut: bool,
    /// What is in it beside that, folded.
    unseen: String,
    signs: Vec<Sign>,
}

impl Plain {
    fn of(text: &str) -> Self {
        let end = text.floor_char_boundary(BYTES_READ);
        let page = markup::visible(&text[..end]);
        let (seen, cut) = fold::folded(&page.seen, CHARS_KEPT);
        let (mut unseen, _) = fold::folded(&page.hidden, CHARS_KEPT);
        let mut signs: Vec<Sign> = signs::of_raw(&text[..end]).into_iter().collect();
        signs.extend(signs::of_seen(&page.seen));
        if !unseen.trim().is_empty() {
            signs.push(Sign::Hidden);
        }
        if page.imitates {
            signs.push(Sign::Imitation);
        }
        unseen.push('\n');
        unseen.push_str(&fold::folded(&page.beside, CHARS_KEPT).0);
        Self {
            seen,
            cut: cut || end < text.len(),
            unseen,
            signs,
        }
    }
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
