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

/// The part of `body` that its sender wrote, and whether something was left out.
pub(super) fn own(body: &str) -> (&str, bool) {
    let mut end = body.len();
    let mut at = 0;
    for line in body.split_inclusive('\n') {
        if ends_here(&body[at..], line.trim()) {
            end = at;
            break;
        }
        at += line.len();
    }
    let own = &body[..end];
    (own, !body[end..].trim().is_empty())
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

fn ends_here(rest: &str, line: &str) -> bool {
    line.starts_with('>')
        || line == "--"
        || ENDS.iter().any(|end| line.starts_with(end))
        || (line.starts_with("on ") && line.ends_with("wrote:"))
        || (line.starts_with("am ") && line.ends_with("schrieb:"))
        || (is_farewell(line) && rest.split_whitespace().nth(LONGEST_SIGNATURE).is_none())
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
    use super::{own, subject};

    #[test]
    fn nothing_is_cut_from_a_ticket_without_a_mail() {
        let body = "please reset it\nthanks a lot, it is urgent\nfrom: me";
        assert_eq!(own(body), (body, false));
    }

    #[test]
    fn a_header_of_a_quoted_mail_ends_it() {
        let body = "see below\nfrom: jane\nsent: monday\nsubject: hello\n\nreset";
        assert_eq!(own(body), ("see below\n", true));
    }

    #[test]
    fn a_subject_loses_its_marks_of_an_answer() {
        assert_eq!(subject(" re: aw: locked"), "locked");
    }
}
