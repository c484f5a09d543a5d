//! What a machine wrote, made fit to be kept and shown.

/// Bytes of redacted text that are kept.
const LONGEST: usize = 4096;
const PLACEHOLDER: &str = "…";
/// A line that says one of these says a secret behind it.
const SECRETS: [&str; 13] = [
    "password",
    "passwd",
    "passphrase",
    "passcode",
    "pwd",
    "secret",
    "token",
    "apikey",
    "api key",
    "api_key",
    "api-key",
    "authorization",
    "bearer",
];
/// What stands around a word in a sentence.
const AROUND: &[char] = &[
    '.', ',', ';', ':', '!', '?', '\'', '"', '`', '(', ')', '[', ']', '{', '}', '<', '>',
];

/// `text` without what could be a secret or somebody's address, and at most 4 KB of it: mail and IP addresses, phone
/// numbers, what stands behind a word like "password" on its line, and any word that looks made by chance (8 characters and more of three kinds,
/// 12 of two with a digit, 32 of any). It takes rather too much: the whole text is where the script ran.
#[must_use]
pub fn redacted(text: &str) -> String {
    let mut out = String::new();
    let mut is_private_key = false;
    for line in text.lines() {
        let begins = line.contains("-----BEGIN");
        if begins || is_private_key {
            if begins {
                out.push_str(PLACEHOLDER);
                out.push('\n');
            }
            is_private_key = !line.contains("-----END");
            continue;
        }
        out.push_str(&without_numbers(&line_without_secrets(line)));
        out.push('\n');
        if out.len() > LONGEST {
            break;
        }
    }
    let end = out.trim_end().floor_char_boundary(LONGEST);
    out.truncate(end);
    out
}

fn line_without_secrets(line: &str) -> String {
    let plain: String = line
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect();
    // ASCII alone is lowered, so that places in one text are places in the other.
    let lower = plain.to_ascii_lowercase();
    let ends = SECRETS
        .iter()
        .filter_map(|word| lower.find(word).map(|at| at + word.len()));
    let (shown, is_cut) = match ends.min() {
        Some(end) => (&plain[..end], !plain[end..].trim().is_empty()),
        None => (plain.as_str(), false),
    };
    let mut words: Vec<&str> = shown.split(' ').map(word).collect();
    if is_cut {
        words.push(PLACEHOLDER);
    }
    words.join(" ").trim_end().to_owned()
}

/// The word, or what stands for one that says too much.
fn word(word: &str) -> &str {
    let bare = word.trim_matches(AROUND);
    if is_telling(bare) { PLACEHOLDER } else { word }
}

fn is_telling(word: &str) -> bool {
    let length = word.chars().count();
    let has = |kind: fn(&char) -> bool| word.chars().any(|c| kind(&c));
    let digit = has(char::is_ascii_digit);
    let letter = has(|c| c.is_alphabetic());
    let kinds = [
        digit,
        has(|c| c.is_lowercase()),
        has(|c| c.is_uppercase()),
        has(|c| !c.is_alphanumeric()),
    ];
    let kinds = kinds.into_iter().filter(|has| *has).count();
    word.contains('@')
        || is_address(word)
        || length >= 32
        || (length >= 8 && kinds >= 3 && digit)
        || (length >= 12 && digit && letter)
}

/// Whether it is, or begins with, an address of the Internet protocol.
fn is_address(word: &str) -> bool {
    let host = word.split(['/', '%']).next().unwrap_or(word);
    let host = match host.rsplit_once(':') {
        Some((host, port)) if port.bytes().all(|b| b.is_ascii_digit()) && host.contains('.') => {
            host
        }
        _ => host,
    };
    host.parse::<std::net::IpAddr>().is_ok()
}

/// A line without phone numbers: seven digits and more, whatever stands between them.
fn without_numbers(line: &str) -> String {
    let mut out = String::with_capacity(line.len());
    let mut run = String::new();
    for c in line.chars().chain(Some('\0')) {
        let joins = matches!(c, ' ' | '-' | '.' | '(' | ')' | '/') && !run.is_empty();
        if c.is_ascii_digit() || c == '+' || joins {
            run.push(c);
            continue;
        }
        if run.chars().filter(char::is_ascii_digit).count() < 7 {
            out.push_str(&run);
        } else {
            out.push_str(PLACEHOLDER);
            if run.ends_with(' ') {
                out.push(' ');
            }
        }
        run.clear();
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
    fn what_a_script_says_of_its_work_stays() {
        for text in [
            "Spooler restarted.",
            "3 jobs removed, 12 kept (C:/Windows/Temp).",
            "Service 'Print Spooler' is running; exit 0",
            "first\nsecond",
        ] {
            assert_eq!(redacted(text), text);
        }
    }

    #[test]
    fn a_secret_is_not_shown_however_it_stands() {
        for (text, secret) in [
            ("password: hunter2", "hunter2"),
            ("PASSWORD=hunter two three", "three"),
            ("The new Password is hunter2", "hunter2"),
            ("set api-key hunter2", "hunter2"),
            ("Authorization: Bearer abc", "abc"),
            ("set to Summer2026!", "Summer2026"),
            ("(Tr0ub4dor&3)", "Tr0ub4dor"),
            ("your pass is ABCD1234EFGH5678.", "ABCD1234"),
            ("eyJhbGciOiJub25lIn0.e30.", "eyJhb"),
            (
                "-----BEGIN RSA PRIVATE KEY-----\nshort\n-----END RSA PRIVATE KEY-----",
                "short",
            ),
            ("mail john.doe@company.com now", "john"),
            ("pinged 10.1.2.3:8080, 192.168.0.1/24 and fe80::1", "8080"),
            (
                "pinged 10.1.2.3:8080, 192.168.0.1/24 and fe80::1",
                "192.168",
            ),
            ("pinged fe80::1%eth0", "fe80"),
            ("call +44 1234 567890", "1234"),
        ] {
            let shown = redacted(text);
            assert!(!shown.contains(secret), "{text:?} became {shown:?}");
            assert!(shown.contains('…'), "{shown:?}");
        }
    }

    #[test]
    fn behind_a_key_the_text_goes_on() {
        let text = "a\n-----BEGIN KEY-----\nx\n-----END KEY-----\nb";
        assert_eq!(redacted(text), "a\n…\nb");
    }

    #[test]
    fn a_text_is_bounded_and_has_no_control_characters() {
        let long = redacted(&"ü line\n".repeat(5000));
        assert!(long.len() <= LONGEST && long.len() > LONGEST - 16);
        assert_eq!(redacted("a\u{1b}[31mb\0"), "a [31mb");
        assert_eq!(redacted(""), "");
    }
}
