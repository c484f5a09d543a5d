//! Where the sender's own words end.

/// Lines that begin what somebody else wrote, or what a program appends.
const ENDS: [&str; 16] = [
    "-----original message",
    "----- original message",
    "---original message",
    "-------- original message",
    "---------- forwarded message",
    "begin forwarded message",
    "________________________________",
    "sent from my ",
    "sent from outlook",
    "get outlook for ",
    "this e-mail and any ",
    "this email and any ",
    "this message and any attach",
    "this message is intended only",
    "confidentiality notice",
    "disclaimer:",
];

/// Words that close a letter when they stand alone on a line.
const FAREWELLS: [&str; 18] = [
    "regards",
    "kind regards",
    "best regards",
    "warm regards",
    "many regards",
    "best",
    "best wishes",
    "all the best",
    "sincerely",
    "yours sincerely",
    "cheers",
    "thanks",
    "thank you",
    "many thanks",
    "thanks in advance",
    "thanks and regards",
    "with kind regards",
    "br",
];

/// Words of a farewell and what may follow it; more is no signature.
const LONGEST_SIGNATURE: usize = 60;

/// Words of headers in a quoted mail: one line with each of two of them, close together, is a quoted mail.
const HEADERS: [&str; 8] = [
    "from:",
    "sent:",
    "to:",
    "subject:",
    "date:",
    "cc:",
    "von:",
    "gesendet:",
];

/// A body as its sender left it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Parts<'a> {
    /// What the sender wrote.
    pub(super) own: &'a str,
    /// What stands below a farewell or a line of two dashes.
    pub(super) signature: &'a str,
    /// Whether anything stands behind what the sender wrote.
    pub(super) has_more: bool,
}

/// The parts of `body`.
pub(super) fn parts(body: &str) -> Parts<'_> {
    let (mut own, mut end) = (None, body.len());
    let mut at = 0;
    for line in body.split_inclusive('\n') {
        let said = line.trim();
        if own.is_none() && signs_off(&body[at..], said) {
            own = Some(at);
        } else if is_anothers(&body[at..], said) {
            end = at;
            break;
        }
        at += line.len();
    }
    let own = own.unwrap_or(end);
    Parts {
        own: &body[..own],
        signature: &body[own..end],
        has_more: !body[own..].trim().is_empty(),
    }
}

/// The subject without the marks of an answer.
pub(super) fn subject(subject: &str) -> &str {
    let mut rest = subject.trim_start();
    while let Some(shorter) = ["re:", "aw:", "sv:"]
        .iter()
        .find_map(|mark| rest.strip_prefix(mark))
    {
        rest = shorter.trim_start();
    }
    rest
}

/// Whether the sender is done here and only a signature follows.
fn signs_off(rest: &str, line: &str) -> bool {
    line == "--" || (is_farewell(line) && rest.split_whitespace().nth(LONGEST_SIGNATURE).is_none())
}

/// Whether what follows is somebody else's or a program's.
fn is_anothers(rest: &str, line: &str) -> bool {
    line.starts_with('>')
        || ENDS.iter().any(|end| line.starts_with(end))
        || (line.starts_with("on ") && line.ends_with("wrote:"))
        || (line.starts_with("am ") && line.ends_with("schrieb:"))
        || (header(line) && rest.lines().skip(1).take(3).any(|next| header(next.trim())))
}

fn header(line: &str) -> bool {
    HEADERS.iter().any(|header| line.starts_with(header))
}

fn is_farewell(line: &str) -> bool {
    let line = line.trim_end_matches([',', '.', '!', ' ']);
    FAREWELLS.contains(&line)
}

#[cfg(test)]
mod tests {
    use super::{Parts, parts, subject};

    #[test]
    fn nothing_is_cut_from_a_ticket_without_a_mail() {
        let body = "please reset it\nthanks a lot, it is urgent\nfrom: me";
        let all = Parts {
            own: body,
            signature: "",
            has_more: false,
        };
        assert_eq!(parts(body), all);
    }

    #[test]
    fn a_header_of_a_quoted_mail_ends_it() {
        let body = "see below\nfrom: jane\nsent: monday\nsubject: hello\n\nreset";
        let parts = parts(body);
        assert_eq!((parts.own, parts.has_more), ("see below\n", true));
    }

    #[test]
    fn a_signature_ends_where_a_quoted_mail_begins() {
        let parts = parts("reset it\nregards\njane\n> can you?\n");
        assert_eq!(
            (parts.own, parts.signature),
            ("reset it\n", "regards\njane\n")
        );
    }

    #[test]
    fn a_subject_loses_its_marks_of_an_answer() {
        assert_eq!(subject(" re: aw: locked"), "locked");
    }
}
